//! A real Kamailio in front of the exchange: desks register there, and all calls go through it.

use super::or_skip;
use super::place::{Folder, free_port};
use super::program::Program;
use std::path::{Path, PathBuf};
use tokio::process::Command;

const PROGRAM: &str = "/usr/sbin/kamailio";

/// A Kamailio that may run.
#[derive(Debug)]
pub struct Kamailio {
    folder: Folder,
    /// SIP over UDP, on 127.0.0.1.
    pub port: u16,
    program: Option<Program>,
}

impl Kamailio {
    /// Its port is known, but it does not run; nothing where this machine has none.
    pub fn not_started() -> Option<Self> {
        or_skip(Path::new(PROGRAM).is_file().then_some(()), "Kamailio is not installed")?;
        Some(Self { folder: Folder::new("kamailio"), port: free_port(), program: None })
    }

    /// Starts it, in front of an exchange at that port; accounts have that password.
    pub async fn start(&mut self, exchange: u16, secret: &str) {
        let text = std::fs::read_to_string("peers/kamailio/kamailio.cfg").unwrap();
        let values = [
            ("modules", modules().display().to_string()),
            ("port", self.port.to_string()),
            ("exchange", exchange.to_string()),
            ("secret", secret.to_owned()),
        ];
        let settings = self.folder.write("kamailio.cfg", &super::asterisk::fill(&text, &values));
        let mut command = Command::new(PROGRAM);
        command.arg("-f").arg(settings).args(["-DD", "-E", "-n", "2", "-m", "32", "-M", "4"]);
        command.arg("-Y").arg(self.folder.path()).arg("-w").arg(self.folder.path());
        self.program = Some(Program::start("Kamailio", command));
        super::until("Kamailio's first word", || async { answers(self.port).await.then_some(()) }).await;
    }
}

/// Where Debian puts them, by the machine's kind.
fn modules() -> PathBuf {
    let all =
        std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path().join("kamailio/modules"));
    all.into_iter().find(|folder| folder.is_dir()).expect("Kamailio's modules")
}

async fn answers(port: u16) -> bool {
    let Ok(socket) = tokio::net::UdpSocket::bind("127.0.0.1:0").await else { return false };
    let here = socket.local_addr().unwrap();
    let question = format!(
        "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK1\r\nMax-Forwards: 5\r\n\
         From: <sip:story@{here}>;tag=1\r\nTo: <sip:127.0.0.1:{port}>\r\nCall-ID: {here}\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let asked = socket.send_to(question.as_bytes(), ("127.0.0.1", port)).await;
    let mut answer = [0; 2_000];
    let heard = tokio::time::timeout(std::time::Duration::from_millis(200), socket.recv(&mut answer)).await;
    asked.is_ok() && heard.is_ok_and(|heard| heard.is_ok())
}
