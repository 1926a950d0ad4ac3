//! Devices against a real sound server with null sinks, started by the test for itself. Skipped, and said
//! so, where no PulseAudio is installed.
#![cfg(all(feature = "audio", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[path = "../../../tests/src/excuse.rs"]
mod excuse;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use phone::audio::{DeviceBoard, DeviceConfig, devices};
use phone::call::SoundFault;
use phone::media::{Flow, Tone, VoiceSettings};
use phone::rtp::{Ends, FrameSource, MeterSink, Mute, News, RtpConfig, Session, SoundBoard, ToneSource};

const LIMIT: Duration = Duration::from_secs(20);

struct Server {
    child: Child,
    folder: PathBuf,
}

impl Server {
    /// A server with the sinks *talk* and *ring*; what is played on *talk* is heard by its monitor.
    fn start() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("svarsplats-pulse-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let socket = folder.join("native");
        let child = Self::launch(&folder)?;
        // SAFETY: this file's only test sets them before any other thread reads the environment.
        unsafe {
            std::env::set_var("PULSE_SERVER", format!("unix:{}", socket.display()));
            // A new account: nobody has made the secret of the sound server yet.
            std::env::set_var("HOME", folder.join("new-account"));
            std::env::remove_var("PULSE_COOKIE");
            std::env::remove_var("XDG_CONFIG_HOME");
        }
        Some(Self { child, folder })
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_file(self.folder.join("native")).unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::launch(&self.folder).unwrap();
    }

