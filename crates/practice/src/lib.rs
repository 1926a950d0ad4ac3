//! The practice exchange.

pub mod resident;
pub mod scenario;
