//! The pages behind a link: plain HTML without a script, in Swedish.

use super::steps::Step;
use super::texts::{filled, text};
use contract::cases::CaseView;
use domain::Timestamp;
use domain::case::CaseStatus;
use domain::contact::Channel;
use domain::service_hours::wall_clock;
use std::fmt::Write as _;

/// Why a link does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sorry {
    /// It is none of ours, or was altered.
    Bad,
    /// It has been used.
    Used,
    /// Its time is over.
    Expired,
    /// The group does not have the case any more.
    Over,
    /// A newer link was sent.
    Replaced,
}

/// Why a step was not done that can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Something is to be filled in.
    Missing,
    /// It is longer than is taken.
    TooLong,
}

/// Why a request got no page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is no form of ours.
    Unread,
    /// It comes by another address than the links lead to, or from another page.
    Elsewhere,
    /// More was sent than any form holds.
    TooLarge,
    /// Too many tries.
    Patience,
    /// The service cannot now.
    Later,
}

/// A page.
#[derive(Debug)]
pub(crate) enum Page {
    /// The case, with what can be done.
    Case {
        /// The link.
        link: String,
        /// As the group may see it.
        view: Box<CaseView>,
        /// What it is about.
        type_name: Option<String>,
        /// What was tried and lacks something.
        tried: Option<(Step, Wrong)>,
        /// Now.
        now: Timestamp,
    },
    /// The receipt is given; here it goes on.
    Next(String),
    /// It was answered, or given back.
    Thanks(bool),
    /// This very step was done by the link before.
    Already(Step),
    /// The link does nothing.
    Sorry(Sorry),
}

const STYLE: &str = "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;\
    color:#1a1a1a;background:#fff}h1{font-size:1.4rem}dt{font-weight:600;margin-top:.6rem}dd{margin:0;\
    white-space:pre-wrap}fieldset{border:1px solid #767676;border-radius:4px;margin:1.2rem 0;padding:1rem}\
    label{display:block;font-weight:600;margin-top:.6rem}textarea,select{font:inherit;width:100%;\
    box-sizing:border-box;padding:.4rem;border:1px solid #767676}button{font:inherit;margin-top:1rem;\
    padding:.5rem 1rem;background:#0b5cad;color:#fff;border:0;border-radius:4px}\
    button:focus-visible,textarea:focus-visible,select:focus-visible{outline:3px solid #0b5cad;outline-offset:2px}\
    .wrong{border-left:4px solid #b3261e;padding-left:.8rem}";

impl Page {
    /// The status of HTTP that goes with it.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Case { tried: Some(_), .. } => 422,
            Self::Case { .. } | Self::Thanks(_) | Self::Already(_) => 200,
            Self::Next(_) => 303,
            Self::Sorry(Sorry::Bad) => 404,
            Self::Sorry(_) => 410,
        }
    }

    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        match self {
            Self::Case { link, view, type_name, tried, now } => {
                case(link, view, type_name.as_deref(), tried.as_ref(), *now)
            }
            Self::Next(_) => String::new(),
            Self::Thanks(true) => whole(text("thanks_title"), &paragraph(text("thanks_back"))),
            Self::Thanks(false) => whole(text("thanks_title"), &paragraph(text("thanks_answer"))),
            Self::Already(step) => {
                let done = match step {
                    Step::Accept => "already_accepted",
                    Step::Answer { .. } => "already_answered",
                    Step::GiveBack { .. } => "already_back",
                };
                whole(text("thanks_title"), &paragraph(text(done)))
            }
            Self::Sorry(sorry) => {
                let why = match sorry {
                    Sorry::Bad => "bad",
                    Sorry::Used => "used",
                    Sorry::Expired => "expired",
                    Sorry::Over => "over",
                    Sorry::Replaced => "replaced",
                };
                whole(text("sorry_title"), &(paragraph(text(why)) + &paragraph(text("nothing_done"))))
            }
        }
    }
}

/// The page of a request that got none of its own.
pub(crate) fn trouble(trouble: Trouble) -> String {
    let (why, what) = match trouble {
        Trouble::Unread => ("unread", "nothing_done"),
        Trouble::Elsewhere => ("elsewhere", "nothing_done"),
        Trouble::TooLarge => ("too_large", "nothing_done"),
        Trouble::Patience => ("patience", "try_later"),
        // What went wrong may have been done all the same: the page behind the link tells.
        Trouble::Later => ("later", "try_later"),
    };
    whole(text("trouble_title"), &(paragraph(text(why)) + &paragraph(text(what))))
}

fn whole(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"sv\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>"
    )
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text))
}

