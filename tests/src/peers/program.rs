//! A program of the story: what it wrote can be waited for, and it ends with the story.

use super::within;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// A started program. When it is dropped its whole process group ends.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    written: watch::Receiver<usize>,
}

impl Program {
    /// Starts it in a process group of its own, with no input.
    pub fn start(name: &str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).kill_on_drop(true).spawn().unwrap_or_else(|error| {
            panic!("{name} could not be started: {error}");
        });
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (count, written) = watch::channel(0);
        collect(child.stdout.take().unwrap(), lines.clone(), count.clone());
        collect(child.stderr.take().unwrap(), lines.clone(), count);
        Self { name: name.to_owned(), child, lines, written }
    }

    /// Waits until it has written a line that contains `text`, and gives the first such line.
    pub async fn line_with(&mut self, text: &str) -> String {
        let name = self.name.clone();
        let mut seen = 0;
        let wait = async {
            loop {
                let lines = self.lines();
                if let Some(line) = lines[seen..].iter().find(|line| line.contains(text)) {
                    return line.clone();
                }
                seen = lines.len();
                assert!(self.written.changed().await.is_ok(), "{name} ended:\n{}", lines.join("\n"));
            }
        };
        match tokio::time::timeout(super::PATIENCE, wait).await {
            Ok(line) => line,
            Err(_) => panic!("{name} never wrote {text:?}:\n{}", self.lines().join("\n")),
        }
    }

    /// All that it has written.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Ends it at once, as a power cut would, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.signal(rustix::process::Signal::KILL);
        within(&format!("the end of {}", self.name), self.child.wait()).await.unwrap();
    }

    /// Asks it to end and waits until it has; gives its code.
    pub async fn end(&mut self) -> Option<i32> {
        self.signal(rustix::process::Signal::TERM);
        within(&format!("the end of {}", self.name), self.child.wait()).await.unwrap().code()
    }

    /// Ends it as Ctrl+C does, and waits until it has; gives its code.
    pub async fn interrupt(&mut self) -> Option<i32> {
        self.signal(rustix::process::Signal::INT);
        within(&format!("the end of {}", self.name), self.child.wait()).await.unwrap().code()
    }

    /// Waits until it has ended by itself; gives its code.
    pub async fn ended(&mut self) -> Option<i32> {
        within(&format!("{} to end by itself", self.name), self.child.wait()).await.unwrap().code()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(leader) = id.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(leader, signal);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal(rustix::process::Signal::KILL);
        if std::thread::panicking() {
            let lines = self.lines();
            let last = lines.len().saturating_sub(40);
            eprintln!("── {} wrote at the end:\n{}", self.name, lines[last..].join("\n"));
        }
    }
}

fn collect(
    from: impl AsyncRead + Unpin + Send + 'static,
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Sender<usize>,
) {
    tokio::spawn(async move {
        let mut reader = BufReader::new(from).split(b'\n');
        while let Ok(Some(line)) = reader.next_segment().await {
            lines.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
            count.send_modify(|count| *count += 1);
        }
    });
}
