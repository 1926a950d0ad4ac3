//! What goes into the state machine and what comes out of it.

use serde::{Deserialize, Serialize};

use super::keys::Keys;
use super::quality::CallQuality;
use super::snapshot::{CallId, HoldFailure, KeysFault, QueueInfo, Registration, Remote, TransferFailure};
use super::target::DialTarget;

/// What the agent asks of the phone. A command that does not fit the call's state changes nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum PhoneCommand {
    /// Take a ringing call. A call that goes on is put on hold first.
    Answer {
        /// Which call.
        call: CallId,
    },
    /// Turn a ringing call away.
    Decline {
        /// Which call.
        call: CallId,
    },
    /// End a call, stop dialling, or turn a ringing call away.
    HangUp {
        /// Which call.
        call: CallId,
    },
    /// Put the other party on hold.
    Hold {
        /// Which call.
        call: CallId,
    },
    /// Take the other party back. A call that goes on is put on hold first, so this also swaps.
    Resume {
        /// Which call.
        call: CallId,
    },
    /// Turn the microphone off or on.
    Mute {
        /// Which call.
        call: CallId,
        /// Off (`true`) or on.
        muted: bool,
    },
    /// Begin a conference of three: of two answered calls the held one comes back beside the other. Holding
    /// either ends it.
    Join {
        /// One of them.
        call: CallId,
        /// The other.
        with: CallId,
    },
    /// Press keys for the other end to hear: as telephone-events, else by INFO.
    Press {
        /// Which call.
        call: CallId,
        /// Which keys.
        keys: Keys,
    },
    /// Call a number or a SIP address; see [`DialTarget`] for what is understood. A call that goes on is put
    /// on hold first.
    Dial {
        /// As typed or linked.
        target: String,
    },
    /// Blind transfer: ask the other party to call the target, and leave. The call is put on hold for it and
    /// comes back if it fails.
    Transfer {
        /// Which call.
        call: CallId,
        /// As for [`Self::Dial`].
        target: String,
        /// Failed if nobody answers there within so many milliseconds.
        limit_ms: u64,
    },
    /// Attended transfer: connect the parties of two answered calls, and leave.
    Connect {
        /// Whose party is asked to call.
        call: CallId,
        /// The call whose place they take.
        with: CallId,
        /// Failed if nothing comes of it within so many milliseconds.
        limit_ms: u64,
    },
}

impl std::fmt::Debug for PhoneCommand {
    /// Dialled numbers are personal data and stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answer { call } => write!(f, "Answer({})", call.0),
            Self::Decline { call } => write!(f, "Decline({})", call.0),
            Self::HangUp { call } => write!(f, "HangUp({})", call.0),
            Self::Hold { call } => write!(f, "Hold({})", call.0),
            Self::Resume { call } => write!(f, "Resume({})", call.0),
            Self::Mute { call, muted } => write!(f, "Mute({}, {muted})", call.0),
            Self::Join { call, with } => write!(f, "Join({}, {})", call.0, with.0),
            Self::Press { call, .. } => write!(f, "Press({}, …)", call.0),
            Self::Dial { .. } => f.write_str("Dial(…)"),
            Self::Transfer { call, .. } => write!(f, "Transfer({}, …)", call.0),
            Self::Connect { call, with, .. } => write!(f, "Connect({}, {})", call.0, with.0),
        }
    }
}

/// Why the other end took a ringing call back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelReason {
    /// The caller gave up, or no reason was told.
    GaveUp,
    /// The exchange offers it to somebody else because it was not taken here.
    NotTaken,
    /// Somebody else took it.
    Elsewhere,
}

/// Why a call failed without an answer from the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nobody reachable, connection lost, or no ACK to our answer.
    Network,
    /// No final answer in time.
    TimedOut,
    /// Offer and answer do not meet.
    NoCommonMedia,
    /// There are no keys for the sound.
    NotEncrypted(KeysFault),
}

/// Why the sound could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SoundFault {
    /// No capture device, or it could not be opened.
    #[error("no microphone")]
    NoMicrophone,
    /// No playback device, or it could not be opened.
    #[error("no speaker")]
    NoSpeaker,
    /// Neither: the sound server has ended, or the headset was all there was.
    #[error("no microphone and no speaker")]
    NoDevice,
    /// No free port in the configured range.
    #[error("no port for the sound")]
    NoPort,
}

