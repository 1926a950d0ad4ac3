//! The softphone on the command line, as a desk's telephone without a window.

use super::asterisk::Asterisk;
use super::place::Folder;
use super::program::Program;
use super::service::binary;
use crate::sound::{end_of_wav, share, wav_of};
use serde_json::Value;
use std::time::Duration;
use tokio::process::Command;

/// Where a telephone speaks to, and how.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// `udp`, `tcp` or `tls`.
    pub transport: &'a str,
    /// The port at `localhost`.
    pub port: u16,
    /// `--encryption` and `--keys`.
    pub encryption: [&'a str; 2],
}

/// A telephone of that account; `words` say what it does.
pub fn phone(asterisk: &Asterisk, user: &str, way: Way<'_>, words: &[&str]) -> Program {
    let mut command = Command::new(binary("svarsplats-phone"));
    let server = if way.transport == "tls" { "localhost" } else { "127.0.0.1" };
    let server = format!("{server}:{}", way.port);
    let [encryption, keys] = way.encryption;
    command.args(["--server", &server, "--user", user, "--transport", way.transport]);
    command.args(["--encryption", encryption, "--keys", keys, "--json"]);
    if way.transport == "tls" {
        command.arg("--ca").arg(asterisk.authorities());
    }
    command.args(words).env("SVARSPLATS_PHONE_PASSWORD", &asterisk.sip_secret);
    Program::start(&format!("the telephone {user}"), command)
}

/// The last of what a telephone told of that kind; waits for the first.
pub async fn told(phone: &mut Program, kind: &str) -> Value {
    phone.line_with(&format!("{{\"{kind}\":")).await;
    let lines = phone.lines();
    let all = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let last = all.filter_map(|line| line.get(kind).cloned()).next_back();
    last.unwrap_or_else(|| panic!("nothing told of {kind}: {lines:?}"))
}

/// What telephones say and hear.
#[derive(Debug)]
pub struct Tapes(Folder);

impl Tapes {
    /// None yet.
    pub fn new(name: &str) -> Self {
        Self(Folder::new(name))
    }

    /// A file of a tone.
    pub fn tone(&self, hz: f64) -> String {
        let file = self.at(&format!("{hz}.wav"));
        std::fs::write(&file, wav_of(hz, 1)).unwrap();
        file
    }

    /// Where a file is.
    pub fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Listens to what a telephone writes to this file until most of two seconds is the tone; panics when it does
    /// not come.
    pub async fn hears(&self, name: &str, hz: f64) {
        let heard = std::cell::RefCell::new(Vec::new());
        let listen = async {
            loop {
                let file = std::fs::read(self.at(name)).unwrap_or_default();
                let end = end_of_wav(&file, 2);
                let shares: Vec<f64> = end.chunks_exact(4_000).map(|quarter| share(quarter, hz)).collect();
                if shares.len() == 8 && shares.iter().filter(|share| **share > 0.8).count() > 4 {
                    return;
                }
                heard.replace(shares);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        if tokio::time::timeout(super::PATIENCE, listen).await.is_err() {
            panic!("{name}: no {hz} Hz: {:?}", heard.borrow());
        }
    }
}
