//! A private session for tests: a display, a bus, a keyring, notifications and sound of its own, so that
//! nothing of the person at the machine is touched.

use crate::clock;
use crate::command::{self, Failure, Outcome};
use crate::places;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The task that runs within the session's display and bus.
pub const INSIDE: &str = "session-inside";

/// The sound devices of the session, all without hardware: what is played to one can be recorded from its
/// monitor, and what is played to `microphone` is what the desk's default source hears.
const SINKS: &[&str] = &["headset", "bell", "microphone", "caller", "colleague"];

/// `cargo xtask session COMMAND…`.
pub fn task(arguments: &[String]) -> Outcome<ExitCode> {
    let Some((program, rest)) = arguments.split_first() else {
        return Err(Failure("session takes the command to run in it".into()));
    };
    let mut inner = Command::new(program);
    inner.args(rest);
    let home = Home::new()?;
    let status = wrap(&inner, &home)?.status()?;
    Ok(code(status))
}

/// The folders of one session; gone when it is.
pub struct Home(std::path::PathBuf);

impl Home {
    /// Makes them below the temporary folder, readable by nobody else.
    pub fn new() -> Outcome<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let base = std::env::temp_dir().join(format!("svarsplats-session-{}-{number}", std::process::id()));
        for part in ["home", "runtime"] {
            let folder = places::folder(base.join(part))?;
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self(base))
    }

    fn path(&self, part: &str) -> std::path::PathBuf {
        self.0.join(part)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a session takes that this machine lacks; none when one can be opened.
pub fn lacks() -> Option<&'static str> {
    let programs =
        ["xvfb-run", "dbus-run-session", "gnome-keyring-daemon", "gdbus", "pulseaudio", "pactl", "dunst"];
    programs.into_iter().find(|program| command::find(program).is_none())
}

/// The command, to be run in a session of its own.
pub fn wrap(inner: &Command, home: &Home) -> Outcome<Command> {
    let mut outer = Command::new("xvfb-run");
    outer.args(["-a", "-s", "-screen 0 1280x800x24 -nolisten tcp", "dbus-run-session", "--"]);
    // Not by its name: a build of the tree may put another program there while this one runs.
    outer
        .arg(format!("/proc/{}/exe", std::process::id()))
        .arg(INSIDE)
        .arg(inner.get_program())
        .args(inner.get_args());
    if let Some(folder) = inner.get_current_dir() {
        outer.current_dir(folder);
    }
    for name in
        ["WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER", "XDG_DATA_HOME", "XDG_CONFIG_HOME"]
    {
        outer.env_remove(name);
    }
    outer.env("HOME", home.path("home")).env("XDG_RUNTIME_DIR", home.path("runtime"));
    outer.env("XDG_CACHE_HOME", home.path("home").join(".cache"));
    outer
        .env("GDK_BACKEND", "x11")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    outer.env("NO_AT_BRIDGE", "0").env("GTK_A11Y", "atspi").env("LANG", "C.UTF-8");
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    Ok(outer)
}

/// What runs within: the daemons, then the command, then the end of the daemons.
pub fn inside(arguments: &[String]) -> Outcome<ExitCode> {
    let Some((program, rest)) = arguments.split_first() else {
        return Err(Failure("no command to run".into()));
    };
    let mut daemons = Daemons::default();
    keyring()?;
    sound(&mut daemons)?;
    daemons.start(Command::new("dunst"))?;
    let status = Command::new(program).args(rest).status()?;
    Ok(code(status))
}

fn keyring() -> Outcome {
    let mut daemon = Command::new("gnome-keyring-daemon");
    daemon
        .args(["--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut started = daemon.spawn()?;
    if let Some(mut input) = started.stdin.take() {
        input.write_all(b"session")?;
    }
    started.wait()?;
    command::quiet(Command::new("gdbus").args([
        "wait",
        "--session",
        "--timeout",
        "10",
        "org.freedesktop.secrets",
    ]))
}

fn sound(daemons: &mut Daemons) -> Outcome {
    let mut server = Command::new("pulseaudio");
    server.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--log-level=error"]);
    server.args(["-L", "module-native-protocol-unix auth-anonymous=1"]);
    for sink in SINKS {
        server.args(["-L", &format!("module-null-sink sink_name={sink} rate=48000 channels=1")]);
    }
    daemons.start(server)?;
    let mut choose = Command::new("pactl");
    choose.args(["set-default-sink", "headset"]).stderr(Stdio::null());
    for _ in 0..200 {
        if choose.status()?.success() {
            return command::quiet(Command::new("pactl").args(["set-default-source", "microphone.monitor"]));
        }
        clock::pause(Duration::from_millis(50));
    }
    Err(Failure("the session's PulseAudio does not answer".into()))
}

/// What runs beside the command, and ends with it.
#[derive(Default)]
struct Daemons(Vec<Child>);

impl Daemons {
    fn start(&mut self, mut command: Command) -> Outcome {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.0.push(command.spawn()?);
        Ok(())
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn code(status: std::process::ExitStatus) -> ExitCode {
    let code = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
