//! A connection to a sound server, by PulseAudio's protocol: blocking questions first, then one thread that serves a
//! stream. Ours rather than the library's, whose thread clears a mebibyte for each portion of sound that it reads.

use std::ffi::CString;
use std::io::{BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pulseaudio::protocol::{
    AuthParams, AuthReply, Command, CommandReply, CorkStreamParams, DESCRIPTOR_SIZE, Descriptor,
    DescriptorFlags, MAX_VERSION, Prop, Props, ProtocolError, Request, SetClientNameReply, encode_descriptor,
    read_descriptor, read_reply_message, write_command_message,
};

use super::device::{Hearer, Player};

/// A server that does not answer for this long is not there.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of the secret that a client shows. The server reads that many before it looks at whose process asks;
/// with fewer it ends the connection.
const COOKIE: usize = 256;
/// No message of a server is longer, bytes; portions of sound are some thousands.
const LONGEST: usize = 1 << 20;
/// Messages that are no answer, before the answer.
const OTHERS: usize = 64;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// No server, or none that answers: the system's own way may do.
    NoServer,
    /// The server says no: there is no such device.
    Refused,
}

/// A connection on which questions are asked.
pub(super) struct Server {
    socket: UnixStream,
    version: u16,
    asked: u32,
    message: Vec<u8>,
}

