//! bench
use crate::command::{Failure, Outcome};
/// x
pub fn bench(_: &[String]) -> Outcome {
    Err(Failure("not yet".into()))
}
