//! `cargo xtask test`: everything that must hold, in steps; one that fails does not hide the others.

mod checks;
mod fuzz;
pub mod newcomer;
pub mod programs;
mod results;
mod stories;

use crate::clock::{self, Stopwatch};
use crate::command::{Failure, Outcome};
use crate::{bare, setup};
use results::Tally;
use std::process::ExitCode;

/// The filter that means the targets in `fuzz` and nothing else.
const FUZZ: &str = "fuzz";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The full matrices: more cases of each property, longer runs.
    long: bool,
    /// In a fresh Debian 12.
    bare: bool,
    /// Only the tests whose name, or whose file's name, contains this.
    filter: Option<String>,
}

impl Options {
    /// Reads the task's arguments.
    pub fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--long" => options.long = true,
                "--bare" => options.bare = true,
                flag if flag.starts_with('-') => return Err(Failure(format!("test knows no {flag}"))),
                filter => options.filter = Some(filter.to_owned()),
            }
        }
        Ok(options)
    }
}

/// Runs everything and closes with `N passed, N failed, N skipped`.
pub fn test(options: &Options) -> Outcome<ExitCode> {
    if options.bare {
        return bare::test();
    }
    let mut run = Run { tally: Tally::default(), whole: Stopwatch::start() };
    run.step("machine", || setup::prepare(setup::Purpose::Test));
    if options.filter.is_none() {
        checks::all(&mut run);
    }
    if options.filter.as_deref() != Some(FUZZ) {
        programs::all(&mut run, options);
    }
    if options.filter.as_deref().is_none_or(|filter| filter == FUZZ) {
        fuzz::all(&mut run, options);
    }
    Ok(run.close())
}

/// The steps so far.
pub struct Run {
    tally: Tally,
    whole: Stopwatch,
}

impl Run {
    /// Does one step, which counts as one test, and says how it went and how long it took.
    fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Outcome<T>) -> Option<T> {
        println!("── {name}");
        let watch = Stopwatch::start();
        match work() {
            Ok(value) => {
                self.tally.passed += 1;
                println!("   {name}: {}", clock::readable(watch.elapsed()));
                Some(value)
            }
            Err(Failure(text)) => {
                println!("{text}");
                println!("   {name}: FAILED, {}", clock::readable(watch.elapsed()));
                self.tally.fail(name);
                None
            }
        }
    }

    /// Does one step that needs the world outside, and may tell why it could not be done: then nothing is
    /// claimed of it. It counts as no test that was skipped: nothing about this machine could be mended for it.
    fn step_unless(&mut self, name: &str, work: impl FnOnce() -> Outcome<Option<String>>) {
        if let Some(Some(reason)) = self.step(name, work) {
            println!("   {name}: not checked, {reason}");
            self.tally.passed -= 1;
        }
    }

    fn close(self) -> ExitCode {
        println!("── {} in all", clock::readable(self.whole.elapsed()));
        for name in &self.tally.failed {
            println!("   failed: {name}");
        }
        for (name, reason) in &self.tally.skipped {
            println!("   skipped: {name}: {reason}");
        }
        println!("{}", self.tally);
        if self.tally.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_flag_is_refused_and_a_word_filters() {
        assert!(Options::parse(&["--fast".into()]).is_err());
        let options = Options::parse(&["--long".into(), "handoff".into()]).unwrap();
        assert_eq!(options, Options { long: true, bare: false, filter: Some("handoff".into()) });
    }

    #[test]
    fn a_failing_step_is_counted_and_the_next_one_runs() {
        let mut run = Run { tally: Tally::default(), whole: Stopwatch::start() };
        run.step::<()>("first", || Err(Failure("broken".into())));
        assert_eq!(run.step("second", || Ok(7)), Some(7));
        assert_eq!(run.tally.to_string(), "1 passed, 1 failed, 0 skipped");
        run.step_unless("third", || Ok(None));
        run.step_unless("fourth", || Ok(Some("no list".into())));
        run.step_unless("fifth", || Err(Failure("broken".into())));
        assert_eq!(run.tally.to_string(), "2 passed, 2 failed, 0 skipped");
    }
}