fn case(
    link: &str,
    view: &CaseView,
    type_name: Option<&str>,
    tried: Option<&(Step, Wrong)>,
    now: Timestamp,
) -> String {
    let wrong = tried.map(|(_, wrong)| match wrong {
        Wrong::Missing => "missing",
        Wrong::TooLong => "too_long",
    });
    let tried = tried.map(|(step, _)| step);
    let number = view.summary.number.to_string();
    let waits = view.summary.status == CaseStatus::HandedOver;
    let mut body = String::new();
    if let Some(wrong) = wrong {
        let _ = write!(body, "<p class=\"wrong\" role=\"alert\">{}</p>", escaped(text(wrong)));
    }
    body += &paragraph(text(if waits { "lead" } else { "lead_accepted" }));
    body += &facts(view, type_name, now);
    let action = format!("/lank/{}", escaped(link));
    let form = |step: &str, inner: &str, button: &str| {
        format!(
            "<form method=\"post\" action=\"{action}\"><fieldset><legend>{}</legend>{inner}\
             <button name=\"step\" value=\"{step}\">{}</button></fieldset></form>",
            escaped(button),
            escaped(button)
        )
    };
    if waits {
        body += &form("accept", "", text("accept"));
    }
    body += &form("answer", &answer_fields(tried), text("answer"));
    body += &form("give_back", &give_back_fields(view, tried), text("give_back"));
    whole(&filled("title", &[("number", &number)]), &body)
}

fn facts(view: &CaseView, type_name: Option<&str>, now: Timestamp) -> String {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            facts.push((label.to_owned(), value));
        }
    };
    let summary = &view.summary;
    fact(text("about"), type_name.map(str::to_owned));
    fact(text("customer"), view.protected.masks().then(|| text("protected").to_owned()));
    fact(text("subject"), summary.subject.as_ref().map(|text| text.expose().clone()));
    if let Some(customer) = &view.customer {
        let parts =
            [&customer.name, &customer.phone, &customer.email].map(|part| part.expose().trim().to_owned());
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        fact(text("customer"), Some(parts.join(", ")));
    }
    fact(text("note"), view.note.as_ref().map(|text| text.expose().clone()));
    fact(text("place"), view.place.as_ref().map(|text| text.expose().clone()));
    for (label, value) in &view.fields {
        fact(label, Some(value.expose().clone()));
    }
    if let Some(handoff) = view.handoffs.last() {
        let waits = summary.status == CaseStatus::HandedOver;
        fact(text("accept_by"), waits.then(|| moment(handoff.receipt_due)).flatten());
        fact(text("answer_by"), moment(handoff.response_due));
    }
    let late = view.handoffs.last().is_some_and(|handoff| handoff.response_due < now);
    fact(text("late"), late.then(|| text("late_say").to_owned()));
    let lines =
        facts.iter().map(|(label, value)| format!("<dt>{}</dt><dd>{}</dd>", escaped(label), escaped(value)));
    format!("<dl>{}</dl>", lines.collect::<String>())
}

fn answer_fields(tried: Option<&Step>) -> String {
    let (written, chosen) = match tried {
        Some(Step::Answer { text, channel }) => (text.expose().as_str(), *channel),
        _ => ("", Channel::Call),
    };
    let ways = [
        (Channel::Call, "call", "channel_call"),
        (Channel::Email, "email", "channel_email"),
        (Channel::Letter, "letter", "channel_letter"),
        (Channel::Visit, "visit", "channel_visit"),
    ];
    let options = ways.map(|(channel, name, key)| {
        let selected = if channel == chosen { " selected" } else { "" };
        format!("<option value=\"{name}\"{selected}>{}</option>", escaped(text(key)))
    });
    format!(
        "<label for=\"answer\">{}</label><textarea id=\"answer\" name=\"text\" rows=\"5\" maxlength=\"8000\" \
         required>{}</textarea><label for=\"channel\">{}</label><select id=\"channel\" name=\"channel\">{}</select>",
        escaped(text("answer_text")),
        escaped(written),
        escaped(text("answer_channel")),
        options.concat()
    )
}

fn give_back_fields(view: &CaseView, tried: Option<&Step>) -> String {
    let (written, chosen) = match tried {
        Some(Step::GiveBack { text, why }) => (text.expose().as_str(), why.as_ref().map(|why| why.as_str())),
        _ => ("", None),
    };
    let options = view.return_reasons.iter().map(|(id, name)| {
        let selected = if chosen == Some(id.as_str()) { " selected" } else { "" };
        format!("<option value=\"{}\"{selected}>{}</option>", escaped(id), escaped(name))
    });
    format!(
        "<label for=\"why\">{}</label><select id=\"why\" name=\"why\" required><option value=\"\">{}</option>{}</select>\
         <label for=\"reason\">{}</label><textarea id=\"reason\" name=\"text\" rows=\"3\" maxlength=\"8000\">{}</textarea>",
        escaped(text("why")),
        escaped(text("choose")),
        options.collect::<String>(),
        escaped(text("reason")),
        escaped(written)
    )
}

/// `2026-11-20 14.30`.
pub(super) fn moment(at: Timestamp) -> Option<String> {
    let wall = wall_clock(at)?;
    Some(format!("{} {:02}.{:02}", wall.date, wall.minute / 60, wall.minute % 60))
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_no_markup() {
        assert_eq!(escaped("<script>'\"&å"), "&lt;script&gt;&#39;&quot;&amp;å");
        let page = whole("<b>", &paragraph("<i>"));
        assert!(!page.contains("<b>") && !page.contains("<i>"));
    }

    #[test]
    fn each_page_that_does_nothing_says_so_in_its_own_words() {
        let all = [Sorry::Bad, Sorry::Used, Sorry::Expired, Sorry::Over, Sorry::Replaced]
            .map(|sorry| Page::Sorry(sorry).html());
        assert!(all.iter().all(|page| page.contains(text("nothing_done"))));
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
