//! Everything that crosses a border: commands, their requests and replies, events, error codes.
//!
//! Each command is declared once, in [`commands`]. From that list come the desk's dispatcher, the
//! service's dispatcher, the typed client and the OpenAPI document. A host that lacks a command does
//! not compile.

pub mod agents;
pub mod cases;
pub mod commands;
pub mod desk;
mod dispatch;
pub mod error;
pub mod event;
pub mod knowledge;
pub mod phone;
pub mod session;

pub use commands::*;
pub use dispatch::{Access, Call, Command, CommandInfo, Home, Kind, Nothing};
pub use domain;
pub use error::{Code, Error};
pub use event::Event;

/// The contract's version. Raised when a persisted or sent shape changes so that an older reader fails;
/// the service accepts the outbox of the previous one as well.
pub const CONTRACT: u32 = 1;
