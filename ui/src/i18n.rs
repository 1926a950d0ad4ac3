//! Texts, Swedish and English, from `locales/`. The root is drawn anew when the language changes, so a
//! text is read once and needs no subscription.

use crate::transport::word;
use contract::Code;
use contract::cases::{CaseAlarm, HistoryKind};
use contract::desk::StartStep;
use contract::domain::Timestamp;
use contract::domain::agent::PauseReason;
use contract::domain::alarm::{AlarmKind, AlarmStep};
use contract::domain::case::CaseStatus;
use contract::domain::contact::{Channel, Disposition};
use contract::domain::handoff::{HandoffStage, HandoffWarning};
use contract::domain::holidays::PublicHoliday;
use contract::phone::{CallQuality, EndCause, PhoneFault, TransferStep};
use std::cell::Cell;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    Swedish,
    English,
}

impl Locale {
    /// From a BCP 47 tag; Swedish for anything that is not English.
    pub fn from_tag(tag: &str) -> Self {
        if tag == "en" || tag.starts_with("en-") { Self::English } else { Self::Swedish }
    }
    /// BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Swedish => "sv",
            Self::English => "en",
        }
    }
}

thread_local! {
    static LOCALE: Cell<Locale> = const { Cell::new(Locale::Swedish) };
}

/// The language now.
pub fn locale() -> Locale {
    LOCALE.get()
}

/// Changes the language; whoever calls draws the root anew.
pub fn set_locale(locale: Locale) {
    LOCALE.set(locale);
}

/// The text of `key`.
pub fn t(key: K) -> &'static str {
    text(locale(), key).unwrap_or_default()
}

/// From the page, which carries the texts of [`K`] in their order, each language under its tag. A text in the
/// module would have to be compiled past at every start, in a language that is perhaps not worked in.
#[cfg(target_arch = "wasm32")]
fn text(locale: Locale, key: K) -> Option<&'static str> {
    thread_local! {
        static TEXTS: [std::cell::OnceCell<Vec<&'static str>>; 2] = const { [const { std::cell::OnceCell::new() }; 2] };
    }
    TEXTS.with(|languages| {
        let read = || crate::edge::data(locale.tag()).into_iter().map(|text| &*text.leak()).collect();
        languages.get(locale as usize)?.get_or_init(read).get(key as usize).copied()
    })
}

#[cfg(not(target_arch = "wasm32"))]
fn text(locale: Locale, key: K) -> Option<&'static str> {
    TEXTS.get(locale as usize)?.get(key as usize).copied()
}

