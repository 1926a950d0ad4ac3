//! What the desk shows of the phone: plain data that can cross any border.

use serde::{Deserialize, Serialize};

use super::ending::Ending;
use super::quality::CallQuality;

/// A call on this phone; unique while the phone runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub u64);

/// The phone as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneState {
    /// How the phone stands with the exchange.
    pub registration: Registration,
    /// The calls that go on (at most [`super::LINES`]): what is heard before what rings before what is held;
    /// then the ended ones, newest first (at most [`super::KEPT_ENDED`]).
    pub calls: Vec<Call>,
    /// What the agent should know about beside the calls; goes away when it is over.
    pub fault: Option<Fault>,
}

impl PhoneState {
    /// The foremost call that goes on: the one the agent hears, else one that rings, else one on hold.
    pub fn active(&self) -> Option<&Call> {
        self.calls.iter().find(|call| !call.state.is_ended())
    }

    /// A call by its id.
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.iter().find(|call| call.id == id)
    }
}

/// How the phone stands with the exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Registration {
    /// Not asked for: the phone has not started or has been stopped.
    #[default]
    Off,
    /// On its way, for the first time or again.
    Registering,
    /// The exchange knows where to reach this phone.
    Registered,
    /// It did not work; the phone tries again by itself.
    Failed {
        /// Why.
        reason: RegistrationFault,
        /// When the next attempt is made, UTC milliseconds.
        retry_at: Option<u64>,
    },
}

/// Why the exchange does not have this phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RegistrationFault {
    /// The exchange answered, and refused the user or the password (401/403/407).
    #[error("the exchange does not accept the user or the password")]
    WrongCredentials,
    /// Nobody answered, or the address does not exist.
    #[error("the exchange cannot be reached")]
    Unreachable,
    /// The exchange answered with another refusal.
    #[error("the exchange refuses the registration (SIP status {status})")]
    Refused {
        /// SIP status.
        status: u16,
    },
    /// There is no encrypted connection to the exchange that is meant.
    #[error("{fault}")]
    Insecure {
        /// What stands in the way.
        fault: TlsFault,
    },
}

/// Why an exchange over TLS is not spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TlsFault {
    /// Its certificate was valid until some day before this one.
    #[error("the exchange's certificate has expired")]
    Expired,
    /// Its certificate is valid from some later day on. As often it is this computer's clock that is wrong.
    #[error("the exchange's certificate is not valid yet; is this computer's clock right?")]
    NotYetValid,
    /// Its certificate is for another name or address.
    #[error("the exchange's certificate is for another name")]
    WrongName,
    /// Its certificate is signed by nobody who is trusted.
    #[error("the exchange's certificate is from an issuer that is not trusted here")]
    UnknownIssuer,
    /// What it shows, or the file of the municipality's own authorities, holds no certificate that can be read.
    #[error("what should be a certificate is none: the exchange's, or the file of authorities")]
    NotACertificate,
    /// Its certificate is revoked, or not made for servers.
    #[error("the exchange's certificate is not made for this, or is revoked")]
    Unsuitable,
    /// The handshake was refused or broken off: it speaks no TLS there, or none that is safe.
    #[error("the exchange does not agree to an encrypted connection")]
    Refused,
}

/// Who began the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To this phone.
    Incoming,
    /// From this phone.
    Outgoing,
}

/// The other party as the exchange presents them. Personal data: never logged.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// Number or user part; empty when withheld.
    pub number: String,
    /// Display name, if one was sent.
    pub display: Option<String>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remote(…)")
    }
}

/// What the exchange tells about a queue call, from the `X-Svarsplats-*` headers of its INVITE (D-T1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueInfo {
    /// The contact's id (`X-Svarsplats-Call`).
    pub call: Option<String>,
    /// The entry that was called (`X-Svarsplats-Entry`).
    pub entry: Option<String>,
    /// The queue that offers the call (`X-Svarsplats-Queue`).
    pub queue: Option<String>,
    /// The choice in the menu (`X-Svarsplats-Menu`).
    pub menu: Option<String>,
    /// Whole seconds waited when offered (`X-Svarsplats-Waited`).
    pub waited: Option<u32>,
}

impl QueueInfo {
    /// Takes one header, by name regardless of case; other headers and malformed values change nothing.
    /// Values longer than 128 characters are left out: ids are short, and foreign input is bounded.
    pub fn take_header(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() || value.len() > 128 {
            return;
        }
        let text = Some(value.to_owned());
        match name.to_ascii_lowercase().as_str() {
            "x-svarsplats-call" => self.call = text,
            "x-svarsplats-entry" => self.entry = text,
            "x-svarsplats-queue" => self.queue = text,
            "x-svarsplats-menu" => self.menu = text,
            "x-svarsplats-waited" => self.waited = value.parse().ok(),
            _ => {}
        }
    }

    /// Whether any header was there: a call from a queue rather than straight to the phone.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who holds the call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Held from this phone.
    pub here: bool,
    /// Held by the other party.
    pub there: bool,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Which call.
    pub id: CallId,
    /// Who began it.
    pub direction: Direction,
    /// Where it stands.
    pub state: CallState,
    /// The other party.
    pub remote: Remote,
    /// The queue's words about it, if it came through a queue.
    pub queue: Option<QueueInfo>,
    /// When this state began, UTC milliseconds.
    pub since: u64,
    /// When it rang or was dialled, UTC milliseconds.
    pub offered: u64,
    /// When it was answered, UTC milliseconds.
    pub answered: Option<u64>,
    /// The microphone is off; the other party hears silence.
    pub muted: bool,
    /// Heard together with the other line, or about to be.
    #[serde(default)]
    pub conference: bool,
    /// Who holds it.
    pub hold: Hold,
    /// A hold (`true`) or a resume that the other end has not agreed to yet; nothing is heard meanwhile.
    pub hold_asked: Option<bool>,
    /// Why the last hold or resume came to nothing; the call is as it was before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_failed: Option<HoldFailure>,
    /// How its transfer goes, or why the last one came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// How it sounds, of late; once it has ended, as a whole. `None` before enough was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<CallQuality>,
    /// The sound is encrypted on the way, both ways: packets went and came so under the keys that are agreed on.
    #[serde(default)]
    pub encrypted: bool,
    /// What became of it, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
}

