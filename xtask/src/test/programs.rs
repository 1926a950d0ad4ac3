//! Builds every test program once, then runs them.

use super::{Options, Run, newcomer, results::Said, stories};
use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Outcome};
use crate::run::APP;
use crate::{dictionary, interface, places};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// No program of unit or property tests may take longer.
const LIMIT: Duration = Duration::from_secs(600);

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
        if let Some(filter) = &options.filter {
            command.arg(filter);
        }
        if options.long {
            command.env("SVARSPLATS_LONG", "1").env("PROPTEST_CASES", "4096");
        }
        command
    }
}

/// Builds and runs the tests of every crate, then the stories.
pub fn all(run: &mut Run, options: &Options) {
    let dist = run.step("interface", interface::build);
    let built = run.step("build", || build(EVERYTHING));
    if built.is_some() && options.filter.is_none() {
        run.step("one build for both commands", nothing_new_for_the_app);
    }
    let dictionary = run.step("dictionary", dictionary::compile).flatten();
    if built.is_some() && dist.is_some() && options.filter.is_none() {
        run.step("cargo xtask run", newcomer::opens_and_ends);
    }
    let Some(programs) = built else { return };
    let (stories, others): (Vec<_>, Vec<_>) = programs.into_iter().partition(is_story);
    println!("── tests");
    for program in &others {
        let mut command = program.command(options);
        if let Some(dictionary) = &dictionary {
            command.env("SVARSPLATS_DICTIONARY", dictionary);
        }
        report(run, &program.name(), &mut command);
    }
    let mut documents = command::cargo(&places::root());
    // Of the same crates as the build: of others, shared libraries would be compiled anew with other features.
    documents.args(["test", "--quiet", "--doc", "--workspace", "--no-fail-fast", "--"]);
    documents.args(&options.filter).arg("--format=pretty");
    report(run, "examples in the documentation", &mut documents);
    stories::all(run, options, &stories, &stories::Surroundings { dist, dictionary });
}

fn is_story(program: &Program) -> bool {
    program.package == "stories" && program.target != "stories"
}

fn report(run: &mut Run, name: &str, command: &mut Command) {
    let watch = Stopwatch::start();
    match command::listen(command, LIMIT) {
        Ok(heard) => {
            let said = Said::parse(&heard.text);
            if said.passed == 0 && heard.success && said.failed.is_empty() && said.ignored.is_empty() {
                return;
            }
            if !heard.success {
                println!("{}", heard.text);
            }
            println!("   {name}: {} passed, {}", said.passed, clock::readable(watch.elapsed()));
            run.tally.add(name, &said, Vec::new());
            if !heard.success && said.failed.is_empty() && said.complete {
                run.tally.fail(name);
            }
        }
        Err(Failure(text)) => {
            println!("{text}");
            run.tally.fail(name);
        }
    }
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
}