impl Server {
    pub(super) fn connect() -> Result<Self, Unmet> {
        let path = pulseaudio::socket_path_from_env().ok_or(Unmet::NoServer)?;
        let socket = UnixStream::connect(path).map_err(|_| Unmet::NoServer)?;
        let patient = socket.set_read_timeout(Some(PATIENCE)).and(socket.set_write_timeout(Some(PATIENCE)));
        patient.map_err(|_| Unmet::NoServer)?;
        let mut server = Self { socket, version: MAX_VERSION, asked: 0, message: Vec::new() };
        let auth =
            AuthParams { version: MAX_VERSION, supports_shm: false, supports_memfd: false, cookie: cookie() };
        let reply: AuthReply = server.ask(Command::Auth(auth)).map_err(|_| Unmet::NoServer)?;
        server.version = MAX_VERSION.min(reply.version);
        let mut named = Props::new();
        named.set(Prop::ApplicationName, c"Svarsplats");
        if let Ok(process) = CString::new(std::process::id().to_string()) {
            named.set(Prop::ApplicationProcessId, process);
        }
        let _: SetClientNameReply = server.ask(Command::SetClientName(named)).map_err(|_| Unmet::NoServer)?;
        Ok(server)
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask<R: CommandReply>(&mut self, question: Command) -> Result<R, Unmet> {
        self.asked += 1;
        let sent = write_command_message(&mut self.socket, self.asked, &question, self.version);
        sent.map_err(|_| Unmet::NoServer)?;
        for _ in 0..OTHERS {
            read_message(&mut self.socket, &mut self.message).map_err(|_| Unmet::NoServer)?;
            match read_reply_message(&mut self.message.as_slice(), self.version) {
                Ok((asked, reply)) if asked == self.asked => return Ok(reply),
                Err(ProtocolError::ServerError(_)) => return Err(Unmet::Refused),
                // Of something else that happens there.
                Ok(_) | Err(_) => {}
            }
        }
        Err(Unmet::NoServer)
    }

    /// Serves a stream that was asked for asleep, on a thread of its own.
    pub(super) fn serve(self, stream: Stream) -> Result<ServerStream, Unmet> {
        let Self { socket, version, .. } = self;
        let own = socket.try_clone().map_err(|_| Unmet::NoServer)?;
        // The device's pace may stand still for as long as it likes.
        own.set_read_timeout(None).map_err(|_| Unmet::NoServer)?;
        let writer = Arc::new(Mutex::new(socket));
        let (records, channel) = match &stream {
            Stream::Record { channel, .. } => (true, *channel),
            Stream::Playback { channel, .. } => (false, *channel),
        };
        let thread = Serving { socket: BufReader::new(own), writer: writer.clone(), version, stream };
        let named = std::thread::Builder::new().name("sound-server".into());
        named.spawn(move || thread.run()).map_err(|_| Unmet::NoServer)?;
        Ok(ServerStream { writer, version, records, channel })
    }
}

/// The secret that lies in the user's folder; zeros where none has been made yet, as on a new account.
fn cookie() -> Vec<u8> {
    let found = pulseaudio::cookie_path_from_env().and_then(|file| std::fs::read(file).ok());
    found.filter(|cookie| cookie.len() == COOKIE).unwrap_or_else(|| vec![0; COOKIE])
}

/// Reads a whole message, head and all, over `message`.
fn read_message(socket: &mut impl Read, message: &mut Vec<u8>) -> Result<Descriptor, ProtocolError> {
    let mut head = [0; DESCRIPTOR_SIZE];
    socket.read_exact(&mut head)?;
    let descriptor = read_descriptor(&mut head.as_slice())?;
    let length = (descriptor.length as usize).min(LONGEST);
    message.clear();
    message.extend(head);
    message.resize(DESCRIPTOR_SIZE + length, 0);
    socket.read_exact(message.get_mut(DESCRIPTOR_SIZE..).unwrap_or_default())?;
    Ok(descriptor)
}

/// A stream as the server gave it, and who hears or plays it.
pub(super) enum Stream {
    /// From a microphone.
    Record { channel: u32, hearer: Hearer },
    /// To a speaker, which wants so many bytes to begin with.
    Playback { channel: u32, wanted: usize, player: Player },
}

/// A running stream; it ends when dropped, without waiting for the server.
pub(super) struct ServerStream {
    writer: Arc<Mutex<UnixStream>>,
    version: u16,
    records: bool,
    channel: u32,
}

impl ServerStream {
    /// Begins, if it has not; its answer is not waited for.
    pub(super) fn wake(&self) {
        let cork = CorkStreamParams { channel: self.channel, cork: false };
        let command =
            if self.records { Command::CorkRecordStream(cork) } else { Command::CorkPlaybackStream(cork) };
        let mut bytes = Vec::new();
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = write_command_message(&mut bytes, u32::MAX - 1, &command, self.version);
        if whole.is_ok() && writer.write_all(&bytes).is_err() {
            tracing::debug!("a sound server went before its stream began");
        }
    }
}

impl Drop for ServerStream {
    fn drop(&mut self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // The server ends what a connection had; the thread sees the end.
        let _ = writer.shutdown(Shutdown::Both);
    }
}

struct Serving {
    socket: BufReader<UnixStream>,
    writer: Arc<Mutex<UnixStream>>,
    version: u16,
    stream: Stream,
}

impl Serving {
    fn run(mut self) {
        let (mut message, mut sound) = (Vec::new(), Vec::new());
        if let Stream::Playback { wanted, .. } = self.stream {
            self.give(wanted, &mut sound);
        }
        while let Ok(descriptor) = read_message(&mut self.socket, &mut message) {
            let mut body = message.get(DESCRIPTOR_SIZE..).unwrap_or_default();
            if descriptor.channel != u32::MAX {
                if let Stream::Record { channel, hearer } = &mut self.stream
                    && *channel == descriptor.channel
                {
                    hearer.hear_bytes(body);
                }
                continue;
            }
            match Command::read_tag_prefixed(&mut body, self.version) {
                Ok((_, Command::Request(Request { length, .. }))) => self.give(length as usize, &mut sound),
                Ok((_, Command::PlaybackStreamKilled(_) | Command::RecordStreamKilled(_))) => break,
                // Answers to what nobody waits for, and news that change nothing.
                Ok(_) | Err(_) => {}
            }
        }
        match &self.stream {
            Stream::Record { hearer, .. } => hearer.end(),
            Stream::Playback { player, .. } => player.end(),
        }
    }

    /// Plays so many bytes.
    fn give(&mut self, wanted: usize, sound: &mut Vec<u8>) {
        let Stream::Playback { channel, player, .. } = &mut self.stream else { return };
        let wanted = wanted.min(LONGEST);
        sound.clear();
        sound.resize(DESCRIPTOR_SIZE + wanted, 0);
        let Some((head, body)) = sound.split_first_chunk_mut::<DESCRIPTOR_SIZE>() else { return };
        let flags = DescriptorFlags::empty();
        encode_descriptor(head, &Descriptor { length: wanted as u32, channel: *channel, offset: 0, flags });
        player.play_bytes(body);
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A server that has gone is seen by the reading.
        let _ = writer.write_all(sound);
    }
}
