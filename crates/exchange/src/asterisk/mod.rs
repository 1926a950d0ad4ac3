//! Asterisk over its manager interface (AMI): app_queue does the queueing, this adapter tells it who
//! takes calls and hears what happens.
//!
//! What Asterisk must be told (`manager.conf`): `channelvars = SVARSPLATS_CALL,SVARSPLATS_ENTRY,SVARSPLATS_MENU`,
//! and a user with `read = call,agent,user` and `write = agent,command` on loopback or behind TLS. The dialplan sets
//! `SVARSPLATS_CALL` to a uuid before `Queue()` and puts it in the header `X-Svarsplats-Call`. The queues
//! need `eventwhencalled`'s successor events, which Asterisk 12 and later always send.
//!
//! The line protocol is a small one of ours: `asterisk-rs-ami` 0.8 reads variables of channels only as
//! `ChanVariable(name): value`, and Asterisk 22 sends `ChanVariable: name=value`, several to a message.

mod actions;
mod client;
mod message;
mod translate;

pub use client::{Asterisk, AsteriskConfig, SipAccounts};
pub use message::{Message, Reader, TooLong};