/// What happened: a command, a signal from the other end, a word from the sound, or time passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// From the agent.
    Command(PhoneCommand),
    /// The registration changed.
    Registration(Registration),
    /// An INVITE came. `call` is from [`super::Machine::next_id`].
    Offered {
        /// The new call.
        call: CallId,
        /// Who calls.
        remote: Remote,
        /// The queue's words.
        queue: Option<QueueInfo>,
    },
    /// An INVITE came that takes the place of a call of ours (RFC 3891). `call` is from
    /// [`super::Machine::next_id`].
    Replacing {
        /// The new call.
        call: CallId,
        /// The call whose place it takes.
        old: CallId,
        /// Who calls.
        remote: Remote,
    },
    /// 180 or 183 to our INVITE.
    Progress {
        /// Which call.
        call: CallId,
        /// The other end plays its own tone or announcement.
        early_media: bool,
    },
    /// 2xx to our INVITE, with an answer that fits.
    Answered {
        /// Which call.
        call: CallId,
    },
    /// The other end holds, or takes back.
    RemoteHold {
        /// Which call.
        call: CallId,
        /// Held now.
        held: bool,
    },
    /// Our hold or resume was answered.
    HoldResult {
        /// Which call.
        call: CallId,
        /// What was asked for.
        hold: bool,
        /// Why the other end did not agree; `None` when it did.
        failure: Option<HoldFailure>,
    },
    /// Our REFER was answered.
    ReferAnswered {
        /// Which call.
        call: CallId,
        /// Why the other party will not; `None` when they will.
        failure: Option<TransferFailure>,
    },
    /// The other party tells how their call to the target goes (RFC 3515 §2.4.4).
    TransferProgress {
        /// Which call.
        call: CallId,
        /// SIP status of that call so far.
        status: u16,
        /// Nothing more will be told.
        last: bool,
    },
    /// CANCEL before the call was established.
    RemoteCancelled {
        /// Which call.
        call: CallId,
        /// As told by the exchange.
        reason: CancelReason,
    },
    /// BYE.
    RemoteHungUp {
        /// Which call.
        call: CallId,
    },
    /// A final refusal to our INVITE.
    Refused {
        /// Which call.
        call: CallId,
        /// SIP status.
        status: u16,
    },
    /// The call cannot go on.
    Failed {
        /// Which call.
        call: CallId,
        /// Why.
        failure: Failure,
    },
    /// The sound asked for by [`Action::OpenMedia`] is open.
    MediaReady {
        /// Which call.
        call: CallId,
    },
    /// The sound could not be opened.
    MediaFailed {
        /// Which call.
        call: CallId,
        /// Why.
        fault: SoundFault,
    },
    /// The sound runs again after a device was lost or another one was chosen.
    MediaMoved {
        /// Which call.
        call: CallId,
        /// On the system's choice rather than on the chosen devices.
        elsewhere: bool,
    },
    /// Nothing has been heard for a while, although the call is not held.
    MediaSilent {
        /// Which call.
        call: CallId,
    },
    /// Something is heard again.
    MediaHeard {
        /// Which call.
        call: CallId,
    },
    /// How the sound is, when that has changed.
    MediaQuality {
        /// Which call.
        call: CallId,
        /// Of late.
        now: CallQuality,
        /// Since the call began.
        whole: CallQuality,
    },
    /// The sound is encrypted now, both ways; or is so no longer.
    MediaEncrypted {
        /// Which call.
        call: CallId,
        /// Whether it is.
        encrypted: bool,
    },
    /// The other end takes no keys, or not these.
    KeysRefused {
        /// Which call.
        call: CallId,
    },
    /// The ring device is missing (`true`) or back.
    RingDevice {
        /// Missing now.
        missing: bool,
    },
    /// Time has passed; see [`super::Machine::deadline`].
    Tick,
}

/// What sounds on the ring device or, for the tone of an outgoing call, on the talk device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ring {
    /// Nothing.
    #[default]
    Off,
    /// A call rings here: the ring device.
    Incoming,
    /// It rings there and the other end plays nothing itself: the talk device.
    Ringback,
}

/// What the drivers are to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Answer the INVITE with 180.
    Alert {
        /// Which call.
        call: CallId,
    },
    /// Answer the INVITE with a final refusal.
    Reject {
        /// Which call.
        call: CallId,
        /// SIP status: 486, 603, 480; 481 or 491 for one that wants another's place.
        status: u16,
    },
    /// Open socket and devices; tell [`Input::MediaReady`] or [`Input::MediaFailed`].
    OpenMedia {
        /// Which call.
        call: CallId,
    },
    /// Answer the INVITE with 200 and our answer to its offer.
    Accept {
        /// Which call.
        call: CallId,
    },
    /// Send an INVITE with our offer; the media is open.
    Invite {
        /// Which call.
        call: CallId,
        /// Whom.
        target: DialTarget,
    },
    /// CANCEL our INVITE.
    Cancel {
        /// Which call.
        call: CallId,
    },
    /// BYE.
    HangUp {
        /// Which call.
        call: CallId,
    },
    /// Re-INVITE to hold or to take back; tell [`Input::HoldResult`].
    ChangeHold {
        /// Which call.
        call: CallId,
        /// Hold (`true`) or take back.
        hold: bool,
    },
    /// REFER the other party to a target; tell [`Input::ReferAnswered`] and [`Input::TransferProgress`].
    Refer {
        /// Which call.
        call: CallId,
        /// Whom to call.
        target: DialTarget,
    },
    /// REFER the other party to that of another call, to take our place there (RFC 3891).
    ReferWith {
        /// Which call.
        call: CallId,
        /// Whose place.
        with: CallId,
    },
    /// Send keys, after those that are being sent; tell [`Input::KeysRefused`] when they cannot be.
    Press {
        /// Which call.
        call: CallId,
        /// Which keys.
        keys: Keys,
    },
    /// Which way sound may pass at this phone, whatever the other end sends.
    Gate {
        /// Which call.
        call: CallId,
        /// The other party may hear the microphone.
        microphone: bool,
        /// The agent may hear the other party.
        speaker: bool,
    },
    /// Mix two calls whose sound is open: each party hears the other and, unless muted, the agent, who hears
    /// both by the host's devices. The gates say who is left out.
    Confer {
        /// The call that the talk devices belong to.
        host: CallId,
        /// The other one.
        guest: CallId,
        /// The microphone is off.
        muted: bool,
    },
    /// No call is mixed with another any more.
    Part,
    /// Give the talk devices to this call, whose sound is open; tell [`Input::MediaMoved`] or
    /// [`Input::MediaFailed`]. Opening a call's sound gives them to that call as well.
    UseDevices {
        /// Which call.
        call: CallId,
    },
    /// Close the socket, and the devices if they are this call's.
    CloseMedia {
        /// Which call.
        call: CallId,
    },
    /// Change what rings.
    Ring(Ring),
}
