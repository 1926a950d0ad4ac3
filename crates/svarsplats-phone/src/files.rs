//! Sound from and to files instead of devices.

use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use phone::call::SoundFault;
use phone::media::{Frame, FrameKind, SAMPLE_RATE, Wav};
use phone::rtp::{Ends, FrameSink, FrameSource, LoopSource, Mute, SoundBoard};

/// Frames that a slow disk may be behind: five seconds.
const BEHIND: usize = 250;
const HEADER: usize = 44;
/// How long the last of it may take to be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says a file in each call, and writes what is heard to another.
pub struct Files {
    say: Option<PathBuf>,
    hear: Option<PathBuf>,
    calls: u32,
    open: Sender<()>,
}

/// Waits for what was heard to be whole on disk, once the phone has stopped.
pub struct Written(Receiver<()>);

impl Written {
    pub fn wait(self) {
        // Nothing is ever sent: it ends with the last one who writes.
        let _ = self.0.recv_timeout(PATIENCE);
    }
}

impl Files {
    pub fn new(say: Option<PathBuf>, hear: Option<PathBuf>) -> (Self, Written) {
        let (open, whole) = channel();
        (Self { say, hear, calls: 0, open }, Written(whole))
    }
}

impl SoundBoard for Files {
    fn open(&mut self) -> Result<Ends, SoundFault> {
        self.calls += 1;
        let source: Box<dyn FrameSource> = match &self.say {
            None => Box::new(Mute),
            Some(file) => {
                let bytes = std::fs::read(file).map_err(|_| SoundFault::NoMicrophone)?;
                let wav = Wav::parse(&bytes).map_err(|_| SoundFault::NoMicrophone)?;
                Box::new(LoopSource::new(wav.into_phone_rate(), true))
            }
        };
        let sink: Box<dyn FrameSink> = match &self.hear {
            None => Box::new(Mute),
            Some(file) => Box::new(
                FileSink::create(&numbered(file, self.calls), self.open.clone())
                    .map_err(|_| SoundFault::NoSpeaker)?,
            ),
        };
        Ok(Ends { source, sink })
    }
}

/// `heard.wav`, `heard-2.wav`, …
fn numbered(file: &Path, call: u32) -> PathBuf {
    if call < 2 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().map_or(String::new(), |ending| format!(".{}", ending.to_string_lossy()));
    file.with_file_name(format!("{stem}-{call}{ending}"))
}

/// Writes on a thread of its own: the session does not wait for a disk. Whole when dropped.
struct FileSink {
    frames: Option<SyncSender<Frame>>,
    thread: Option<JoinHandle<()>>,
}

impl FileSink {
    fn create(file: &Path, open: Sender<()>) -> std::io::Result<Self> {
        let file = std::fs::File::create(file)?;
        let (frames, inbox) = sync_channel(BEHIND);
        let thread = std::thread::Builder::new().name("file".into()).spawn(move || {
            // A full disk is seen by what is missing at the end of the file.
            let _ = write(BufWriter::new(file), &inbox);
            drop(open);
        })?;
        Ok(Self { frames: Some(frames), thread: Some(thread) })
    }
}

impl FrameSink for FileSink {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        if let Some(frames) = &self.frames {
            let _ = frames.try_send(*frame);
        }
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        self.frames = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn header(samples: u32) -> Vec<u8> {
    let mut header = Wav { rate: SAMPLE_RATE, samples: Vec::new() }.to_bytes();
    let size = samples.saturating_mul(2);
    for (at, value) in [(4, size.saturating_add(36)), (40, size)] {
        if let Some(slot) = header.get_mut(at..at + 4) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
    }
    header.truncate(HEADER);
    header
}

fn write(mut file: impl Write + Seek, frames: &Receiver<Frame>) -> std::io::Result<()> {
    file.write_all(&header(0))?;
    let mut written = 0u32;
    while let Ok(frame) = frames.recv() {
        for sample in frame {
            file.write_all(&sample.to_le_bytes())?;
        }
        written = written.saturating_add(frame.len() as u32);
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header(written))?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use phone::media::{FRAME, Tone};

    #[test]
    fn what_is_heard_is_in_the_file_and_each_call_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let heard = folder.path().join("heard.wav");
        let (mut board, written) = Files::new(None, Some(heard.clone()));
        let mut tone = Tone::new(440.0, 0.5);
        let mut said = Vec::new();
        for frames in [3, 1] {
            let mut ends = board.open().unwrap();
            for _ in 0..frames {
                let frame = tone.frame();
                said.extend(frame);
                ends.sink.take(&frame, FrameKind::Sound);
            }
        }
        drop(board);
        written.wait();
        let first = Wav::parse(&std::fs::read(&heard).unwrap()).unwrap();
        let second = Wav::parse(&std::fs::read(folder.path().join("heard-2.wav")).unwrap()).unwrap();
        assert_eq!((first.rate, &first.samples[..]), (SAMPLE_RATE, &said[..3 * FRAME]));
        assert_eq!(second.samples, said[3 * FRAME..]);
    }

    #[test]
    fn a_file_that_is_no_sound_is_a_missing_microphone() {
        let (mut board, _) = Files::new(Some("/nowhere/speech.wav".into()), None);
        assert_eq!(board.open().err(), Some(SoundFault::NoMicrophone));
    }
}
