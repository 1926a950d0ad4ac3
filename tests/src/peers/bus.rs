//! A session bus beside the session's own: what a desk finds on it is the story's choice.

use super::place::Folder;
use super::program::Program;
use super::until;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// The password that opens the keyrings here.
const PASSWORD: &str = "story";

/// A bus on which nothing starts by itself: without [`Keyring`] there is none.
#[derive(Debug)]
pub struct Bus {
    /// For `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
    _daemon: Program,
    folder: Folder,
}

impl Bus {
    /// An empty one.
    pub async fn start() -> Self {
        let folder = Folder::new("bus");
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let settings = folder.write("bus.conf", &settings(&address));
        let mut command = Command::new("dbus-daemon");
        command.arg("--nofork").arg("--print-address").arg(format!("--config-file={}", settings.display()));
        let mut daemon = Program::start("the bus", command);
        daemon.line_with("unix:path=").await;
        Self { address, _daemon: daemon, folder }
    }

    /// A keyring on it, unlocked; made the first time. It ends with its value.
    pub async fn keyring(&self) -> Keyring<'_> {
        let (home, control) = (self.folder.path().join("home"), self.folder.path().join("control"));
        for folder in [&home, &control] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).unwrap();
        }
        let mut daemon = std::process::Command::new("gnome-keyring-daemon");
        daemon.args(["--foreground", "--unlock", "--components=secrets", "--control-directory"]).arg(control);
        daemon.env("DBUS_SESSION_BUS_ADDRESS", &self.address).env("HOME", home).env_remove("XDG_DATA_HOME");
        daemon.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon = daemon.spawn().expect("gnome-keyring-daemon");
        daemon.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        let keyring = Keyring { bus: self, daemon };
        until("the keyring on the bus", || async { keyring.ask("ReadAlias", "login").await.map(drop) }).await;
        keyring
    }
}

/// A keyring daemon.
#[derive(Debug)]
pub struct Keyring<'a> {
    bus: &'a Bus,
    daemon: std::process::Child,
}

impl Keyring<'_> {
    /// Locks what is kept in it. Nobody is asked: no program that could is on the bus.
    pub async fn lock(&self) {
        let all = "['/org/freedesktop/secrets/collection/login']";
        self.ask("Lock", all).await.expect("the keyring to lock");
    }

    /// Unlocks it, as its owner does.
    pub async fn unlock(&self) {
        let script = Path::new("peers/unlock_keyring.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(PASSWORD).env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address);
        let output = command.output().await.expect("python3");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    async fn ask(&self, method: &str, argument: &str) -> Option<String> {
        let mut command = Command::new("gdbus");
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address);
        command.args(["call", "--session", "--dest", "org.freedesktop.secrets"]);
        command.args(["--object-path", "/org/freedesktop/secrets"]);
        command.arg("--method").arg(format!("org.freedesktop.Secret.Service.{method}")).arg(argument);
        let output = command.output().await.expect("gdbus");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Keyring<'_> {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn settings(address: &str) -> String {
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\n\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
         <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n"
    )
}
