//! A mail server that takes every letter.

use super::place::free_port;
use super::program::Program;
use super::{or_skip, until};
use std::path::Path;
use tokio::process::Command;

/// A mail server on 127.0.0.1; nothing leaves it.
#[derive(Debug)]
pub struct MailServer {
    program: Program,
    port: u16,
}

impl MailServer {
    /// Starts it. `None` where Python no longer brings one (from 3.12).
    pub async fn start() -> Option<Self> {
        let mut brings = Command::new("/usr/bin/python3");
        brings.args(["-W", "ignore", "-c", "import smtpd"]);
        let brings = brings.output().await.is_ok_and(|tried| tried.status.success());
        or_skip(brings.then_some(()), "this Python has no mail server")?;
        let port = free_port();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-W", "ignore"]).arg(Path::new("peers/mail_server.py")).arg(port.to_string());
        let mut program = Program::start("the mail server", command);
        program.line_with("listening").await;
        Some(Self { program, port })
    }

    /// The service's settings by which its letters come here.
    pub fn settings(&self) -> String {
        format!(
            "[post]\nserver = \"127.0.0.1:{}\"\nencryption = \"none\"\n\
             from = \"Kontaktcenter <svar@exempelkoping.example>\"\naddress = \"http://localhost\"\n",
            self.port
        )
    }

    /// Waits for the nth letter, from 1: to whom, and the path of the link in it.
    pub async fn letter(&self, nth: usize) -> (String, String) {
        let line = until(&format!("letter {nth}"), || async {
            self.program.lines().into_iter().filter(|line| line.starts_with("letter ")).nth(nth - 1)
        })
        .await;
        let words: Vec<&str> = line.split(' ').collect();
        (words[1].to_owned(), words[2].to_owned())
    }
}
