//! Headset buttons and lights by USB HID, without the maker's software.
//!
//! - [`descriptor`]: what a device says of its reports.
//! - [`report`]: buttons and lights in them.
//! - [`telephony`]: what a press asks of the phone, and what the phone shows. These three do no I/O and read no clock.
//! - `hidraw` (feature `headset`, Linux): the devices, as they come and go.

pub mod descriptor;
#[cfg(all(feature = "headset", target_os = "linux"))]
pub mod hidraw;
#[cfg(all(feature = "headset", target_os = "linux"))]
pub(crate) mod keeper;
pub mod report;
pub mod telephony;

#[cfg(test)]
mod descriptor_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod telephony_tests;

/// A headset that this computer has, and whether its buttons can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What its maker calls it.
    pub product: String,
    /// This user may read and write it.
    pub allowed: bool,
}

/// The computer's headsets with buttons; none where they are not supported.
#[cfg(feature = "headset")]
pub fn found() -> Vec<Found> {
    #[cfg(target_os = "linux")]
    return keeper::found(&hidraw::Hidraw);
    #[cfg(not(target_os = "linux"))]
    return Vec::new();
}
