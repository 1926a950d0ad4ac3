//! The phone, as the window shows it.

use domain::{ContactId, EntryId, Personal, QueueId, Timestamp};
use serde::{Deserialize, Serialize};

/// Number of a call at this desk, unique while the desk runs.
pub type CallNumber = u64;

/// The phone as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneView {
    /// Of two views the one with the higher number is the newer, while the desk runs.
    #[serde(default)]
    pub sequence: u64,
    /// Registration with the exchange.
    pub registration: Registration,
    /// Calls, oldest first; the last ended ones stay, so that their end can be read.
    pub calls: Vec<CallView>,
    /// What the agent has to know beside the calls; gone when it is over.
    #[serde(default)]
    pub fault: Option<PhoneFault>,
}

/// Something about the phone that the agent has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhoneFault {
    /// There is no microphone, or it was lost.
    NoMicrophone,
    /// There is no speaker, or it was lost.
    NoSpeaker,
    /// There is neither, or both were lost.
    NoSoundDevice,
    /// The device that shall ring is missing.
    NoRingDevice,
    /// A device was lost in a call, which goes on through the computer's own choice.
    OtherDevice,
    /// Nothing is heard from the other. The call stands.
    NoSoundFromRemote,
    /// Dialled while a call goes on.
    LineTaken,
    /// What was dialled is no number.
    BadTarget,
    /// The other did not agree to a hold or a resume.
    HoldRefused,
    /// Keys did not reach the other, who takes none, or is on hold.
    KeysRefused,
}

/// Registration with the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// There is no phone account, or nobody has signed in.
    #[default]
    None,
    /// Trying.
    Registering,
    /// Calls can come.
    Registered,
    /// The exchange does not accept the account.
    WrongCredentials,
    /// The exchange cannot be reached; tried again by itself.
    Unreachable,
    /// The exchange's certificate has expired.
    CertificateExpired,
    /// The exchange's certificate is not valid yet, or this computer's clock is wrong.
    CertificateNotYetValid,
    /// The exchange's certificate is for another name.
    CertificateWrongName,
    /// The exchange's certificate is from an issuer that is not trusted here.
    CertificateUnknown,
    /// What should be a certificate is none: the exchange's, or the municipality's own authorities.
    CertificateUnreadable,
    /// The exchange's certificate is revoked, or not made for servers.
    CertificateUnsuitable,
    /// The exchange does not agree to an encrypted connection.
    EncryptionRefused,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallView {
    /// Number at this desk.
    pub number: CallNumber,
    /// It came to us, or we dialled.
    pub direction: Direction,
    /// How it stands.
    pub state: CallState,
    /// The other's number as E.164, or what the exchange sent; empty when withheld.
    pub remote: Personal<String>,
    /// The other's name as the exchange tells it.
    pub remote_name: Option<Personal<String>>,
    /// The contact's id from the exchange, else one made by the desk.
    pub contact: ContactId,
    /// Entry.
    pub entry: Option<EntryId>,
    /// Queue.
    pub queue: Option<QueueId>,
    /// Menu choice.
    pub menu: Option<String>,
    /// Seconds it had waited when it was offered.
    pub waited_seconds: Option<u32>,
    /// In this state since.
    pub since: Timestamp,
    /// Answered at; talk time counts from here.
    pub answered_at: Option<Timestamp>,
    /// Our microphone is off.
    pub muted: bool,
    /// We hold.
    pub held: bool,
    /// A hold (`true`) or resume of ours that the other has not agreed to yet; neither hears the other.
    #[serde(default)]
    pub hold_asked: Option<bool>,
    /// The other holds.
    pub held_by_remote: bool,
    /// In a conference with the other call, or about to be; held or over, it is one no longer.
    #[serde(default)]
    pub conference: bool,
    /// How its transfer goes, or why the last one came to nothing; the call is back then.
    #[serde(default)]
    pub transfer: Option<TransferStep>,
    /// How it sounds, of late; once it is over, how it sounded as a whole. `None` when too little was heard.
    #[serde(default)]
    pub quality: Option<CallQuality>,
    /// The sound is encrypted between this desk and the exchange, both ways.
    #[serde(default)]
    pub encrypted: bool,
    /// Nobody between this desk and the exchange hears it or sees whom it is with: sound and signalling are encrypted,
    /// both ways, with an exchange whose certificate is good.
    #[serde(default)]
    pub secure: bool,
}

