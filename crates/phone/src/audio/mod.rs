//! Sound devices through cpal: on Linux PulseAudio's protocol (PipeWire speaks it too), else ALSA. Streams
//! run on the library's threads; the functions that they call allocate nothing, lock nothing, log nothing,
//! and talk to the phone through ring buffers. Rates are converted on the phone's side.

mod board;
pub mod callback;
mod device;
mod ends;
mod ring;

pub use board::{DeviceBoard, DeviceConfig};
pub use device::{DeviceInfo, DeviceList, devices};
