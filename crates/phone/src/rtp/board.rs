//! Where a call's sound comes from and goes to: devices, files, or nothing.

use crate::call::SoundFault;
use crate::media::{Tone, Wav};

use super::{Ends, FrameSink, FrameSource, LoopSource, Mute, ToneSource};

/// What became of the devices since the last look.
pub enum News {
    /// The call's sound goes through these ends from now on.
    Moved {
        /// Of the devices that run now.
        ends: Ends,
        /// On the system's choice rather than on the chosen devices.
        elsewhere: bool,
    },
    /// A device of the call is lost and nothing takes its place; looked for again.
    Lost(SoundFault),
    /// The ring device is missing, or back.
    Ring {
        /// Missing now.
        missing: bool,
    },
}

/// Opens and closes the sound of calls. Lives on a thread of its own from birth to death, so that devices
/// whose handles must not travel can be used.
pub trait SoundBoard {
    /// Opens both ends for a call.
    fn open(&mut self) -> Result<Ends, SoundFault>;

    /// The call is over; its ends have been dropped.
    fn close(&mut self) {}

    /// A call may be answered soon: what takes its time may be done ahead, without anything being heard or
    /// said. Followed by [`Self::open`] or [`Self::let_go`].
    fn prepare(&mut self) {}

    /// The call was not answered.
    fn let_go(&mut self) {}

    /// Rings on the ring device, or stops; an error when there is none.
    fn ring(&mut self, on: bool) -> Result<(), SoundFault> {
        let _ = on;
        Ok(())
    }

    /// Looks after what runs; called a few times a second while a call is open or it rings.
    fn look(&mut self) -> Vec<News> {
        Vec::new()
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
    fn open(&mut self) -> Result<Ends, SoundFault> {
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
