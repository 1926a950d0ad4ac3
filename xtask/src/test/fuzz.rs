//! What reads what comes from outside, run on anything: each target in `fuzz`, for seconds or, at length, for minutes.

use super::{Options, Run};
use crate::command::{self, Failure, Outcome};
use crate::places;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// For how long each target is run, seconds.
const BRIEFLY: u64 = 2;
/// The same with `--long`.
const LONG: u64 = 300;
/// Starting, reading what was found before, and ending.
const AROUND: Duration = Duration::from_secs(60);
/// A single input may take so long, seconds; and all of them together so much memory, MiB.
const SLOWEST: u32 = 10;
const MEMORY: u32 = 1024;
/// Longer inputs find nothing that shorter ones do not.
const LONGEST: u32 = 4096;
/// How much of what a target wrote is shown when it failed, lines.
const SHOWN: usize = 60;

/// What cargo-fuzz compiles with when it is told to use no sanitizer: all of it is known to the stable compiler.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg",
    "fuzzing",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// Builds the targets and runs one after the other.
pub fn all(run: &mut Run, options: &Options) {
    let seconds = if options.long { LONG } else { BRIEFLY };
    let Some(targets) = run.step("build for fuzzing", build) else { return };
    for (name, file) in targets {
        run.step(&format!("fuzz {name}"), || fuzz(&name, &file, seconds));
    }
}

fn folder() -> PathBuf {
    places::root().join("fuzz")
}

fn build() -> Outcome<Vec<(String, PathBuf)>> {
    command::run(command::cargo(&folder()).args(["fmt", "--all", "--check"]))?;
    let mut ask = Command::new("rustc");
    let about = command::read(ask.current_dir(places::root()).arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure("rustc does not say what it compiles for".into()))?;
    let mut cargo = command::cargo(&folder());
    // With a target named, what runs while building is compiled without these flags.
    cargo.args(["build", "--bins", "--target", host, "--message-format=json-render-diagnostics"]);
    cargo.env("CARGO_TARGET_DIR", places::target().join("fuzz"));
    cargo.env("RUSTFLAGS", FLAGS.join(" ")).env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = cargo.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    let built = targets(&String::from_utf8_lossy(&output.stdout));
    if output.status.success() && !built.is_empty() {
        return Ok(built);
    }
    Err(Failure("the build failed".into()))
}

fn targets(messages: &str) -> Vec<(String, PathBuf)> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter_map(|message| {
            let name = message.pointer("/target/name")?.as_str()?.to_owned();
            Some((name, PathBuf::from(message.get("executable")?.as_str()?)))
        })
        .collect()
}

fn fuzz(name: &str, file: &Path, seconds: u64) -> Outcome {
    let made = places::made()?.join("fuzz");
    let (found, crashes) =
        (places::folder(made.join("found").join(name))?, places::folder(made.join("crashes"))?);
    let mut target = Command::new(file);
    target.arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={SLOWEST}"));
    target.arg(format!("-rss_limit_mb={MEMORY}")).arg(format!("-max_len={LONGEST}"));
    target.arg(format!("-artifact_prefix={}/{name}-", crashes.display()));
    // What is found new goes into the first folder.
    target.arg(found).arg(folder().join("seeds").join(name));
    let heard = command::listen(&mut target, Duration::from_secs(seconds) + AROUND)?;
    if heard.success {
        return Ok(());
    }
    let from = heard.text.lines().count().saturating_sub(SHOWN);
    let shown: Vec<&str> = heard.text.lines().skip(from).collect();
    Err(Failure(format!("{}\nthe input that did it lies in {}", shown.join("\n"), crashes.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_targets_and_libraries_are_none() {
        let program = r#"{"reason":"compiler-artifact","target":{"name":"sdp"},"executable":"/b/sdp"}"#;
        let library = r#"{"reason":"compiler-artifact","target":{"name":"phone"},"executable":null}"#;
        let found = targets(&format!("{program}\n{library}\nnot json\n"));
        assert_eq!(found, [("sdp".to_owned(), PathBuf::from("/b/sdp"))]);
    }

    #[test]
    fn each_target_has_something_to_begin_with() {
        let sources = places::files_below(&folder().join("fuzz_targets"));
        assert!(!sources.is_empty());
        for source in sources {
            let name = source.file_stem().unwrap();
            assert!(!places::files_below(&folder().join("seeds").join(name)).is_empty(), "{name:?}");
        }
    }

    #[test]
    fn an_input_that_ends_a_target_is_told_with_its_place() {
        let made = places::folder(std::env::temp_dir().join("svarsplats-xtask-fuzz")).unwrap();
        let target = made.join("target.sh");
        std::fs::write(&target, "#!/bin/sh\necho panicked at\nexit 77\n").unwrap();
        command::run(Command::new("chmod").arg("+x").arg(&target)).unwrap();
        let Err(Failure(text)) = fuzz("none", &target, 1) else { panic!("a failure") };
        assert!(text.contains("panicked at") && text.contains("crashes"), "{text}");
        std::fs::remove_dir_all(made).unwrap();
    }
}