/// How the transfer of a call goes. When it has come about the call has ended, as
/// [`EndCause::Transferred`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Transfer {
    /// The other party is put on hold first.
    Holding,
    /// Asked to call the target; not answered yet.
    Asked,
    /// They call.
    Trying,
    /// It rings there.
    Ringing,
    /// It came to nothing; the call is back.
    Failed {
        /// Why.
        reason: TransferFailure,
    },
}

/// Why a transfer came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TransferFailure {
    /// The other party, the exchange or the target refused.
    Refused {
        /// SIP status.
        status: u16,
    },
    /// Nothing was told in time, or that nothing will be told.
    NoAnswer,
}

/// Why the other end did not agree to a hold or a resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HoldFailure {
    /// Both ends wanted to change the call, again and again (491, RFC 3261 §14.1).
    Glare,
    /// It refused.
    Refused {
        /// SIP status.
        status: u16,
    },
    /// It did not answer, or what it answered was no answer to the offer.
    NoAnswer,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CallState {
    /// It rings here.
    Ringing,
    /// Taken here; the sound opens before the caller hears of it.
    Answering,
    /// Dialled; the other end has not said that it rings.
    Dialling,
    /// It rings there, or an announcement plays.
    Early,
    /// The parties talk.
    InCall,
    /// Held from here, there, or both; see [`Call::hold`].
    Held,
    /// It is over.
    Ended {
        /// What happened.
        cause: EndCause,
    },
}

impl CallState {
    /// Whether the call is over.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Ended { .. })
    }
}

/// One of the two ends of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// This phone.
    Here,
    /// The other party.
    There,
}

/// How a call ended; each one is something that an agent or the follow-up acts on differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EndCause {
    /// Ended after the answer.
    HungUp {
        /// Who hung up.
        by: Side,
    },
    /// The parties talk without this phone. *Here*: we connected them; *there*: the other party gave their end
    /// to somebody else, whose call goes on here in its place.
    Transferred {
        /// Who transferred.
        by: Side,
    },
    /// Turned away before the answer.
    Declined {
        /// Who declined.
        by: Side,
    },
    /// Given up before the answer. *There*: the caller gave up; *here*: the agent stopped dialling.
    Cancelled {
        /// Who gave up.
        by: Side,
    },
    /// It rang here until the exchange took it back, or nobody took it at all.
    NotTaken,
    /// Somebody else took it.
    TakenElsewhere,
    /// The dialled party is busy.
    Busy,
    /// The dialled party did not answer in time.
    TimedOut,
    /// The phone had no microphone when the agent wanted to talk.
    NoMicrophone,
    /// The phone had no speaker when the agent wanted to talk.
    NoSpeaker,
    /// The phone had neither when the agent wanted to talk.
    NoDevice,
    /// Signalling or sound was lost.
    Network,
    /// The two ends share no codec or the offer could not be read.
    NoCommonMedia,
    /// The sound was to be encrypted, and there were no keys for it.
    NotEncrypted {
        /// Why.
        fault: KeysFault,
    },
    /// The exchange or the other end refused.
    Refused {
        /// SIP status.
        status: u16,
    },
}

/// Why two ends that had agreed to encrypt the sound have no keys for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum KeysFault {
    /// Another certificate was shown than the one that the signalling names.
    #[error("whoever sends the sound is not the one whom the exchange has named")]
    WrongFingerprint,
    /// The handshake was broken off.
    #[error("the other end did not agree to keys for the sound")]
    Refused,
    /// There was no handshake in time.
    #[error("the other end did not take part in agreeing on keys for the sound")]
    NoAnswer,
}

/// Something about the phone that the agent should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// No microphone; a ringing call can still be declined, or answered once one is there.
    #[error("there is no microphone")]
    NoMicrophone,
    /// No speaker to talk through.
    #[error("there is no speaker")]
    NoSpeaker,
    /// Neither microphone nor speaker.
    #[error("there is neither microphone nor speaker")]
    NoDevice,
    /// The ring device is missing; calls show, but do not sound there.
    #[error("the device that shall ring is missing")]
    NoRingDevice,
    /// Nothing is heard from the other end although it should be.
    #[error("nothing is heard from the other end")]
    NoSoundFromRemote,
    /// Another call was asked for while both lines are taken, or while one that goes on cannot be held.
    #[error("another call is in the way")]
    LineTaken,
    /// What was dialled is neither a number nor a SIP address.
    #[error("what was dialled is neither a number nor a SIP address")]
    BadTarget,
    /// Hold or resume was refused by the other end; the call is as before.
    #[error("the other end did not agree to a hold or its end")]
    HoldRefused,
    /// Keys could not be sent: the other end takes none, or the call is on hold.
    #[error("the keys did not reach the other end")]
    KeysRefused,
    /// A device of the call was lost; the call goes on through the system's choice.
    #[error("a device was lost; the call goes on through another")]
    OtherDevice,
}
