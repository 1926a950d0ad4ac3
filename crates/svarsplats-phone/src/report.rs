//! What is printed: for people, or a line of JSON for each thing. No number, name or secret is in it.

use phone::call::{Call, Registration};
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

/// Tells things as they happen.
#[derive(Debug, Clone, Copy)]
pub struct Teller {
    pub json: bool,
}

impl Teller {
    pub fn registration(self, registration: Registration) {
        let text = match registration {
            Registration::Registered => "registered".to_owned(),
            other => format!("registration: {other:?}"),
        };
        self.tell("registration", &json!(registration), &text);
    }

    pub fn talks(self, call: &Call) {
        self.tell("talks", &json!({ "direction": call.direction }), "the parties talk");
    }

    pub fn over(self, call: &Call, sound: Option<&SessionView>) {
        let report = of_call(call, sound);
        self.tell("call", &report, &lines(&report));
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
            if !value.is_null() && name != "sound" {
                text.push_str(&format!("  {name}: {value}\n"));
            }
        }
    };
    add(report);
    add(report.get("sound").unwrap_or(&Value::Null));
    format!("the call is over\n{}", text.trim_end())
}
