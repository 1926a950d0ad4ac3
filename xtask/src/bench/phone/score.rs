//! PESQ: what a listener would say of a recording beside what was said (ITU-T P.862), by the library of that name.

use crate::command::{self, Failure, Outcome};
use crate::places;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SCRIPT: &str = include_str!("score.py");

/// A Python that has the library; made once and kept.
pub fn python() -> Outcome<PathBuf> {
    let folder = places::cache()?.join("pesq");
    let python = folder.join("bin/python3");
    let has = |python: &Path| {
        let mut ask = Command::new(python);
        ask.args(["-c", "import pesq, numpy"]).stderr(Stdio::null());
        ask.status().is_ok_and(|status| status.success())
    };
    if !has(&python) {
        println!("Fetching PESQ from PyPI.");
        command::quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        command::quiet(Command::new(&python).args(["-m", "pip", "install", "--quiet", "numpy", "pesq"]))?;
    }
    if has(&python) { Ok(python) } else { Err(Failure("the library cannot be used".into())) }
}

/// A recording to judge.
pub struct Case {
    /// `nb` or `wb`.
    pub mode: &'static str,
    /// What was said.
    pub said: PathBuf,
    /// What was heard.
    pub heard: PathBuf,
}

/// A score for each; none where nothing could be judged.
pub fn scores(python: &Path, cases: &[Case]) -> Outcome<Vec<Option<f64>>> {
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let lines: String = cases
        .iter()
        .map(|case| format!("{} {} {}\n", case.mode, case.said.display(), case.heard.display()))
        .collect();
    if let Some(mut input) = child.stdin.take() {
        input.write_all(lines.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let scores: Vec<_> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| line.parse().ok()).collect();
    if scores.len() == cases.len() { Ok(scores) } else { Err(Failure("PESQ gave too few scores".into())) }
}
