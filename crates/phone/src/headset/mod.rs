//! Headset buttons and lights by USB HID, without the maker's software.
//!
//! - [`descriptor`]: what a device says of its reports.
//! - [`report`]: buttons and lights in them.
//! - [`telephony`]: what a press asks of the phone, and what the phone shows.

pub mod descriptor;
pub mod report;
pub mod telephony;

#[cfg(test)]
mod descriptor_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod telephony_tests;
