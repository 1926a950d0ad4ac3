//! A real Asterisk 22 with the demo municipality's entries and queues, on loopback.

use super::ami::Ami;
use super::certificates::{Authority, EXPIRED, VALID};
use super::place::{Folder, free_port, secret};
use super::program::Program;
use super::{given, or_skip, until};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The SIP accounts of desks.
pub const DESKS: &[&str] = &["1001", "1002", "1003", "1004"];
/// The queues of the demo municipality.
pub const QUEUES: &[&str] = &["allmant", "bygg", "aldre", "skola", "vatten-avfall", "ekonomi"];
/// The name of the service's AMI account.
pub const AMI_USER: &str = "svarsplats";

/// What a story may choose.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long the menu waits for a key.
    pub menu_seconds: u32,
    /// How long a desk rings before the next is tried.
    pub ring_seconds: u32,
    /// How the sound of desks is spoken of.
    pub sound: Sound,
    /// The port at 127.0.0.1 where desks are reached that do not register here.
    pub proxy: Option<u16>,
}

/// How an account's sound is coded and encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Sound {
    /// `no`, or how keys are agreed on: `sdes` or `dtls`; then there is no call without.
    pub encryption: &'static str,
    /// The codecs, best first.
    pub codecs: &'static str,
}

/// The account of a desk that the exchange talks to only if each word before the answer is acknowledged (RFC 3262).
pub const RELIABLE: &str = "1200";

/// How keys are agreed on, and the codecs: for each pair there is an account, see [`account_for`].
pub const ENCRYPTIONS: [&str; 3] = ["no", "sdes", "dtls"];
/// The codecs of those accounts.
pub const CODECS: [&str; 3] = ["opus", "g722", "alaw"];

/// The account whose sound is so coded and encrypted, and not otherwise.
pub fn account_for(encryption: &str, codec: &str) -> String {
    let place = |all: [&str; 3], one| all.iter().position(|known| *known == one).unwrap();
    format!("11{}{}", place(ENCRYPTIONS, encryption), place(CODECS, codec))
}

impl Default for Settings {
    fn default() -> Self {
        let sound = Sound { encryption: "no", codecs: "g722,alaw,ulaw" };
        Self { menu_seconds: 1, ring_seconds: 15, sound, proxy: None }
    }
}

/// A running Asterisk.
#[derive(Debug)]
pub struct Asterisk {
    program: Option<Program>,
    root: PathBuf,
    folder: Folder,
    /// SIP over UDP and TCP, on 127.0.0.1.
    pub sip_port: u16,
    /// SIP over TLS at `localhost`, with a certificate that [`Asterisk::authorities`] vouch for.
    pub tls_port: u16,
    /// The same, with a certificate that has expired.
    pub tls_expired_port: u16,
    /// The same, with the certificate of another exchange.
    pub tls_elsewhere_port: u16,
    /// AMI, on 127.0.0.1.
    pub ami_port: u16,
    /// The password of every desk's account.
    pub sip_secret: String,
    /// The password of [`AMI_USER`].
    pub ami_secret: String,
}

impl Asterisk {
    /// Starts it; nothing where this machine has none (the story is then noted as skipped).
    pub async fn start() -> Option<Self> {
        Self::start_with(Settings::default()).await
    }

    /// Starts it with other settings.
    pub async fn start_with(settings: Settings) -> Option<Self> {
        let mut asterisk = Self::not_started(settings)?;
        asterisk.start_again().await;
        Some(asterisk)
    }

    /// Its ports and passwords are known, but it does not run.
    pub fn not_started(settings: Settings) -> Option<Self> {
        let root = or_skip(given("SVARSPLATS_ASTERISK_ROOT"), "Asterisk takes Debian and root")?;
        let folder = Folder::within(&root.join("run"), "asterisk");
        let (sip_port, ami_port) = (free_port(), free_port());
        let [tls_port, tls_expired_port, tls_elsewhere_port] = [free_port(), free_port(), free_port()];
        let (sip_secret, ami_secret) = (secret(), secret());
        let inside = Path::new("/").join(folder.path().strip_prefix(&root).unwrap());
        let rtp_first = 20_000 + u32::from(free_port() % 400) * 100;
        let values = [
            ("folder", inside.display().to_string()),
            ("sip_port", sip_port.to_string()),
            ("tls_port", tls_port.to_string()),
            ("tls_expired_port", tls_expired_port.to_string()),
            ("tls_elsewhere_port", tls_elsewhere_port.to_string()),
            ("ami_port", ami_port.to_string()),
            ("sip_secret", sip_secret.clone()),
            ("ami_secret", ami_secret.clone()),
            ("rtp_first", rtp_first.to_string()),
            ("rtp_last", (rtp_first + 98).to_string()),
            ("menu_seconds", settings.menu_seconds.to_string()),
            ("ring_seconds", settings.ring_seconds.to_string()),
            ("desks", desks(&settings)),
            ("queues", queues()),
        ];
        write_settings(&folder, &values);
        write_certificates(&folder);
        Some(Self {
            program: None,
            root,
            folder,
            sip_port,
            tls_port,
            tls_expired_port,
            tls_elsewhere_port,
            ami_port,
            sip_secret,
            ami_secret,
        })
    }

