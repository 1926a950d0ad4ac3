//! What is checked without running the product: form, lints, directions, licences.

use super::Run;
use crate::command::{self, Failure, Outcome};
use crate::{notices, places, tidy};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version whose rules `deny.toml` is written for.
const DENY: &str = "0.20.2";

/// Runs them all.
pub fn all(run: &mut Run) {
    let root = places::root();
    run.step("format", || command::run(command::cargo(&root).args(["fmt", "--all", "--check"])));
    run.step("tidy", tidy::task);
    if let Some(program) = run.step("licences and sources", deny) {
        run.step_unless("advisories", || advisories(&program));
    }
    run.step("notices", || notices::write().map(drop));
    run.step("clippy", || {
        let mut clippy = command::cargo(&root);
        clippy.args(["clippy", "--quiet", "--workspace", "--exclude", "ui", "--all-targets"]);
        command::run(clippy.args(["--", "-D", "warnings"]))
    });
    run.step("clippy of the interface", || {
        let mut clippy = command::cargo(&root);
        clippy.args(["clippy", "--quiet", "--package", "ui", "--target", "wasm32-unknown-unknown"]);
        command::run(clippy.args(["--", "-D", "warnings"]))
    });
}

fn deny() -> Outcome<PathBuf> {
    let tools = places::cache()?.join("tools");
    let program = tools.join("bin/cargo-deny");
    let is_version =
        command::read(Command::new(&program).arg("--version")).is_ok_and(|text| text.contains(DENY));
    if !is_version {
        println!("Installing cargo-deny {DENY} (some minutes, once)");
        let mut install = command::cargo(&places::cache()?);
        install
            .args(["install", "--quiet", "--locked", "--version", DENY, "cargo-deny", "--root"])
            .arg(&tools);
        command::run(install.arg("--target-dir").arg(places::made()?.join("cargo-deny")))?;
        let _ = std::fs::remove_dir_all(places::made()?.join("cargo-deny"));
    }
    let mut check = Command::new(&program);
    check.current_dir(places::root()).args(["--log-level", "error", "check"]);
    command::run(check.args(["licenses", "bans", "sources"]))?;
    Ok(program)
}

/// Known vulnerabilities; gives why they could not be checked where their list cannot be reached.
fn advisories(program: &Path) -> Outcome<Option<String>> {
    let limit = std::time::Duration::from_secs(60);
    let fetched = command::listen(
        Command::new(program).current_dir(places::root()).args(["--log-level", "error", "fetch", "db"]),
        limit,
    )?;
    if !fetched.success {
        return Ok(Some("their list cannot be reached from here".to_owned()));
    }
    let mut check = Command::new(program);
    check.current_dir(places::root()).args([
        "--log-level",
        "error",
        "check",
        "--disable-fetch",
        "advisories",
    ]);
    let heard = command::listen(&mut check, limit)?;
    if heard.success { Ok(None) } else { Err(Failure(heard.text)) }
}
