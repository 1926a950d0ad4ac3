//! Plays the stories, each program in a session of its own, beside the peers that they need.

use super::programs::{Excuses, Program, Report};
use super::{Options, Run};
use crate::clock::Stopwatch;
use crate::command::{self, Outcome};
use crate::session::{self, Home};
use crate::setup::System;
use crate::{asterisk, npm, places};
use std::path::PathBuf;
use std::time::Duration;

/// No program of stories may take longer.
const LIMIT: Duration = Duration::from_secs(900);
/// Nor with the full matrices.
const LONG_LIMIT: Duration = Duration::from_secs(7_200);

/// What was made for the stories in the steps before.
pub struct Surroundings {
    /// The built interface.
    pub dist: Option<PathBuf>,
    /// The compiled dictionary.
    pub dictionary: Option<PathBuf>,
}

/// How stories are run here: what was made for them, and which peers the machine has.
pub struct Stage<'a> {
    surroundings: &'a Surroundings,
    peers: [(&'static str, Option<PathBuf>); 2],
    /// Why no session can be opened here.
    no_session: Option<String>,
}

impl<'a> Stage<'a> {
    /// Prepares the peers.
    pub fn prepare(run: &mut Run, surroundings: &'a Surroundings) -> Self {
        let system = System::here();
        let asterisk = peer(run, &system, "Asterisk", system.root && system.debian, asterisk::root);
        let axe = peer(run, &system, "axe-core", npm::available(), || npm::install(npm::AXE));
        let lacking = session::lacks().filter(|_| !system.must_run_everything());
        let no_session = lacking.map(|program| format!("{program} is not on this machine"));
        Self {
            surroundings,
            no_session,
            peers: [("SVARSPLATS_ASTERISK_ROOT", asterisk), ("SVARSPLATS_AXE", axe)],
        }
    }

    /// Runs one program of stories in a session of its own.
    pub fn play(&self, options: &Options, program: &Program) -> Outcome<Report> {
        let watch = Stopwatch::start();
        if let Some(reason) = &self.no_session {
            let listed = command::read(program.command(options).args(["--list", "--format=terse"]))?;
            return Ok(Report::of_none(&listed, reason));
        }
        let made = places::made()?;
        let pictures = places::folder(made.join("pictures"))?;
        let mut command = program.command(options);
        command.args(["--test-threads=1"]);
        command.env("SVARSPLATS_PICTURES", pictures);
        command.env("SVARSPLATS_BIN_DIR", places::target().join("debug"));
        let Surroundings { dist, dictionary } = self.surroundings;
        let made = [("SVARSPLATS_UI_DIR", dist), ("SVARSPLATS_DICTIONARY", dictionary)];
        let peers = self.peers.iter().map(|(name, path)| (*name, path));
        for (name, path) in made.into_iter().chain(peers) {
            if let Some(path) = path {
                command.env(name, path);
            }
        }
        let excuses = Excuses::of(&program.name(), &mut command)?;
        let home = Home::new()?;
        let limit = if options.long { LONG_LIMIT } else { LIMIT };
        let heard = command::listen(&mut session::wrap(&command, &home)?, limit)?;
        Ok(Report { heard, excused: excuses.read(), took: watch.elapsed() })
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
