//! Builds every test program once, then runs them.

use super::results::{self, Said, Tally};
use super::{Options, Run, newcomer, stories};
use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Heard, Outcome};
use crate::run::APP;
use crate::setup::System;
use crate::{dictionary, interface, places};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// No program of unit or property tests may take longer.
const LIMIT: Duration = Duration::from_secs(600);
/// Nor with the full matrices.
const LONG_LIMIT: Duration = Duration::from_secs(7_200);

/// A test program as cargo built it.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// The package it belongs to.
    pub package: String,
    /// The library, or the file in `tests/`.
    pub target: String,
    /// Where it lies.
    pub file: PathBuf,
    /// Where it is run: the folder of its package.
    pub folder: PathBuf,
}

impl Program {
    /// `package target`.
    pub fn name(&self) -> String {
        if self.package == self.target {
            self.package.clone()
        } else {
            format!("{} {}", self.package, self.target)
        }
    }

    /// The command that runs it, with what a test may ask of its surroundings.
    pub fn command(&self, options: &Options) -> Command {
        let mut command = Command::new(&self.file);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        // Who names a program means all of it.
        command.args(options.filter.iter().filter(|filter| !self.target.contains(filter.as_str())));
        if options.long {
            command.env("SVARSPLATS_LONG", "1").env("PROPTEST_CASES", "4096");
        }
        command
    }
}

/// Builds and runs the tests of every crate, then the stories.
pub fn all(run: &mut Run, options: &Options) {
    let dist = run.step("interface", interface::build);
    if let Some(dist) = dist.as_deref().filter(|_| options.filter.is_none()) {
        run.step("weight of the interface", || interface::fits(dist));
    }
    let built = run.step("build", || build(EVERYTHING));
    if built.is_some() && options.filter.is_none() {
        run.step("one build for both commands", nothing_new_for_the_app);
    }
    let dictionary = run.step("dictionary", dictionary::compile).flatten();
    if built.is_some() && dist.is_some() && options.filter.is_none() {
        run.step("cargo xtask run", newcomer::opens_and_ends);
    }
    let Some(programs) = built else { return };
    let surroundings = stories::Surroundings { dist, dictionary };
    let (stories, others): (Vec<_>, Vec<_>) = programs.into_iter().partition(is_story);
    let stage = (!stories.is_empty()).then(|| stories::Stage::prepare(run, &surroundings));
    println!("── tests");
    let before = run.tally.all();
    let took = Took::read();
    // The longest first, as it was last time: the lanes then end together.
    let mut queue: Vec<Program> = stories.into_iter().chain(others).collect();
    queue.sort_by_key(|program| std::cmp::Reverse(took.of(&program.name())));
    let queue = queue.into_iter();
    in_lanes(run, queue, |program| {
        let outcome = match &stage {
            Some(stage) if is_story(program) => stage.play(options, program),
            _ => {
                let limit = if options.long { LONG_LIMIT } else { LIMIT };
                alone(&program.name(), program.command(options), surroundings.dictionary.as_deref(), limit)
            }
        };
        outcome.inspect(|report| {
            // A part of a program says nothing about the whole of it.
            if options.filter.is_none() {
                took.keep(&program.name(), report.took);
            }
        })
    });
    let mut documents = command::cargo(&places::root());
    // Of the same crates as the build: of others, shared libraries would be compiled anew with other features.
    documents.args(["test", "--quiet", "--doc", "--workspace", "--no-fail-fast", "--"]);
    documents.args(&options.filter).arg("--format=pretty");
    run.tally.report("examples in the documentation", alone("documents", documents, None, LIMIT));
    if run.tally.all() == before {
        run.tally.fail("no test, and no file of tests, has a name like that");
    }
}

/// So many test programs run side by side: on two cores more would measure each other's haste.
const LANES: usize = 2;

