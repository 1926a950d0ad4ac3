//! What else is on the agent's screen: a window of another program, and notifications.

use super::program::Program;
use super::until;
use std::path::Path;
use tokio::process::Command;

/// A window of another program, in front of the desk's.
#[derive(Debug)]
pub struct OtherWindow(Program);

impl OtherWindow {
    /// Opens it; it has the focus.
    pub async fn open() -> Self {
        let script = Path::new("peers/other_window.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script);
        let mut window = Program::start("the other window", command);
        window.line_with("in front").await;
        Self(window)
    }

    /// Waits until another window has come in front of it.
    pub async fn falls_behind(&mut self) {
        self.0.line_with("behind").await;
    }
}

/// Waits until a notification with that text stands on the screen, takes all of them away, and gives everything
/// that was told since the session began.
pub async fn is_notified(text: &str) -> String {
    until("a notification on the screen", || async {
        let shown =
            dunst("org.freedesktop.DBus.Properties.Get", &["org.dunstproject.cmd0", "displayedLength"]).await;
        (!shown.contains("uint32 0")).then_some(())
    })
    .await;
    dunst("org.dunstproject.cmd0.NotificationCloseAll", &[]).await;
    until(&format!("a notification of {text:?}"), || async {
        let history = dunst("org.dunstproject.cmd0.NotificationListHistory", &[]).await;
        history.contains(text).then_some(history)
    })
    .await
}

async fn dunst(method: &str, arguments: &[&str]) -> String {
    let mut command = Command::new("gdbus");
    command.args(["call", "--session", "--dest", "org.freedesktop.Notifications"]);
    command.args(["--object-path", "/org/freedesktop/Notifications", "--method", method]).args(arguments);
    let output = command.output().await.expect("gdbus");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
