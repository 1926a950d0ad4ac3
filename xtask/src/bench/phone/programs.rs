//! The phones that are measured: ours and its peers, each answering by itself.

use super::exchange::Exchange;
use crate::command::{self, Outcome};
use crate::places;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Which phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `svarsplats-phone`.
    Ours,
    /// baresip.
    Baresip,
    /// linphonec.
    Linphone,
}

/// Its sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound<'s> {
    /// No device: it says nothing or a tone, and what it hears goes nowhere.
    None,
    /// Of the session's sound server: talks from the monitor of one sink, and is heard at another.
    Sinks {
        /// What is played there is said.
        mouth: &'s str,
        /// Where it plays.
        ear: &'s str,
        /// Whether the echo of what it plays is cancelled.
        echo_cancellation: bool,
    },
}

/// A running phone; ends when dropped.
pub struct Phone {
    child: Child,
    /// What it is called at.
    pub contact: String,
    _folder: Folder,
}

impl Phone {
    /// Starts it and waits until it has registered. `name` is its user, and nobody else's.
    pub fn start(
        kind: Kind,
        binary: &Path,
        exchange: &Exchange,
        name: &str,
        sound: Sound<'_>,
    ) -> Outcome<Self> {
        let folder = Folder::new(name)?;
        let mut command = match kind {
            Kind::Ours => ours(binary, exchange, name, sound),
            Kind::Baresip => baresip(&folder.0, exchange, name, sound)?,
            Kind::Linphone => linphone(&folder.0, exchange, name, sound)?,
        };
        // linphonec ends with its input.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| {
            crate::command::Failure(format!("{} was not started: {error}", command::line(&command)))
        })?;
        let mut phone = Self { child, contact: String::new(), _folder: folder };
        phone.contact = exchange.registered(name)?;
        Ok(phone)
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of its own, gone with the phone.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("svarsplats-bench-{}-{name}", std::process::id()));
        Ok(Self(places::folder(folder)?))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn free_port() -> Outcome<u16> {
    Ok(std::net::UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn ours(binary: &Path, exchange: &Exchange, name: &str, sound: Sound<'_>) -> Command {
    let mut command = Command::new(binary);
    command.args(["--server", &exchange.address(), "--user", name, "answer", "--auto"]);
    if let Sound::Sinks { mouth, ear, echo_cancellation } = sound {
        command.args([
            "--microphone",
            &format!("pulse:{mouth}.monitor"),
            "--speaker",
            &format!("pulse:{ear}"),
        ]);
        // The peers do neither.
        command.args(["--no-noise-suppression", "--no-gain-control"]);
        if !echo_cancellation {
            command.arg("--no-echo-cancellation");
        }
    }
    command
}

fn baresip(folder: &Path, exchange: &Exchange, name: &str, sound: Sound<'_>) -> Outcome<Command> {
    let (source, player) = match sound {
        Sound::None => ("ausine,440", "aubridge,none"),
        Sound::Sinks { .. } => ("alsa,mouth", "alsa,ear"),
    };
    let settings = format!(
        "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule opus.so\nmodule alsa.so\n\
         module ausine.so\nmodule aubridge.so\nmodule_app account.so\nmodule_app menu.so\n\
         sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\naudio_source {source}\naudio_player {player}\n\
         audio_alert aubridge,none\nausrc_srate 48000\nauplay_srate 48000\nausrc_channels {}\n\
         auplay_channels 1\naudio_level no\ncall_max_calls 2\n",
        if sound == Sound::None { 2 } else { 1 },
        port = free_port()?,
    );
    std::fs::write(folder.join("config"), settings)?;
    let account = format!("<sip:{name}@{};transport=udp>;answermode=auto;regint=300\n", exchange.address());
    std::fs::write(folder.join("accounts"), account)?;
    if let Sound::Sinks { mouth, ear, .. } = sound {
        let pcm = |name: &str, device: &str| format!("pcm.{name} {{ type pulse device {device} }}\n");
        let lines = [pcm("mouth", &format!("{mouth}.monitor")), pcm("ear", ear)];
        std::fs::write(folder.join(".asoundrc"), lines.concat())?;
    }
    let mut command = Command::new("baresip");
    command.arg("-f").arg(folder).env("HOME", folder);
    Ok(command)
}

fn linphone(folder: &Path, exchange: &Exchange, name: &str, sound: Sound<'_>) -> Outcome<Command> {
    let (server, port) = (exchange.address(), free_port()?);
    // Without a folder for its database it does not start.
    std::fs::create_dir_all(folder.join(".local/share/linphone"))?;
    let settings = format!(
        "[sip]\nsip_port={port}\nsip_tcp_port=0\nsip_tls_port=0\nuse_ipv6=0\nguess_hostname=1\ndefault_proxy=0\n\
         [proxy_0]\nreg_proxy=<sip:{server};transport=udp>\nreg_identity=sip:{name}@{server}\n\
         reg_expires=300\nreg_sendregister=1\n[sound]\nechocancellation={}\nremote_ring=\nlocal_ring=\n\
         [video]\nenabled=0\n",
        u8::from(matches!(sound, Sound::Sinks { echo_cancellation: true, .. }))
    );
    let file = folder.join("linphonerc");
    std::fs::write(&file, settings)?;
    let mut command = Command::new("linphonec");
    command.arg("-a").arg("-c").arg(file).env("HOME", folder);
    if let Sound::Sinks { mouth, ear, .. } = sound {
        // It takes the server's choice; the server lets a client's surroundings choose.
        command.env("PULSE_SOURCE", format!("{mouth}.monitor")).env("PULSE_SINK", ear);
    }
    Ok(command)
}