/// The text of `key` with its placeholders filled.
pub fn tf(key: K, values: &[(&str, &str)]) -> String {
    values.iter().fold(t(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What happened, that nothing was lost, what to do.
pub fn error(code: Code) -> &'static str {
    t(match code {
        Code::Unauthenticated => K::ErrorUnauthenticated,
        Code::WrongCredentials => K::ErrorWrongCredentials,
        Code::Throttled => K::ErrorThrottled,
        Code::Forbidden => K::ErrorForbidden,
        Code::NotFound => K::ErrorNotFound,
        Code::Invalid => K::ErrorInvalid,
        Code::TooLarge => K::ErrorTooLarge,
        Code::Conflict => K::ErrorConflict,
        Code::Stale => K::ErrorStale,
        Code::WrongState => K::ErrorWrongState,
        Code::TooLate => K::ErrorTooLate,
        Code::Missing => K::ErrorMissing,
        Code::ContractMismatch => K::ErrorContractMismatch,
        Code::Unavailable => K::ErrorUnavailable,
        Code::Locked => K::ErrorLocked,
        Code::WrongPassphrase => K::ErrorWrongPassphrase,
        Code::DiskFull => K::ErrorDiskFull,
        Code::NoSoundDevice => K::ErrorNoSoundDevice,
        Code::NoPhone => K::ErrorNoPhone,
        Code::Internal => K::ErrorInternal,
    })
}

/// How a contact ended.
pub fn disposition(disposition: Disposition) -> &'static str {
    t(match disposition {
        Disposition::Solved => K::DispSolved,
        Disposition::Transferred => K::DispTransferred,
        Disposition::ForwardedBySwitchboard => K::DispForwardedBySwitchboard,
        Disposition::RegisteredElsewhere => K::DispRegisteredElsewhere,
        Disposition::ReferredToSelfService => K::DispReferredToSelfService,
        Disposition::ReferredToInternalService => K::DispReferredToInternalService,
        Disposition::AskedToReturn => K::DispAskedToReturn,
        Disposition::ReceivedAndRegistered => K::DispReceivedAndRegistered,
        Disposition::MessageSent => K::DispMessageSent,
        Disposition::HandedOver => K::DispHandedOver,
    })
}

/// An alarm, in words: how near, what, and by when.
pub fn alarm(alarm: &CaseAlarm, now: Timestamp) -> String {
    let near = if alarm.step == AlarmStep::Soon { K::AlarmSoon } else { K::AlarmOverdue };
    let what = match alarm.kind {
        AlarmKind::Receipt => K::AlarmReceipt,
        AlarmKind::Response => K::AlarmResponse,
        AlarmKind::Resolution => K::AlarmResolution,
        AlarmKind::Promise => K::AlarmPromise,
        AlarmKind::Opinion => K::AlarmOpinion,
        AlarmKind::Returned => K::AlarmReturned,
    };
    let what = tf(what, &[("when", &crate::format::when(alarm.due, now))]);
    // Nothing was due: it has happened.
    if alarm.kind == AlarmKind::Returned { what } else { format!("{}: {what}", t(near)) }
}

/// A channel.
pub fn channel(channel: Channel) -> &'static str {
    t(match channel {
        Channel::Call => K::ChannelCall,
        Channel::Visit => K::ChannelVisit,
        Channel::Email => K::ChannelEmail,
        Channel::Chat => K::ChannelChat,
        Channel::Sms => K::ChannelSms,
        Channel::Web => K::ChannelWeb,
        Channel::Letter => K::ChannelLetter,
    })
}

/// Every channel, in the order they are offered.
pub const CHANNELS: [Channel; 7] = [
    Channel::Call,
    Channel::Email,
    Channel::Sms,
    Channel::Letter,
    Channel::Visit,
    Channel::Chat,
    Channel::Web,
];

/// A channel from its name on the wire.
pub fn channel_from(name: &str) -> Option<Channel> {
    word(name)
}

/// A disposition from its name on the wire.
pub fn disposition_from(name: &str) -> Option<Disposition> {
    word(name)
}

/// A closed enum's name on the wire, as an `<option>`'s value.
pub fn wire<T: serde::Serialize>(value: T) -> String {
    serde_json::to_string(&value).unwrap_or_default().trim_matches('"').to_owned()
}

/// Why an agent takes no calls.
pub fn pause(reason: PauseReason) -> &'static str {
    t(match reason {
        PauseReason::Break => K::PauseBreak,
        PauseReason::Lunch => K::PauseLunch,
        PauseReason::Meeting => K::PauseMeeting,
        PauseReason::Training => K::PauseTraining,
        PauseReason::OtherWork => K::PauseOtherWork,
    })
}

/// Where a case stands.
pub fn case_status(status: CaseStatus) -> &'static str {
    t(match status {
        CaseStatus::Open => K::StatusCaseOpen,
        CaseStatus::Leaving => K::StatusCaseLeaving,
        CaseStatus::HandedOver => K::StatusCaseHandedOver,
        CaseStatus::Accepted => K::StatusCaseAccepted,
        CaseStatus::Answered => K::StatusCaseAnswered,
        CaseStatus::Confirming => K::StatusCaseConfirming,
        CaseStatus::Closed => K::StatusCaseClosed,
    })
}

