//! The real window, driven through WebKit's own driver.

use super::browser::Page;
use super::place::{Folder, free_port};
use super::program::Program;
use super::service::{Service, binary, events_in, number_in};
use super::{given, or_skip, until};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A desk: its window, and the folder that it writes to.
#[derive(Debug)]
pub struct Desk {
    /// The window.
    pub page: Page,
    folder: Folder,
    start: Start,
}

/// How a desk is started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Its arguments, beside the folder.
    pub arguments: Vec<String>,
    /// What differs in its environment.
    pub environment: Vec<(String, String)>,
}

impl Start {
    /// Connected to a service at that address.
    pub fn connected(address: String) -> Self {
        Self { arguments: vec!["--connect".to_owned(), address], environment: Vec::new() }
    }

    /// The same, with that in the environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Desk {
    /// A desk that has never been started here, connected to a service.
    pub async fn at(service: &Service) -> Option<Self> {
        Self::start(Start::connected(service.address())).await
    }

    /// A desk in practice mode, as it is delivered.
    pub async fn practising() -> Option<Self> {
        Self::start(Start { arguments: vec!["--practice".to_owned()], ..Start::default() }).await
    }

    /// A desk that is started in another way. Connected to a service its voice is as the microphone gives it: what is
    /// said in those stories are tones, and tones that last are noise.
    pub async fn start(start: Start) -> Option<Self> {
        let folder = Folder::new("desk");
        if start.arguments.iter().any(|argument| argument == "--connect") {
            let plain = json!({ "devices": { "voice": { "echo": false, "noise": false, "gain": false } } });
            std::fs::write(folder.path().join("desk.json"), plain.to_string()).unwrap();
        }
        Self::start_in(folder, start).await
    }

    /// A desk that writes to that folder.
    pub async fn start_in(folder: Folder, start: Start) -> Option<Self> {
        let page = window(folder.path(), &start).await?;
        Some(Self { page, folder, start })
    }

    /// Starts it again with the same data, after it was closed or killed.
    pub async fn start_again(&mut self) {
        self.page = window(self.folder.path(), &self.start).await.expect("it was there before");
    }

    /// Starts a second desk beside it, as a click on an icon or on a link does; gives its code when it has ended.
    pub async fn second_start(&self, link: Option<&str>) -> Option<i32> {
        let mut command = Command::new(binary("svarsplats"));
        command.arg("--data-dir").arg(self.folder.path()).args(link);
        command.envs(self.start.environment.iter().map(|(name, value)| (name, value)));
        Program::start("the second desk", command).ended().await
    }

    /// Ends the desk's process at once, as a power cut would.
    pub async fn kill(&mut self) {
        let own = self.folder.path().display().to_string();
        for id in processes_with(&own) {
            if let Some(process) = rustix::process::Pid::from_raw(id) {
                let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
            }
        }
        self.page.driver.kill().await;
    }

    /// Presses the cross of the window's frame.
    pub async fn presses_the_cross(&self) {
        let mut command = Command::new("/usr/bin/python3");
        command.args([Path::new("peers/close_window.py"), Path::new("Svarsplats")]);
        let asked = command.output().await.unwrap();
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    }

    /// Closes the window, as its owner does, and waits until the desk has ended.
    pub async fn close(&mut self) {
        self.presses_the_cross().await;
        let own = self.folder.path().display().to_string();
        until("the desk to end", || async {
            processes_with(&own).into_iter().all(|id| !runs(id, "svarsplats")).then_some(())
        })
        .await;
        self.page.driver.kill().await;
    }

    /// What the desk and all that it started hold in memory: the sum of proportional set sizes, in MiB.
    pub fn memory_mib(&self) -> f64 {
        self.family().into_iter().map(|id| f64::from(proportional_kib(id)) / 1024.0).sum()
    }

    /// Seconds of CPU that the desk and all that it started have taken so far.
    pub fn cpu_seconds(&self) -> f64 {
        self.family().into_iter().map(|id| f64::from(cpu_ticks(id)) / TICKS_A_SECOND).sum()
    }

    fn family(&self) -> BTreeSet<i32> {
        let own = self.folder.path().display().to_string();
        let roots = processes_with(&own).into_iter().filter(|id| runs(*id, "svarsplats"));
        // A process that is just being started still looks like its parent: each counts once.
        roots.flat_map(|id| [vec![id], descendants(id)].concat()).collect()
    }

    /// The folder that it writes to.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// How many cases and how many handoffs the service of practice knows.
    pub fn practised(&self) -> (u32, u32) {
        let folder = self.folder.path().join("practice-service");
        (number_in(&folder, "SELECT count(*) FROM case_state"), events_in(&folder, "handoff_sent"))
    }

    /// Takes a picture of the whole screen, with the window's frame and notifications.
    pub async fn screen(&self, what: &str) {
        if let Some(folder) = given("SVARSPLATS_PICTURES") {
            let mut import = Command::new("import");
            import.args(["-window", "root"]).arg(folder.join(format!("screen-{what}.png")));
            assert!(import.status().await.unwrap().success());
        }
    }
}

async fn window(data: &Path, start: &Start) -> Option<Page> {
    let driver = PathBuf::from("/usr/bin/WebKitWebDriver");
    let driver = or_skip(driver.is_file().then_some(driver), "webkit2gtk-driver is not installed")?;
    let port = free_port();
    let mut command = Command::new(driver);
    command.arg("--host=127.0.0.1").arg(format!("--port={port}"));
    command.env("TAURI_WEBVIEW_AUTOMATION", "true");
    command.envs(start.environment.iter().map(|(name, value)| (name, value)));
    let driver = Program::start("the desk", command);
    let mut all = vec!["--data-dir".to_owned(), data.display().to_string()];
    all.extend_from_slice(&start.arguments);
    let options = json!({ "binary": binary("svarsplats"), "args": all });
    Some(Page::driven("desk", driver, port, json!({ "webkitgtk:browserOptions": options })).await)
}

fn runs(id: i32, program: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == program)
}

fn descendants(id: i32) -> Vec<i32> {
    // Each thread has its own list of those that it started.
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let mut all: Vec<i32> = lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect();
    for child in all.clone() {
        all.extend(descendants(child));
    }
    all
}

/// What Linux counts CPU in, whatever the kernel's own clock.
const TICKS_A_SECOND: f64 = 100.0;

/// User's and system's time, the twelfth and thirteenth field behind the name in parentheses.
fn cpu_ticks(id: i32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map(|(_, after)| after).unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum()
}

fn proportional_kib(id: i32) -> u32 {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The processes whose command line holds the text.
fn processes_with(text: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let holds = |id: &i32| {
        std::fs::read(format!("/proc/{id}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))
    };
    numbers.filter(holds).collect()
}