    /// Starts it on the same ports, for the first time or after it was ended.
    pub async fn start_again(&mut self) {
        let inside = Path::new("/").join(self.folder.path().strip_prefix(&self.root).unwrap());
        let mut command = Command::new("chroot");
        command.arg(&self.root).args(["/usr/sbin/asterisk", "-n", "-f", "-C"]);
        command.arg(inside.join("etc/asterisk.conf"));
        self.program = Some(Program::start("Asterisk", command));
        let mut ami = self.ami().await;
        ami.event("FullyBooted", |_| true).await;
    }

    /// A new AMI connection.
    pub async fn ami(&self) -> Ami {
        until("Asterisk's manager interface", || async {
            Ami::connect(self.ami_port, AMI_USER, &self.ami_secret).await.ok()
        })
        .await
    }

    /// Where desks and callers reach it: `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.sip_port)
    }

    /// The file of those who vouch for its certificates.
    pub fn authorities(&self) -> PathBuf {
        self.folder.path().join("etc/authorities.pem")
    }

    /// Its own log, for the person who reads a failure.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log/full")).unwrap_or_default()
    }

    /// Ends it at once, as a power cut would.
    pub async fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill().await;
        }
    }
}

impl Drop for Asterisk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("── Asterisk's log:\n{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
    }
}

fn write_settings(folder: &Folder, values: &[(&str, String)]) {
    for part in ["etc", "state", "spool", "run", "log"] {
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    let templates = PathBuf::from("peers/asterisk");
    for entry in std::fs::read_dir(templates).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "conf") {
            let text = fill(&std::fs::read_to_string(&path).unwrap(), values);
            folder.write(&format!("etc/{}", path.file_name().unwrap().to_string_lossy()), &text);
        }
    }
}

fn write_certificates(folder: &Folder) {
    let authority = Authority::new();
    folder.write("etc/authorities.pem", authority.pem());
    for (file, name, years) in [
        ("tls", "localhost", VALID),
        ("tls-expired", "localhost", EXPIRED),
        ("tls-elsewhere", "vaxel.example.se", VALID),
    ] {
        let (certificate, key) = authority.server(name, years);
        folder.write(&format!("etc/{file}.pem"), &certificate);
        folder.write(&format!("etc/{file}.key"), &key);
    }
}

pub(super) fn fill(template: &str, values: &[(&str, String)]) -> String {
    let filled = values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value));
    assert!(!filled.contains("{{"), "a template has a place that nothing fills:\n{filled}");
    filled
}

fn desks(settings: &Settings) -> String {
    let mut text = String::new();
    for desk in DESKS {
        add_account(&mut text, desk, settings.sound);
        if let Some(proxy) = settings.proxy {
            let _ = writeln!(text, "contact = sip:{desk}@127.0.0.1:{proxy}");
        }
    }
    for (encryption, codecs) in ENCRYPTIONS.iter().flat_map(|e| CODECS.map(|c| (*e, c))) {
        add_account(&mut text, &account_for(encryption, codecs), Sound { encryption, codecs });
    }
    add_account(&mut text, RELIABLE, settings.sound);
    text
}

fn add_account(text: &mut String, name: &str, Sound { encryption, codecs }: Sound) {
    let _ = writeln!(text, "[{name}](desk)\nauth = {name}-auth\naors = {name}\ncallerid = <{name}>");
    let _ = writeln!(text, "allow = !all,{codecs}\nmedia_encryption = {encryption}");
    if name == RELIABLE {
        text.push_str("100rel = required\n");
    }
    if encryption == "dtls" {
        // Its reports take no handshake of their own.
        text.push_str("rtcp_mux = yes\n");
    }
    let _ = writeln!(text, "\n[{name}-auth](desk-account)\nusername = {name}\n\n[{name}](desk-place)");
}

fn queues() -> String {
    QUEUES.iter().map(|queue| format!("[{queue}](queue)\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_wholly() {
        assert_eq!(fill("port = {{sip_port}}\n", &[("sip_port", "5060".into())]), "port = 5060\n");
        assert!(std::panic::catch_unwind(|| fill("{{unknown}}", &[])).is_err());
    }
}