/// Where a handoff stands.
pub fn stage(stage: HandoffStage) -> &'static str {
    t(match stage {
        HandoffStage::Leaving => K::StageLeaving,
        HandoffStage::Undone => K::StageUndone,
        HandoffStage::Waiting => K::StageWaiting,
        HandoffStage::Accepted => K::StageAccepted,
        HandoffStage::Returned => K::StageReturned,
        HandoffStage::Expired => K::StageExpired,
        HandoffStage::TakenBack => K::StageTakenBack,
        HandoffStage::Done => K::StageDone,
    })
}

/// A line of history.
pub fn history(kind: HistoryKind) -> &'static str {
    t(match kind {
        HistoryKind::Registered => K::HistRegistered,
        HistoryKind::HandoffSent => K::HistHandoffSent,
        HistoryKind::HandoffUndone => K::HistHandoffUndone,
        HistoryKind::HandoffLeft => K::HistHandoffLeft,
        HistoryKind::Accepted => K::HistAccepted,
        HistoryKind::Assigned => K::HistAssigned,
        HistoryKind::Asked => K::HistAsked,
        HistoryKind::Replied => K::HistReplied,
        HistoryKind::Withdrawn => K::HistWithdrawn,
        HistoryKind::Informed => K::HistInformed,
        HistoryKind::Returned => K::HistReturned,
        HistoryKind::ReceiptExpired => K::HistReceiptExpired,
        HistoryKind::TakenBack => K::HistTakenBack,
        HistoryKind::LinkRenewed => K::HistLinkRenewed,
        HistoryKind::Rewritten => K::HistRewritten,
        HistoryKind::Answered => K::HistAnswered,
        HistoryKind::Confirmed => K::HistConfirmed,
        HistoryKind::NotSatisfied => K::HistNotSatisfied,
        HistoryKind::Parked => K::HistParked,
        HistoryKind::Unparked => K::HistUnparked,
        HistoryKind::Closed => K::HistClosed,
        HistoryKind::Reopened => K::HistReopened,
        HistoryKind::AlarmRaised => K::HistAlarmRaised,
        HistoryKind::AlarmSeen => K::HistAlarmSeen,
    })
}

/// A warning before a handoff.
pub fn warning(warning: HandoffWarning) -> &'static str {
    t(match warning {
        HandoffWarning::GroupClosed => K::WarnGroupClosed,
        HandoffWarning::MayBeSolvedHere => K::WarnMayBeSolvedHere,
        HandoffWarning::NoWayToReply => K::WarnNoWayToReply,
        HandoffWarning::PersonnummerInText => K::WarnPersonnummerInText,
        HandoffWarning::PromiseBeforeDeadline => K::WarnPromiseBeforeDeadline,
    })
}

/// What ended a call.
pub fn end_cause(cause: EndCause) -> &'static str {
    t(match cause {
        EndCause::HungUp => K::EndHungUp,
        EndCause::RemoteHungUp => K::EndRemoteHungUp,
        EndCause::Transferred => K::EndTransferred,
        EndCause::TransferredByRemote => K::EndTransferredByRemote,
        EndCause::Cancelled => K::EndCancelled,
        EndCause::Declined => K::EndDeclined,
        EndCause::NotTaken => K::EndNotTaken,
        EndCause::AnsweredElsewhere => K::EndAnsweredElsewhere,
        EndCause::Busy => K::EndBusy,
        EndCause::Refused => K::EndRefused,
        EndCause::NoAnswer => K::EndNoAnswer,
        EndCause::NoSuchNumber => K::EndNoSuchNumber,
        EndCause::NoSoundDevice => K::EndNoSoundDevice,
        EndCause::Network => K::EndNetwork,
        EndCause::NotEncrypted => K::EndNotEncrypted,
    })
}

/// How a transfer goes, or why it came to nothing.
pub fn transfer(step: TransferStep) -> &'static str {
    t(match step {
        TransferStep::Asked => K::TransferAsked,
        TransferStep::Ringing => K::TransferRinging,
        TransferStep::Busy => K::TransferBusy,
        TransferStep::NoAnswer => K::TransferNoAnswer,
        TransferStep::NoSuchNumber => K::TransferNoSuchNumber,
        TransferStep::Refused => K::TransferRefused,
    })
}

