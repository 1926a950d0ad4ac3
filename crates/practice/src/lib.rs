//! The practice exchange.

pub mod floor;
pub mod queue;
pub mod resident;
pub mod scenario;
