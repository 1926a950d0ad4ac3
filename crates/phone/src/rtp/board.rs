//! Where a call's sound comes from and goes to: devices, files, or nothing.

use std::sync::Arc;

use crate::call::SoundFault;
use crate::media::{Tone, Wav};

use super::{Ends, FrameSink, FrameSource, LoopSource, Mute, ToneSource};

/// Told from any thread when a device disappears during a call.
pub type Lost = Arc<dyn Fn(SoundFault) + Send + Sync>;

/// Opens and closes the sound of calls. Lives on a thread of its own from birth to death, so that devices
/// whose handles must not travel can be used.
pub trait SoundBoard {
    /// Opens both ends for a call; `lost` may be kept for its duration.
    fn open(&mut self, lost: Lost) -> Result<Ends, SoundFault>;

    /// The call is over; its ends have been dropped.
    fn close(&mut self) {}

    /// Rings on the ring device, or stops; an error when there is none.
    fn ring(&mut self, on: bool) -> Result<(), SoundFault> {
        let _ = on;
        Ok(())
    }
}

/// Makes a board on the thread where it is to live.
pub type BoardMaker = Box<dyn FnOnce() -> Box<dyn SoundBoard> + Send>;

/// The sound of a phone without devices: a recording or a tone is said, what is heard goes nowhere.
#[derive(Debug, Clone)]
pub enum Recorded {
    /// Nothing is said.
    Silence,
    /// A WAV file is said again and again; a file that cannot be read is a missing microphone.
    File(std::path::PathBuf),
    /// A tone of this many hertz is said.
    Tone(f64),
}

impl SoundBoard for Recorded {
    fn open(&mut self, _: Lost) -> Result<Ends, SoundFault> {
        let source: Box<dyn FrameSource> = match self {
            Self::Silence => Box::new(Mute),
            Self::Tone(hz) => Box::new(ToneSource(Tone::new(*hz, 0.5))),
            Self::File(path) => {
                let bytes = std::fs::read(path).map_err(|_| SoundFault::NoMicrophone)?;
                let wav = Wav::parse(&bytes).map_err(|_| SoundFault::NoMicrophone)?;
                Box::new(LoopSource::new(wav.into_phone_rate(), true))
            }
        };
        let sink: Box<dyn FrameSink> = Box::new(Mute);
        Ok(Ends { source, sink })
    }
}
