//! The command line. A password is never part of it: other users of the machine see it there.

use std::path::PathBuf;

use phone::audio::DeviceConfig;
use phone::media::{Encryption, KeyExchange};
use phone::sip::Transport;

pub const USAGE: &str = "\
svarsplats-phone [OPTIONS] COMMAND

  register                 register and stay
  call TARGET              call a number or a SIP address
  answer --auto            answer every call
  check [--echo TARGET]    try microphone, speaker (it plays a tone), ports, delay, a headset's buttons,
                           registration and, at TARGET, an echo; exits with 1 if something does not work

  --server HOST[:PORT]     the exchange
  --proxy HOST[:PORT]      a proxy through which all goes to it
  --user USER              who we are to it
  --password-stdin         the password is the first line of the standard input; else it is taken
                           from the environment, SVARSPLATS_PHONE_PASSWORD
  --transport udp|tcp|tls  udp unless told
  --ca FILE                authorities of one's own (PEM) that vouch for the exchange, beside the system's; with tls
  --encryption off|prefer|require   of the sound; prefer unless told
  --keys sdes|dtls         how its keys are agreed on in calls from here; sdes unless told
  --ports FIRST-LAST       for sound; any unless told
  --seconds N              end after so long: the stay, or each call
  --calls N                end after so many answered calls
  --devices                talk and listen through the system's devices, with the buttons of a headset
  --microphone ID, --speaker ID   through these; `check` names them
  --no-echo-cancellation, --no-noise-suppression, --no-gain-control   leave that out of what is done to the
                           microphone's sound
  --say FILE.wav           say a file, again and again
  --hear FILE.wav          write what is heard; later calls get a number
  --json                   a line of JSON for each thing that happens
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Register,
    Call { target: String },
    Answer,
    Check { echo: Option<String> },
}

/// Where the sound comes from and goes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Way {
    Devices(DeviceConfig),
    Files { say: Option<PathBuf>, hear: Option<PathBuf> },
}

#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    pub command: Command,
    pub server: Option<String>,
    pub proxy: Option<String>,
    pub user: Option<String>,
    pub password_from_stdin: bool,
    pub transport: Transport,
    pub ca: Option<PathBuf>,
    pub encryption: Encryption,
    pub keys: KeyExchange,
    pub ports: (u16, u16),
    pub seconds: Option<u64>,
    pub calls: Option<u64>,
    pub way: Way,
    pub json: bool,
}

impl Options {
    /// Reads the arguments after the program's name, or says what is wrong with them.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut read = Read::default();
        let mut words = arguments.iter().cloned();
        while let Some(word) = words.next() {
            read.take(word, &mut words)?;
        }
        read.finish()
    }
}

#[derive(Default)]
struct Read {
    command: Option<String>,
    target: Option<String>,
    auto: bool,
    echo: Option<String>,
    server: Option<String>,
    proxy: Option<String>,
    user: Option<String>,
    stdin: bool,
    transport: Transport,
    ca: Option<PathBuf>,
    encryption: Option<Encryption>,
    keys: KeyExchange,
    ports: (u16, u16),
    seconds: Option<u64>,
    calls: Option<u64>,
    devices: bool,
    chosen: DeviceConfig,
    say: Option<PathBuf>,
    hear: Option<PathBuf>,
    json: bool,
}

