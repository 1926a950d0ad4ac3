//! What the test programs said.

use std::fmt;

/// The sum of all steps.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many passed.
    pub passed: usize,
    /// The names of those that failed.
    pub failed: Vec<String>,
    /// The names of those that this machine could not run, and why.
    pub skipped: Vec<(String, String)>,
}

impl Tally {
    /// How many have been counted.
    pub fn all(&self) -> usize {
        self.passed + self.failed.len() + self.skipped.len()
    }

    /// Counts one failure.
    pub fn fail(&mut self, name: &str) {
        self.failed.push(name.to_owned());
    }

    /// Adds a test program's result. `excused` are those of its tests that said they could not run.
    pub fn add(&mut self, program: &str, said: &Said, excused: Vec<(String, String)>) {
        self.passed += said.passed.saturating_sub(excused.len());
        self.failed.extend(said.failed.iter().map(|name| format!("{program}: {name}")));
        let ignored = said.ignored.iter().map(|name| (name.clone(), "ignored".to_owned()));
        let skipped = excused.into_iter().chain(ignored);
        self.skipped.extend(skipped.map(|(name, reason)| (format!("{program}: {name}"), reason)));
        if !said.complete {
            self.fail(&format!("{program}: ended before its tests did"));
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(f, "{passed} passed, {} failed, {} skipped", failed.len(), skipped.len())
    }
}

/// What one test program said, in libtest's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// How many passed.
    pub passed: usize,
    /// The names of those that failed.
    pub failed: Vec<String>,
    /// The names of those marked to be ignored.
    pub ignored: Vec<String>,
    /// The closing line of every run that began came.
    pub complete: bool,
}

impl Said {
    /// Reads libtest's lines. A program may hold several runs, as documentation tests do.
    pub fn parse(text: &str) -> Self {
        let mut said = Self::default();
        let (mut begun, mut closed) = (0, 0);
        // The name of a test whose result does not stand on its line: other programs have written in between.
        let mut open = None;
        for line in text.lines() {
            if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
                begun += 1;
            } else if line.starts_with("test result: ") {
                closed += 1;
            } else if let Some((name, result)) =
                line.strip_prefix("test ").and_then(|test| test.split_once(" ... "))
            {
                open = (!said.count(name, result)).then_some(name);
            } else if let Some(name) = open {
                open = (!said.count(name, line)).then_some(name);
            }
        }
        said.complete = begun > 0 && begun == closed;
        said
    }

    /// Whether it was a result.
    fn count(&mut self, name: &str, result: &str) -> bool {
        match result.split_once(',').map_or(result, |(word, _)| word) {
            "ok" => self.passed += 1,
            "FAILED" => self.failed.push(name.to_owned()),
            "ignored" => self.ignored.push(name.to_owned()),
            _ => return false,
        }
        true
    }
}

/// Reads the file in which the stories note `name<TAB>reason` for what they could not do.
pub fn excuses(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\nrunning 4 tests\ntest a::b ... ok\ntest c - should panic ... ok\ntest d ... FAILED\n\
                        test e ... ignored, not now\n\ntest result: FAILED. 2 passed; 1 failed; 1 ignored\n";

    #[test]
    fn each_result_is_counted_once() {
        let said = Said::parse(TEXT);
        assert_eq!((said.passed, said.complete), (2, true));
        assert_eq!((said.failed, said.ignored), (vec!["d".to_owned()], vec!["e".to_owned()]));
    }

    #[test]
    fn a_result_is_found_behind_what_others_wrote() {
        let text = "running 1 test\ntest a ... bus: activated\nbus: done\nok\ntest result: ok.\n";
        assert_eq!(Said::parse(text), Said { passed: 1, complete: true, ..Said::default() });
    }

    #[test]
    fn a_program_that_crashes_counts_as_failed() {
        let mut tally = Tally::default();
        tally.add("phone", &Said::parse("running 2 tests\ntest a ... ok\n"), Vec::new());
        assert_eq!(tally.to_string(), "1 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn an_excused_story_is_skipped_rather_than_passed() {
        let mut tally = Tally::default();
        let said = Said::parse("running 2 tests\ntest a ... ok\ntest b ... ok\ntest result: ok.\n");
        tally.add("call", &said, excuses("b\tno root\n"));
        assert_eq!(tally.to_string(), "1 passed, 0 failed, 1 skipped");
    }
}
