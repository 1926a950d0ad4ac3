//! Cases: registered, handed over, answered, shown.

mod assign;
mod drafts;
mod ending;
mod handoff;
mod history;
mod list;
mod load;
mod park;
mod questions;
mod register;
mod returns;
mod rewrite;
pub(crate) mod sight;
mod step;
mod view;

pub(crate) use load::LoadedCase;