impl Read {
    fn take(&mut self, word: String, words: &mut impl Iterator<Item = String>) -> Result<(), String> {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--auto" => self.auto = true,
            "--echo" => self.echo = Some(value()?),
            "--server" => self.server = Some(value()?),
            "--proxy" => self.proxy = Some(value()?),
            "--user" => self.user = Some(value()?),
            "--password-stdin" => self.stdin = true,
            "--transport" => {
                self.transport = match value()?.as_str() {
                    "udp" => Transport::Udp,
                    "tcp" => Transport::Tcp,
                    "tls" => Transport::Tls,
                    other => return Err(format!("no transport is called {other}")),
                }
            }
            "--ca" => self.ca = Some(value()?.into()),
            "--encryption" => {
                self.encryption = Some(match value()?.as_str() {
                    "off" => Encryption::Off,
                    "prefer" => Encryption::Prefer,
                    "require" => Encryption::Require,
                    other => return Err(format!("no encryption is called {other}")),
                });
            }
            "--keys" => {
                self.keys = match value()?.as_str() {
                    "sdes" => KeyExchange::Sdes,
                    "dtls" => KeyExchange::Dtls,
                    other => return Err(format!("no agreement on keys is called {other}")),
                }
            }
            "--ports" => self.ports = ports(&value()?)?,
            "--seconds" => self.seconds = Some(number(&value()?)?),
            "--calls" => self.calls = Some(number(&value()?)?),
            "--devices" => self.devices = true,
            "--microphone" => self.chosen.microphone = Some(value()?),
            "--speaker" => self.chosen.speaker = Some(value()?),
            "--no-echo-cancellation" => self.chosen.voice.echo = false,
            "--no-noise-suppression" => self.chosen.voice.noise = false,
            "--no-gain-control" => self.chosen.voice.gain = false,
            "--say" => self.say = Some(value()?.into()),
            "--hear" => self.hear = Some(value()?.into()),
            "--json" => self.json = true,
            option if option.starts_with("--") => return Err(format!("no option is called {option}")),
            _ if self.command.is_none() => self.command = Some(word),
            _ if self.target.is_none() => self.target = Some(word),
            _ => return Err("there are too many words".into()),
        }
        Ok(())
    }

    fn finish(self) -> Result<Options, String> {
        let command = match (self.command.as_deref(), self.target) {
            (Some("register"), None) => Command::Register,
            (Some("call"), Some(target)) => Command::Call { target },
            (Some("call"), None) => return Err("call whom?".into()),
            (Some("answer"), None) if self.auto => Command::Answer,
            (Some("answer"), None) => return Err("answer is for --auto: there is no key to press".into()),
            (Some("check"), None) => Command::Check { echo: self.echo },
            (Some(other), _) => return Err(format!("{other} is not understood")),
            (None, _) => return Err("what is to be done?".into()),
        };
        let away = matches!(command, Command::Check { echo: None });
        if !away && (self.server.is_none() || self.user.is_none()) {
            return Err("this needs --server and --user".into());
        }
        if self.ca.is_some() && self.transport != Transport::Tls {
            return Err("--ca is for --transport tls".into());
        }
        let devices = self.devices || self.chosen != DeviceConfig::default();
        if devices && (self.say.is_some() || self.hear.is_some()) {
            return Err("sound is from devices or from files, not both".into());
        }
        let way = match devices {
            true => Way::Devices(self.chosen),
            false => Way::Files { say: self.say, hear: self.hear },
        };
        Ok(Options {
            command,
            server: self.server,
            user: self.user,
            password_from_stdin: self.stdin,
            transport: self.transport,
            ca: self.ca,
            encryption: self.encryption.unwrap_or(Encryption::Prefer),
            keys: self.keys,
            proxy: self.proxy,
            ports: self.ports,
            seconds: self.seconds,
            calls: self.calls,
            way,
            json: self.json,
        })
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is not a number"))
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let read = text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    read.filter(|(first, last)| first < last).ok_or(format!("{text} is not FIRST-LAST"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use phone::media::VoiceSettings;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_call_with_files_and_an_answer_with_devices_are_read() {
        let call = parse("--server 10.0.0.5 --user anna call 0701740605 --say a.wav --seconds 8").unwrap();
        assert_eq!(call.command, Command::Call { target: "0701740605".into() });
        assert_eq!(call.way, Way::Files { say: Some("a.wav".into()), hear: None });
        assert_eq!((call.seconds, call.transport, call.ports), (Some(8), Transport::Udp, (0, 0)));
        let answer =
            parse("answer --auto --speaker pulse:a --server x --user y --ports 4000-4100 --transport tcp");
        let answer = answer.unwrap();
        assert!(matches!(&answer.way, Way::Devices(chosen) if chosen.speaker.as_deref() == Some("pulse:a")));
        assert_eq!((answer.transport, answer.ports), (Transport::Tcp, (4_000, 4_100)));
        let plain =
            parse("answer --auto --server x --user y --no-echo-cancellation --no-gain-control").unwrap();
        let Way::Devices(chosen) = plain.way else { panic!("devices are meant") };
        assert_eq!(chosen.voice, VoiceSettings { echo: false, noise: true, gain: false });
        let secure = parse("register --server x --user y --transport tls --ca a.pem").unwrap();
        assert_eq!((secure.transport, secure.ca), (Transport::Tls, Some("a.pem".into())));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_there_is_no_way_to_give_a_password() {
        for line in [
            "",
            "call --server x --user y",
            "call 1",
            "answer --server x --user y",
            "check me",
            "register --server x --user y --password secret",
            "register --server x --user y --devices --say a.wav",
            "register --server x --user y --ports 9-3",
            "register --server x --user y --seconds soon",
            "register --server x --user y --ca a.pem",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(parse("check").is_ok() && parse("check --echo 9").is_err());
    }
}
