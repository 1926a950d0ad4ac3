//! Words and rules of a municipal kontaktcenter.
//!
//! Everything here is pure: time and randomness are arguments, nothing is read or written. The same
//! rule gives the same answer at the desk, in the service and in a browser.

pub mod agent;
pub mod alarm;
pub mod calls;
pub mod case;
pub mod contact;
pub mod customer;
pub mod handoff;
pub mod holidays;
pub mod ids;
pub mod knowledge;
pub mod personal;
pub mod personnummer;
pub mod phone_number;
pub mod rights;
pub mod service_hours;
pub mod structure;
pub mod time;
mod words;

pub use ids::*;
pub use personal::Personal;
pub use time::Timestamp;
