//! Sound devices: PulseAudio's protocol where a server is found (PipeWire speaks it too), else cpal with the
//! system's own way (ALSA, WASAPI, CoreAudio). Streams run on the libraries' threads; the functions that they call allocate nothing, lock nothing, log nothing,
//! and talk to the phone through ring buffers. Rates are converted on the phone's side.

mod beat;
mod board;
pub mod callback;
mod device;
mod ends;
#[cfg(target_os = "linux")]
mod pulse;
mod ring;
#[cfg(target_os = "linux")]
mod server;

pub use board::{DeviceBoard, DeviceConfig};
pub use device::{DeviceInfo, DeviceList, devices};