/// Takes programs from the queue into the lanes, and tells of each when it has ended.
fn in_lanes(
    run: &mut Run,
    queue: impl Iterator<Item = Program> + Send,
    work: impl Fn(&Program) -> Outcome<Report> + Sync,
) {
    let (queue, tally) = (Mutex::new(queue), Mutex::new(&mut run.tally));
    let lane = || {
        loop {
            let Some(program) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
            let outcome = work(&program);
            tally.lock().unwrap_or_else(PoisonError::into_inner).report(&program.name(), outcome);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(lane);
        }
    });
}

/// How long each program took when it was last run here, one file each.
struct Took(Option<PathBuf>);

impl Took {
    fn read() -> Self {
        Self(places::made().and_then(|made| places::folder(made.join("took"))).ok())
    }

    /// Milliseconds; a program that has never been run may take long.
    fn of(&self, name: &str) -> u128 {
        let text = self.0.as_ref().and_then(|folder| std::fs::read_to_string(folder.join(name)).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(u128::MAX)
    }

    fn keep(&self, name: &str, took: Duration) {
        if let Some(folder) = &self.0 {
            // Only the order of the next run hangs on it.
            let _ = std::fs::write(folder.join(name), took.as_millis().to_string());
        }
    }
}

/// A program as it ended.
pub struct Report {
    /// What it wrote.
    pub heard: Heard,
    /// Which of its tests could not run here, and why.
    pub excused: Vec<(String, String)>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Of a program that was not run, for one reason: all that it lists, in libtest's terse words, is skipped.
    pub fn of_none(listed: &str, reason: &str) -> Self {
        let names: Vec<_> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
        let mut text = format!("running {} tests\n", names.len());
        names.iter().for_each(|name| text.push_str(&format!("test {name} ... ok\n")));
        text.push_str("test result: ok.\n");
        let excused = names.iter().map(|name| ((*name).to_owned(), reason.to_owned())).collect();
        Self { heard: Heard { success: true, text }, excused, took: Duration::ZERO }
    }
}

/// Runs a program that needs no session.
fn alone(name: &str, mut command: Command, dictionary: Option<&Path>, limit: Duration) -> Outcome<Report> {
    if let Some(dictionary) = dictionary {
        command.env("SVARSPLATS_DICTIONARY", dictionary);
    }
    let excuses = Excuses::of(name, &mut command)?;
    let watch = Stopwatch::start();
    let heard = command::listen(&mut command, limit)?;
    Ok(Report { heard, excused: excuses.read(), took: watch.elapsed() })
}

/// Where the tests of a program note which of them could not run here, and why.
pub struct Excuses(PathBuf);

impl Excuses {
    /// A file of its own, named to the program. Where everything must run, an excuse is a failure.
    pub fn of(name: &str, command: &mut Command) -> Outcome<Self> {
        let file = places::made()?.join(format!("excuses-{}", name.replace(' ', "-")));
        let _ = std::fs::remove_file(&file);
        command.env("SVARSPLATS_EXCUSES", &file);
        if System::here().must_run_everything() {
            command.env("SVARSPLATS_NOTHING_SKIPPED", "1");
        }
        Ok(Self(file))
    }