/// How a call sounds: a grade, and what takes most away when it is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallQuality {
    /// Good.
    Good,
    /// Fair: parts of the sound are lost.
    FairLoss,
    /// Fair: the sound comes unevenly.
    FairJitter,
    /// Fair: the sound comes late.
    FairDelay,
    /// Bad: parts of the sound are lost.
    BadLoss,
    /// Bad: the sound comes unevenly.
    BadJitter,
    /// Bad: the sound comes late.
    BadDelay,
}

/// How the transfer of a call goes. When it has come about, the call has ended as
/// [`EndCause::Transferred`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransferStep {
    /// On its way; the other is on hold.
    Asked,
    /// It rings there.
    Ringing,
    /// Failed: busy there.
    Busy,
    /// Failed: nobody answered there in time.
    NoAnswer,
    /// Failed: no such number.
    NoSuchNumber,
    /// Failed: refused, by the exchange or by the other.
    Refused,
}

/// What a simulated resident begins to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResidentSaid {
    /// In which contact; `None` when the resident was called.
    pub contact: Option<ContactId>,
    /// The words.
    pub text: Personal<String>,
}

/// Direction of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It came to us.
    Incoming,
    /// We dialled.
    Outgoing,
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CallState {
    /// Offered to us.
    Ringing,
    /// Taken by us; the sound opens, and the caller hears of it then.
    Answering,
    /// We dial.
    Dialling,
    /// It rings there.
    RingingThere,
    /// Talking, or on hold.
    InCall,
    /// Over.
    Ended {
        /// What happened.
        cause: EndCause,
    },
}

/// What ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// We hung up.
    HungUp,
    /// The other hung up.
    RemoteHungUp,
    /// We connected the other with somebody else.
    Transferred,
    /// The other connected us with somebody else, in a call of its own.
    TransferredByRemote,
    /// The caller gave up before the answer.
    Cancelled,
    /// We declined.
    Declined,
    /// Offered, not taken in time.
    NotTaken,
    /// Another desk answered.
    AnsweredElsewhere,
    /// The other is busy.
    Busy,
    /// The other declined.
    Refused,
    /// Nobody answered there.
    NoAnswer,
    /// No such number.
    NoSuchNumber,
    /// No microphone or speaker: the call could not be taken.
    NoSoundDevice,
    /// The network or the exchange was lost.
    Network,
    /// The sound was to be encrypted, and could not be: somebody else on the way, or an end that does not take part.
    NotEncrypted,
}

/// The agent's own SIP account. The desk keeps it in its encrypted store and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneAccount {
    /// `host:port` of the exchange.
    pub server: String,
    /// `host:port` of a proxy through which all goes, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// Of the sound: `off`, `prefer` or `require`.
    #[serde(default = "prefer", skip_serializing_if = "is_prefer")]
    pub encryption: String,
    /// How its keys are agreed on in the desk's offers: `sdes` or `dtls`.
    #[serde(default = "sdes", skip_serializing_if = "is_sdes")]
    pub keys: String,
    /// Authorities (PEM) that vouch for the exchange beside those of the desk's system; with `tls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<String>,
    /// A number that says again what it hears, for the self-test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<String>,
    /// SIP user.
    pub user: String,
    /// SIP password.
    pub password: Personal<String>,
    /// Display name.
    pub display: Personal<String>,
}

