//! Starting other programs: run and show, run and read, run with a limit.

use std::fmt::Write as _;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// What went wrong, as one text for the person at the terminal.
#[derive(Debug)]
pub struct Failure(pub String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A task's result.
pub type Outcome<T = ()> = Result<T, Failure>;

/// The command line as one would type it.
pub fn line(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let _ = write!(text, " {}", argument.to_string_lossy());
    }
    text
}

/// Runs to the end with its output shown; a failure carries the command line.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("{} ended with {status}", line(command)))) }
}

/// Runs to the end and gives what it wrote to its standard output.
pub fn read(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::piped()).output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(Failure(format!("{} ended with {}\n{}", line(command), output.status, complaint.trim_end())))
}

/// Runs to the end and keeps what it wrote, for the log of a failure.
pub fn quiet(command: &mut Command) -> Outcome {
    let heard = listen(command, Duration::from_secs(3600))?;
    if heard.success { Ok(()) } else { Err(Failure(format!("{} failed\n{}", line(command), heard.text))) }
}

/// What a program wrote, and whether it ended well.
pub struct Heard {
    /// Standard output and standard error in the order they came.
    pub text: String,
    /// It ended by itself with code 0.
    pub success: bool,
}

/// Runs in a process group of its own and keeps what it writes. After `limit` the whole group is ended.
pub fn listen(command: &mut Command, limit: Duration) -> Outcome<Heard> {
    let (mut reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let mut child = command.spawn().map_err(|error| not_started(command, &error))?;
    // The command holds the pipe's writing end; let it go, or the reader never sees the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, receiver) = mpsc::channel();
    let collector = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes);
        let _ = sender.send(());
        bytes
    });
    let timely = receiver.recv_timeout(limit).is_ok();
    if !timely {
        end_group(&child);
    }
    let status = child.wait()?;
    let bytes = collector.join().unwrap_or_default();
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if !timely {
        let _ = writeln!(text, "\nended after {}", crate::clock::readable(limit));
    }
    Ok(Heard { text, success: timely && status.success() })
}

/// Asks the process group that a child leads to end, and ends it when it has not within some seconds.
pub fn end_gently(child: &mut Child) {
    signal_group(child, rustix::process::Signal::TERM);
    for _ in 0..100 {
        if !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        crate::clock::pause(Duration::from_millis(50));
    }
    end_group(child);
}

/// What a terminal does at Ctrl+C.
pub fn interrupt_group(child: &Child) {
    signal_group(child, rustix::process::Signal::INT);
}

/// Ends the process group that a child started with `process_group(0)` leads.
pub fn end_group(child: &Child) {
    signal_group(child, rustix::process::Signal::KILL);
}

fn signal_group(child: &Child, signal: rustix::process::Signal) {
    if let Some(leader) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(leader, signal);
    }
}

/// Where a program lies on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let extra = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(extra).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The cargo that runs this task. What cargo told this task of its own package is not passed on: build scripts
/// watch these variables (ring's does), and would compile anew whenever a person had called cargo directly.
pub fn cargo(directory: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(directory);
    for (name, _) in std::env::vars_os() {
        let told = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"];
        if name.to_str().is_some_and(|name| told.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    command
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure(format!("{} could not be started: {error}", command.get_program().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_never_ends_is_ended_with_its_children() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo begun; sleep 600 & sleep 600"]);
        let heard = listen(&mut command, Duration::from_millis(300)).unwrap();
        assert!(!heard.success);
        assert!(heard.text.starts_with("begun"));
    }

    #[test]
    fn a_failure_names_the_command_and_its_complaint() {
        let Failure(text) = read(Command::new("sh").args(["-c", "echo no luck >&2; exit 3"])).unwrap_err();
        assert!(text.contains("sh -c") && text.contains("no luck"), "{text}");
    }
}
