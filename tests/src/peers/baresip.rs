//! Baresip: somebody with a real telephone, outside or at the next desk.

use super::asterisk::Asterisk;
use super::place::{Folder, free_pair, free_port};
use super::program::Program;
use super::{until, within};
use crate::sound::Sink;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

/// The tone that a baresip says all the time, in Hz, unless a story chooses another.
pub const VOICE: u32 = 440;

/// A running baresip. It says a tone; what it hears can be listened to at its sink.
#[derive(Debug)]
pub struct Baresip {
    program: Program,
    control: TcpStream,
    read: Vec<u8>,
    server: String,
    _folder: Folder,
}

impl Baresip {
    /// Somebody outside with that number (`+46701740612`), who says a tone of [`VOICE`] Hz and
    /// hears at [`Sink::Caller`].
    pub async fn caller(asterisk: &Asterisk, number: &str) -> Self {
        let account = format!("<sip:{number}@{};transport=udp>;regint=0", asterisk.address());
        Self::start(&asterisk.address(), &account, VOICE, Sink::Caller).await
    }

    /// Like [`Baresip::caller`], at any exchange (`127.0.0.1:PORT`) and with another tone.
    pub async fn caller_at(server: &str, number: &str, hz: u32) -> Self {
        Self::start(server, &format!("<sip:{number}@{server};transport=udp>;regint=0"), hz, Sink::Caller)
            .await
    }

    /// A colleague's desk that answers every call by itself; it hears at [`Sink::Colleague`].
    pub async fn colleague(asterisk: &Asterisk, desk: &str, hz: u32) -> Self {
        let (server, secret) = (asterisk.address(), &asterisk.sip_secret);
        let account =
            format!("<sip:{desk}@{server};transport=udp>;auth_pass={secret};answermode=auto;regint=60");
        let mut baresip = Self::start(&server, &account, hz, Sink::Colleague).await;
        baresip.sip_line("[1 binding]").await;
        baresip
    }

    async fn start(server: &str, account: &str, hz: u32, ear: Sink) -> Self {
        let folder = Folder::new("baresip");
        let control_port = free_port();
        folder.write("accounts", &format!("{account}\n"));
        folder.write("config", &settings(control_port, free_pair(), hz));
        let device = ear.name();
        folder.write(
            ".asoundrc",
            &format!("pcm.ear {{ type pulse device {device} }}\nctl.ear {{ type pulse }}\n"),
        );
        let mut command = Command::new("baresip");
        command.arg("-s").arg("-f").arg(folder.path()).env("HOME", folder.path());
        let program = Program::start("baresip", command);
        let control = until("baresip's control port", || async {
            TcpStream::connect(("127.0.0.1", control_port)).await.ok()
        })
        .await;
        Self { program, control, read: Vec::new(), server: server.to_owned(), _folder: folder }
    }

    /// Dials a number or a queue's id at the exchange.
    pub async fn dial(&mut self, number: &str) {
        let uri = format!("sip:{number}@{}", self.server);
        self.command("dial", &uri).await;
    }

    /// Presses a key of the telephone during a call.
    pub async fn press(&mut self, key: char) {
        self.command("sndcode", &key.to_string()).await;
    }

    /// Hangs up.
    pub async fn hang_up(&mut self) {
        self.command("hangup", "").await;
    }

    /// Waits until the call that it dialled is answered.
    pub async fn answered(&mut self) {
        self.event("CALL_ESTABLISHED").await;
    }

    /// Waits until the other side has ended the call.
    pub async fn ended(&mut self) {
        self.event("CALL_CLOSED").await;
    }

    /// Waits for an event by baresip's name of it.
    pub async fn event(&mut self, kind: &str) -> Value {
        let wait = async {
            loop {
                let message = self.next().await;
                if message.get("type").and_then(Value::as_str) == Some(kind) {
                    return message;
                }
            }
        };
        within(&format!("baresip's {kind}"), wait).await
    }

    /// The SIP messages that it sent and received: waits for a line with that text and gives it.
    pub async fn sip_line(&mut self, text: &str) -> String {
        self.program.line_with(text).await
    }

    async fn command(&mut self, command: &str, parameters: &str) {
        let text = json!({ "command": command, "params": parameters, "token": command }).to_string();
        self.control.write_all(format!("{}:{text},", text.len()).as_bytes()).await.unwrap();
    }

    /// The next netstring.
    async fn next(&mut self) -> Value {
        loop {
            if let Some(message) = self.take() {
                return message;
            }
            assert!(self.control.read_buf(&mut self.read).await.unwrap() > 0, "baresip has hung up on us");
        }
    }

    fn take(&mut self) -> Option<Value> {
        let colon = self.read.iter().position(|byte| *byte == b':')?;
        let length: usize = std::str::from_utf8(&self.read[..colon]).ok()?.parse().ok()?;
        let end = colon + 1 + length;
        if self.read.len() <= end {
            return None;
        }
        let message = serde_json::from_slice(&self.read[colon + 1..end]).unwrap();
        self.read.drain(..=end);
        Some(message)
    }
}

/// Without its jitter buffer: when the exchange goes over from music to a voice under numbers that are lower, the
/// buffer takes all that comes for late, and its user hears nothing more. On loopback nothing needs to be put in order.
fn settings(control_port: u16, sip_port: u16, hz: u32) -> String {
    format!(
        "module_path /usr/lib/baresip/modules\n\
         module stdio.so\nmodule g711.so\nmodule alsa.so\nmodule ausine.so\n\
         module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{control_port}\n\
         sip_listen 127.0.0.1:{sip_port}\n\
         audio_source ausine,{hz}\nausrc_srate 48000\nausrc_channels 2\n\
         audio_player alsa,ear\naudio_alert alsa,ear\nauplay_srate 48000\nauplay_channels 1\n\
         audio_level no\njitter_buffer_delay 0-0\ncall_max_calls 2\nnet_interface 127.0.0.1\n"
    )
}
