//! Runs the stories, each program in a session of its own, beside the peers that they need.

use super::{Options, Run, programs::Program, results};
use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Outcome};
use crate::session::{self, Home};
use crate::setup::System;
use crate::{asterisk, npm, places};
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);

/// What was made for the stories in the steps before.
pub struct Surroundings {
    /// The built interface.
    pub dist: Option<PathBuf>,
    /// The compiled dictionary.
    pub dictionary: Option<PathBuf>,
}

/// Prepares the peers and runs every story.
pub fn all(run: &mut Run, options: &Options, programs: &[Program], surroundings: &Surroundings) {
    if programs.is_empty() {
        return;
    }
    let system = System::here();
    let asterisk = peer(run, &system, "Asterisk", system.root && system.debian, asterisk::root);
    let axe = peer(run, &system, "axe-core", npm::available(), || npm::install(npm::AXE));
    println!("── stories");
    for program in programs {
        let outcome = story(run, options, program, surroundings, |command| {
            if system.must_run_everything() {
                command.env("SVARSPLATS_NOTHING_SKIPPED", "1");
            }
            for (name, path) in [("SVARSPLATS_ASTERISK_ROOT", &asterisk), ("SVARSPLATS_AXE", &axe)] {
                if let Some(path) = path {
                    command.env(name, path);
                }
            }
        });
        if let Err(Failure(text)) = outcome {
            println!("{text}");
            run.tally.fail(&program.name());
        }
    }
}

/// A peer that this machine can have is a step of its own; one that it cannot have makes stories skip.
fn peer(
    run: &mut Run,
    system: &System,
    name: &str,
    possible: bool,
    make: impl FnOnce() -> Outcome<PathBuf>,
) -> Option<PathBuf> {
    if possible || system.must_run_everything() {
        return run.step(name, make);
    }
    println!("   {name} cannot be had on this machine");
    None
}

fn story(
    run: &mut Run,
    options: &Options,
    program: &Program,
    surroundings: &Surroundings,
    surround: impl FnOnce(&mut std::process::Command),
) -> Outcome {
    let watch = Stopwatch::start();
    let made = places::made()?;
    let pictures = places::folder(made.join("pictures"))?;
    let excuses = made.join("excuses");
    let _ = std::fs::remove_file(&excuses);
    let mut command = program.command(options);
    command.args(["--test-threads=1"]);
    command.env("SVARSPLATS_EXCUSES", &excuses).env("SVARSPLATS_PICTURES", pictures);
    command.env("SVARSPLATS_BIN_DIR", places::target().join("debug"));
    for (name, path) in
        [("SVARSPLATS_UI_DIR", &surroundings.dist), ("SVARSPLATS_DICTIONARY", &surroundings.dictionary)]
    {
        if let Some(path) = path {
            command.env(name, path);
        }
    }
    surround(&mut command);
    let home = Home::new()?;
    let heard = command::listen(&mut session::wrap(&command, &home)?, LIMIT)?;
    let said = results::Said::parse(&heard.text);
    if !heard.success {
        println!("{}", heard.text);
    }
    let excused = results::excuses(&std::fs::read_to_string(&excuses).unwrap_or_default());
    println!(
        "   {}: {} passed, {}",
        program.name(),
        said.passed - excused.len().min(said.passed),
        clock::readable(watch.elapsed())
    );
    run.tally.add(&program.name(), &said, excused);
    if !heard.success && said.failed.is_empty() && said.complete {
        run.tally.fail(&program.name());
    }
    Ok(())
}
