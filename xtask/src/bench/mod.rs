//! `cargo xtask bench NAME [--json]`: figures beside those of a peer, taken in the same run.

mod figures;
mod memory;
mod peer;
pub mod phone;
mod start;

use crate::command::{Failure, Outcome};
use figures::Figures;
pub use start::{INSIDE, inside};

/// Runs the bench of that name and prints its table; with `--json` the last line is for programs.
pub fn bench(arguments: &[String]) -> Outcome {
    let name = arguments.iter().find(|argument| !argument.starts_with('-')).map(String::as_str);
    let figures: Figures = match name {
        Some("start") => start::measure()?,
        Some("phone") => phone::measure(arguments)?,
        Some(other) => return Err(Failure(format!("no bench is called {other}; there are: start, phone"))),
        None => return Err(Failure("which bench? there are: start, phone".into())),
    };
    print!("{}", figures.table());
    if arguments.iter().any(|argument| argument == "--json") {
        println!("{}", figures.json());
    }
    Ok(())
}