/// What a service means that does not know of it.
fn prefer() -> String {
    "prefer".into()
}

fn is_prefer(encryption: &str) -> bool {
    encryption == "prefer"
}

fn sdes() -> String {
    "sdes".into()
}

fn is_sdes(keys: &str) -> bool {
    keys == "sdes"
}

/// A command about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnCall {
    /// Which.
    pub call: CallNumber,
}

/// Something on a call switched on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Switch {
    /// Which call.
    pub call: CallNumber,
    /// On or off.
    pub on: bool,
}

/// A call to transfer without asking first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transfer {
    /// Whose party is connected on.
    pub call: CallNumber,
    /// To whom, as typed.
    pub number: Personal<String>,
}

/// Two answered calls to connect with each other, or to bring together in a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectCalls {
    /// Whose party is connected on, or one of the conference.
    pub call: CallNumber,
    /// With the party of this one.
    pub with: CallNumber,
}

/// Keys to press in a call, for the other end to hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PressKeys {
    /// In which call.
    pub call: CallNumber,
    /// 0–9, `*`, `#`, A–D, in order; at most 32. They may be a code or a personal number.
    pub keys: Personal<String>,
}

/// A number to dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dial {
    /// As typed, or from a `tel:`/`sip:` link.
    pub number: Personal<String>,
}

/// Sound devices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Devices {
    /// Microphones.
    pub inputs: Vec<SoundDevice>,
    /// Speakers and headsets.
    pub outputs: Vec<SoundDevice>,
    /// What is chosen.
    pub chosen: ChooseDevices,
    /// Headsets with buttons.
    #[serde(default)]
    pub headsets: Vec<Headset>,
}

/// A headset with buttons that take and end calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Headset {
    /// What its maker calls it.
    pub name: String,
    /// The buttons are used. Else this account has no right to read them.
    pub used: bool,
}

/// A sound device of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SoundDevice {
    /// What it is chosen by.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Chosen devices by their ids; `None`: the system's own choice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChooseDevices {
    /// Microphone.
    pub microphone: Option<String>,
    /// Where the other's voice is heard.
    pub speaker: Option<String>,
    /// Where it rings.
    pub ring: Option<String>,
    /// What is done to the microphone's sound.
    #[serde(default, skip_serializing_if = "VoiceChoice::is_all")]
    pub voice: VoiceChoice,
}

/// What is done to the microphone's sound on its way to the other; all of it unless chosen otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VoiceChoice {
    /// The echo of the speaker is taken out.
    pub echo: bool,
    /// Noise is made fainter.
    pub noise: bool,
    /// Quiet and loud speakers are brought to one level.
    pub gain: bool,
}

impl Default for VoiceChoice {
    fn default() -> Self {
        Self { echo: true, noise: true, gain: true }
    }
}

impl VoiceChoice {
    fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// What the self-test before the shift found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneCheckup {
    /// One after the other.
    pub parts: Vec<CheckedPart>,
    /// The same for support, in English, a line each: names neither persons nor numbers nor devices.
    pub report: String,
}

/// One part of the self-test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckedPart {
    /// Which.
    pub part: PhonePart,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// The microphone's loudest, dB below full scale; the delay of the phone's own sound, or there and back through the
    /// exchange, milliseconds.
    pub figure: Option<i32>,
}

/// What the self-test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhonePart {
    /// Opens, and gives sound.
    Microphone,
    /// Opens, and takes sound.
    Speaker,
    /// How late the phone's own sound is.
    Delay,
    /// The exchange knows the phone.
    Registration,
    /// A call through the exchange, to a number that says again what it hears.
    Echo,
    /// The headset's buttons.
    Buttons,
}

/// What came of a part of the self-test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It works.
    Works,
    /// It may not: a microphone that gives nothing may be off.
    Doubtful,
    /// It does not work.
    Fails,
    /// It was not looked at.
    NotTried,
}
