//! The practice exchange.

pub mod queue;
pub mod resident;
pub mod scenario;