/// How a call sounds, and why it does not sound good.
pub fn quality(quality: CallQuality) -> &'static str {
    t(match quality {
        CallQuality::Good => K::QualityGood,
        CallQuality::FairLoss => K::QualityFairLoss,
        CallQuality::FairJitter => K::QualityFairJitter,
        CallQuality::FairDelay => K::QualityFairDelay,
        CallQuality::BadLoss => K::QualityBadLoss,
        CallQuality::BadJitter => K::QualityBadJitter,
        CallQuality::BadDelay => K::QualityBadDelay,
    })
}

/// What is wrong with the phone, and what to do.
pub fn phone_fault(fault: PhoneFault) -> &'static str {
    t(match fault {
        PhoneFault::NoMicrophone => K::FaultNoMicrophone,
        PhoneFault::NoSoundDevice => K::FaultNoSoundDevice,
        PhoneFault::NoSpeaker => K::FaultNoSpeaker,
        PhoneFault::NoRingDevice => K::FaultNoRingDevice,
        PhoneFault::OtherDevice => K::FaultOtherDevice,
        PhoneFault::NoSoundFromRemote => K::FaultNoSoundFromRemote,
        PhoneFault::LineTaken => K::FaultLineTaken,
        PhoneFault::BadTarget => K::FaultBadTarget,
        PhoneFault::HoldRefused => K::FaultHoldRefused,
        PhoneFault::KeysRefused => K::FaultKeysRefused,
    })
}

/// A step of the start.
pub fn step(step: StartStep) -> &'static str {
    t(match step {
        StartStep::Store => K::StartingStore,
        StartStep::Service => K::StartingService,
        StartStep::Knowledge => K::StartingKnowledge,
    })
}

/// A public holiday's name.
pub fn holiday(holiday: PublicHoliday) -> &'static str {
    t(match holiday {
        PublicHoliday::NewYearsDay => K::HolidayNewYearsDay,
        PublicHoliday::Epiphany => K::HolidayEpiphany,
        PublicHoliday::GoodFriday => K::HolidayGoodFriday,
        PublicHoliday::EasterDay => K::HolidayEasterDay,
        PublicHoliday::EasterMonday => K::HolidayEasterMonday,
        PublicHoliday::FirstOfMay => K::HolidayFirstOfMay,
        PublicHoliday::AscensionDay => K::HolidayAscensionDay,
        PublicHoliday::Pentecost => K::HolidayPentecost,
        PublicHoliday::NationalDay => K::HolidayNationalDay,
        PublicHoliday::MidsummerDay => K::HolidayMidsummerDay,
        PublicHoliday::AllSaintsDay => K::HolidayAllSaintsDay,
        PublicHoliday::ChristmasDay => K::HolidayChristmasDay,
        PublicHoliday::BoxingDay => K::HolidayBoxingDay,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_keys() {
        assert_eq!(KEYS[K::PhoneHangUp as usize], "phone.hang_up");
        assert_eq!(KEYS[K::Month12 as usize], "month.12");
    }

    #[test]
    fn placeholders_are_filled() {
        set_locale(Locale::English);
        assert_eq!(tf(K::CaseRegistered, &[("number", "2026-000123")]), "Registered: 2026-000123");
        set_locale(Locale::Swedish);
        assert_eq!(tf(K::AgentThen, &[("what", "Rast")]), "sedan: Rast");
    }

    #[test]
    fn every_holiday_has_a_name() {
        assert!(PublicHoliday::ALL.iter().all(|h| !holiday(*h).is_empty()));
    }

    #[test]
    fn every_error_says_something_of_its_own() {
        let mut seen: Vec<&str> = Code::ALL.iter().map(|code| error(*code)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), Code::ALL.len());
    }
}
