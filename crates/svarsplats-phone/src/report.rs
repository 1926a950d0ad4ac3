//! What is printed: for people, or a line of JSON for each thing. No number, name or secret is in it.

use phone::call::{Call, CallState, EndCause, Registration, Side};
use phone::media::Codec;
use phone::media::quality::{Cause, Grade};
use phone::rtp::SessionView;
use serde_json::{Value, json};

/// How a call went.
pub fn of_call(call: &Call, sound: Option<&SessionView>) -> Value {
    json!({
        "direction": call.direction,
        "end": call.state,
        "setup_ms": call.answered.map(|answered| answered.saturating_sub(call.offered)),
        "talk_ms": call.answered.map(|answered| call.since.saturating_sub(answered)),
        "encrypted": call.encrypted,
        "sound": sound.map(of_sound),
    })
}

fn of_sound(view: &SessionView) -> Value {
    let (stats, heard) = (view.stats(), view.heard());
    let quality = heard.and_then(|heard| heard.quality);
    json!({
        "codec": heard.map(|heard| codec(heard.codec)),
        "sent": stats.sent,
        "received": stats.received,
        "lost": heard.map(|heard| heard.lost),
        "late": heard.map(|heard| heard.late),
        "concealed": stats.concealed,
        "jitter_ms": heard.map(|heard| tenths(heard.jitter_ms)),
        "round_trip_ms": heard.map(|heard| heard.round_trip_ms).filter(|ms| *ms > 0.0).map(tenths),
        "buffer_ms": heard.map(|heard| tenths(heard.buffer_ms)),
        "rating": quality.map(|quality| tenths(quality.rating)),
        "mos": quality.map(|quality| (quality.mos * 100.0).round() / 100.0),
        "grade": quality.map(|quality| grade(quality.grade)),
        "rating_there": heard.and_then(|heard| heard.rating_there),
        "cause": quality.and_then(|quality| quality.cause).map(cause),
    })
}

pub fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn codec(codec: Codec) -> &'static str {
    match codec {
        Codec::Opus => "opus",
        Codec::G722 => "G722",
        Codec::Pcma => "PCMA",
        Codec::Pcmu => "PCMU",
    }
}

fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Good => "good",
        Grade::Fair => "fair",
        Grade::Bad => "bad",
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Loss => "loss",
        Cause::Jitter => "jitter",
        Cause::Delay => "delay",
    }
}

/// How the phone stands with the exchange, for people.
pub fn stands(registration: Registration) -> String {
    match registration {
        Registration::Registered => "registered".into(),
        Registration::Registering => "not registered: the exchange has not answered yet".into(),
        Registration::Off => "not registered: the phone has stopped".into(),
        Registration::Failed { reason, .. } => format!("not registered: {reason}"),
    }
}

/// How a call ended, for people.
fn ended(cause: EndCause) -> String {
    let text = match cause {
        EndCause::HungUp { by: Side::Here } => "hung up here",
        EndCause::HungUp { by: Side::There } => "the other end hung up",
        EndCause::Transferred { .. } => "transferred",
        EndCause::Declined { by: Side::Here } => "declined here",
        EndCause::Declined { by: Side::There } => "the other end declined",
        EndCause::Cancelled { by: Side::Here } => "given up here before the answer",
        EndCause::Cancelled { by: Side::There } => "the caller gave up before the answer",
        EndCause::NotTaken => "nobody took it",
        EndCause::TakenElsewhere => "somebody else took it",
        EndCause::Busy => "the other end is busy",
        EndCause::TimedOut => "nobody answered in time",
        EndCause::NoMicrophone => "there is no microphone",
        EndCause::NoSpeaker => "there is no speaker",
        EndCause::NoDevice => "there is neither microphone nor speaker",
        EndCause::Network => "the network or the exchange was lost",
        EndCause::NoCommonMedia => "the two ends share no codec, or not the same encryption",
        EndCause::NotEncrypted { fault } => return fault.to_string(),
        EndCause::Refused { status } => return format!("refused (SIP status {status})"),
    };
    text.to_owned()
}

/// Tells things as they happen.
#[derive(Debug, Clone, Copy)]
pub struct Teller {
    pub json: bool,
}

impl Teller {
    pub fn registration(self, registration: Registration) {
        self.tell("registration", &json!(registration), &stands(registration));
    }

    pub fn talks(self, call: &Call) {
        self.tell("talks", &json!({ "direction": call.direction }), "the parties talk");
    }

    pub fn over(self, call: &Call, sound: Option<&SessionView>) {
        let report = of_call(call, sound);
        let how = match call.state {
            CallState::Ended { cause } => ended(cause),
            _ => "it was left".into(),
        };
        self.tell("call", &report, &format!("the call is over: {how}\n{}", lines(&report)));
    }

    pub fn tell(self, kind: &str, value: &Value, text: &str) {
        if self.json {
            println!("{}", json!({ kind: value }));
        } else {
            println!("{text}");
        }
    }
}

/// `name: value`, one a line, without what is unknown.
fn lines(report: &Value) -> String {
    let mut text = String::new();
    let mut add = |fields: &Value| {
        for (name, value) in fields.as_object().into_iter().flatten() {
            if !value.is_null() && name != "sound" && name != "end" {
                text.push_str(&format!("  {name}: {value}\n"));
            }
        }
    };
    add(report);
    add(report.get("sound").unwrap_or(&Value::Null));
    text.trim_end().to_owned()
}