    fn launch(folder: &std::path::Path) -> Option<Child> {
        let socket = folder.join("native");
        let module = format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display());
        let child = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm"])
            .args(["--log-target=stderr", "--log-level=info"])
            .args([
                "-L",
                "module-null-sink sink_name=talk rate=48000",
                "-L",
                "module-null-sink sink_name=ring",
            ])
            .args(["-L", &module])
            .env("LC_ALL", "C")
            .env("HOME", folder)
            .env("XDG_RUNTIME_DIR", folder)
            .env("PULSE_RUNTIME_PATH", folder)
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.ok()?;
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        while !seen.contains("Daemon startup complete") {
            assert!(log.read_line(&mut seen).unwrap() > 0, "the sound server ended:\n{seen}");
        }
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Some(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn hears(hz: f64) -> (MeterSink, Receiver<f64>) {
    let (tell, shares) = channel();
    (MeterSink::new(hz, move |share| tell.send(share).unwrap_or(())), shares)
}

fn wait_for(shares: &Receiver<f64>, what: &str) {
    let heard: Vec<f64> =
        (0..50).map_while(|_| shares.recv_timeout(LIMIT).ok().filter(|share| *share < 0.8)).collect();
    assert!(heard.len() < 50, "{what} was not heard: {heard:?}");
}

/// That it comes at all, not how whole it is: a server that begins has gaps.
fn comes(shares: &Receiver<f64>) {
    let mut measured = (0..50).map(|_| shares.recv_timeout(LIMIT).unwrap());
    assert!(measured.any(|share| share > 0.1), "nothing comes through the devices");
}

/// A session that plays into the devices of `ends`, fed by another one with a tone.
fn through(ends: Ends, feed: Ends) -> (Session, Session) {
    let open = |ends| Session::open(RtpConfig::new("127.0.0.1".parse().unwrap()), ends, |_| ()).unwrap();
    let (device, other) = (open(ends), open(feed));
    let agreed = |remote| phone::media::Agreed::new(phone::media::Codec::Pcma, remote, Flow::SendRecv);
    device.agree(agreed(other.local_addr()));
    other.agree(agreed(device.local_addr()));
    device.gate(true, true);
    other.gate(true, true);
    (device, other)
}

#[test]
fn sound_goes_out_through_the_speaker_and_in_through_the_microphone_and_the_ring_elsewhere() {
    let Some(mut server) = excuse::or_skip(Server::start(), "no pulseaudio on this machine") else { return };
    let list = devices();
    let id = |name: &str, among: &[phone::audio::DeviceInfo]| {
        among.iter().find(|device| device.id.ends_with(name)).map(|device| device.id.clone())
    };
    let config = DeviceConfig {
        microphone: Some(id("talk.monitor", &list.inputs).unwrap()),
        speaker: Some(id("talk", &list.outputs).unwrap()),
        ring: Some(id("ring", &list.outputs).unwrap()),
        ring_file: None,
        // What is played comes back, which is what echo cancellation is against.
        voice: VoiceSettings::NONE,
    };
    let mut board = DeviceBoard::new(config.clone());

    // The tone is played on the sink, its monitor is the microphone: it comes back to its sender.
    let ends = board.open().unwrap();
    let (sink, shares) = hears(700.0);
    let feed = Ends { source: Box::new(ToneSource(Tone::new(700.0, 0.5))), sink: Box::new(sink) };
    let sessions = through(ends, feed);
    wait_for(&shares, "the tone through the devices");
    drop(sessions);
    board.close();

    // The ring sounds on the ring device and not on the talk device.
    board.ring(true).unwrap();
    let listen = |microphone: &str| {
        let config = DeviceConfig { microphone: id(microphone, &list.inputs), ..config.clone() };
        let mut board = DeviceBoard::new(config);
        let ends = board.open().unwrap();
        let (loud, told) = channel();
        let (done, finished) = channel();
        let quiet = Loudness { tell: Box::new(move |peak| loud.send(peak).unwrap_or(())) };
        // Paced by a session of its own: 160 frames are more than one round of the ring tone.
        let feeder = Paced { source: ends.source, quiet, left: 160, done };
        let session = Ends { source: Box::new(feeder), sink: Box::new(Mute) };
        let (device, other) = through(session, Ends { source: Box::new(Mute), sink: Box::new(Mute) });
        finished.recv_timeout(LIMIT).unwrap();
        drop((device, other));
        board.close();
        told.try_iter().max().unwrap_or(0)
    };
    assert!(listen("ring.monitor") > 1_000, "the ring is heard on the ring device");
    assert!(listen("talk.monitor") < 100, "the talk device stays quiet");
    board.ring(false).unwrap();

    // Devices that are named and missing.
    let missing = |config: DeviceConfig| DeviceBoard::new(config).open().map(|_| ());
    let gone = Some("pulse:gone".to_owned());
    let faults = [
        missing(DeviceConfig { microphone: gone.clone(), ..config.clone() }),
        missing(DeviceConfig { speaker: gone.clone(), ..config.clone() }),
        missing(DeviceConfig { microphone: gone.clone(), speaker: gone.clone(), ..config.clone() }),
    ];
    let told = [SoundFault::NoMicrophone, SoundFault::NoSpeaker, SoundFault::NoDevice];
    assert_eq!(faults, told.map(Err));
    let mut board = DeviceBoard::new(DeviceConfig { ring: gone, ..config.clone() });
    assert_eq!(board.ring(true), Err(SoundFault::NoSpeaker), "told, and rung on the system's choice");
    drop(board);
    a_server_that_goes_away_is_noticed_and_come_back_to(&mut server, config);
}

fn a_server_that_goes_away_is_noticed_and_come_back_to(server: &mut Server, config: DeviceConfig) {
    let mut board = DeviceBoard::new(config);
    let ends = board.open().unwrap();
    let (sink, shares) = hears(700.0);
    let feed = Ends { source: Box::new(ToneSource(Tone::new(700.0, 0.5))), sink: Box::new(sink) };
    let sessions = through(ends, feed);
    board.ring(true).unwrap();
    comes(&shares);
    // Measured every 200 ms: that paces the looks.
    let mut news = Vec::new();
    let mut look = |wanted: &dyn Fn(&News) -> bool, what: &str| {
        for _ in 0..100 {
            if let Some(at) = news.iter().position(wanted) {
                return news.swap_remove(at);
            }
            shares.recv_timeout(LIMIT).unwrap();
            news.extend(board.look());
        }
        panic!("{what} was not told");
    };
    server.kill();
    look(&|news| matches!(news, News::Lost(_)), "the loss of the talk devices");
    look(&|news| matches!(news, News::Ring { missing: true }), "the loss of the ring device");
    server.start_again();
    let news = look(&|news| matches!(news, News::Moved { .. }), "their return");
    let News::Moved { ends, elsewhere } = news else { unreachable!() };
    assert!(!elsewhere, "the chosen ones are back");
    look(&|news| matches!(news, News::Ring { missing: false }), "the return of the ring device");
    sessions.0.use_ends(ends);
    comes(&shares);
}

struct Loudness {
    tell: Box<dyn FnMut(u16) + Send>,
}

impl Loudness {
    fn hear(&mut self, frame: &phone::media::Frame) {
        (self.tell)(frame.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0));
    }
}

struct Paced {
    source: Box<dyn FrameSource>,
    quiet: Loudness,
    left: u32,
    done: std::sync::mpsc::Sender<()>,
}

impl FrameSource for Paced {
    fn fill(&mut self, frame: &mut phone::media::Frame) {
        self.source.fill(frame);
        self.quiet.hear(frame);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            let _ = self.done.send(());
        }
    }
}