    /// What they noted: the test, and the reason.
    pub fn read(&self) -> Vec<(String, String)> {
        results::excuses(&std::fs::read_to_string(&self.0).unwrap_or_default())
    }
}

impl Tally {
    /// Counts what a program said, and shows it: in one line, or whole when it failed.
    fn report(&mut self, name: &str, outcome: Outcome<Report>) {
        let Report { heard, excused, took } = match outcome {
            Ok(report) => report,
            Err(Failure(text)) => {
                println!("{text}");
                return self.fail(name);
            }
        };
        let said = Said::parse(&heard.text);
        if said.passed == 0 && heard.success && said.failed.is_empty() && said.ignored.is_empty() {
            return;
        }
        if !heard.success {
            println!("{}", heard.text);
        }
        let passed = said.passed - excused.len().min(said.passed);
        println!("   {name}: {passed} passed, {}", clock::readable(took));
        self.add(name, &said, excused);
        if !heard.success && said.failed.is_empty() && said.complete {
            self.fail(name);
        }
    }
}

fn is_story(program: &Program) -> bool {
    program.package == "stories" && program.target != "stories"
}

/// One build for everything: libraries, programs, tests; the interface's as well, whose rules of form and
/// text are tested on this machine rather than in a browser.
const EVERYTHING: &[&str] = &["--workspace", "--lib", "--bins", "--tests", "--examples"];

/// Builds what the arguments of `cargo build` name; gives the test programs among it.
pub fn build(arguments: &[&str]) -> Outcome<Vec<Program>> {
    let mut cargo = command::cargo(&places::root());
    cargo.arg("build").args(arguments);
    cargo.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let output = cargo.spawn()?.wait_with_output()?;
    if !output.status.success() {
        return Err(Failure("the build failed".into()));
    }
    Ok(programs(&String::from_utf8_lossy(&output.stdout)))
}

/// `cargo xtask run` must find the app compiled: with other features it would compile half the libraries anew.
fn nothing_new_for_the_app() -> Outcome {
    let mut cargo = command::cargo(&places::root());
    cargo.arg("build").args(APP).args(["--message-format=json"]).stderr(Stdio::null());
    let stale = stale(&command::read(&mut cargo)?);
    if stale.is_empty() { Ok(()) } else { Err(Failure(format!("compiled anew: {}", stale.join(", ")))) }
}

fn stale(messages: &str) -> Vec<String> {
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    artifacts
        .filter(|message| message.pointer("/fresh") == Some(&Value::Bool(false)))
        .filter_map(|message| Some(message.pointer("/target/name")?.as_str()?.to_owned()))
        .collect()
}

fn programs(messages: &str) -> Vec<Program> {
    messages.lines().filter_map(|line| program(&serde_json::from_str(line).ok()?)).collect()
}

fn program(message: &Value) -> Option<Program> {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
    if text("/reason") != Some("compiler-artifact")
        || message.pointer("/profile/test") != Some(&Value::Bool(true))
    {
        return None;
    }
    let folder = Path::new(text("/manifest_path")?).parent()?.to_path_buf();
    // "path+file:///…/crates/phone#0.1.0", or "…/src-tauri#svarsplats@0.1.0" where the folder is named otherwise.
    let identity = text("/package_id")?;
    let (place, version) = identity.rsplit_once('#')?;
    let package = match version.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next()?,
    };
    Some(Program {
        package: package.to_owned(),
        target: text("/target/name")?.to_owned(),
        file: PathBuf::from(text("/executable")?),
        folder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///t/src-tauri#svarsplats@0.1.0","manifest_path":"/t/src-tauri/Cargo.toml","target":{"name":"deep_links"},"profile":{"test":true},"executable":"/b/deep_links-1"}"#;

    #[test]
    fn what_was_compiled_anew_is_named() {
        let old = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"fresh":true}"#;
        let new = r#"{"reason":"compiler-artifact","target":{"name":"tokio"},"fresh":false}"#;
        assert_eq!(stale(&format!("{old}\n{new}\nnot json")), ["tokio"]);
    }

    #[test]
    fn only_test_programs_are_run() {
        let library = TEST.replace("\"test\":true", "\"test\":false");
        let found = programs(&format!("{TEST}\n{library}\n{{\"reason\":\"build-finished\"}}\nnot json\n"));
        let names: Vec<_> = found.iter().map(Program::name).collect();
        assert_eq!(names, ["svarsplats deep_links"]);
        assert_eq!(found.first().map(|program| program.folder.clone()), Some(PathBuf::from("/t/src-tauri")));
    }

    #[test]
    fn a_program_that_cannot_be_run_is_skipped_test_by_test() {
        let report = Report::of_none("a: test\nb: test\n\n2 tests, 0 benchmarks\n", "no display");
        let mut tally = Tally::default();
        tally.report("window", Ok(report));
        assert_eq!(tally.to_string(), "0 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn a_word_chooses_tests_or_a_whole_file() {
        let found = programs(TEST);
        let arguments = |filter: &str| {
            let options = Options { filter: Some(filter.into()), ..Options::default() };
            found.iter().map(|program| program.command(&options).get_args().count()).sum::<usize>()
        };
        assert_eq!((arguments("deep"), arguments("a_link_is_confirmed")), (0, 1));
    }
}
