//! An alarm of a case: colour, shape and words, and who has seen it; a rest, which is an alarm of one's own; and whom
//! a case waits for.

use crate::components::shape::{self, Shape, badge};
use crate::dom::prelude::*;
use crate::format;
use crate::i18n::{self, K, t, tf};
use contract::cases::{CaseAlarm, CaseSummary};
use contract::domain::Timestamp;
use contract::domain::case::{Rest, WaitsFor};

/// The mark, and the name of whoever has seen it.
pub fn mark(alarm: &CaseAlarm, now: Timestamp) -> AnyView {
    let seen = alarm.acknowledged_by.as_ref().map(|name| {
        let text = tf(K::AlarmSeen, &[("name", name.expose())]);
        view! { <span class="quiet">{text}</span> }
    });
    view! {
        <span class="alarm" data-alarm=i18n::wire(alarm.step)>
            {badge(shape::alarm(alarm.step), i18n::alarm(alarm, now))}
        </span>
        {seen}
    }
    .into_any()
}

/// Whom a case waits for, and why a group reads one that it does not have.
pub fn waits(case: &CaseSummary, now: Timestamp) -> AnyView {
    let waits = case.waits_for.map(|whom| match whom {
        WaitsFor::Customer => K::WaitCustomer,
        WaitsFor::Front => K::WaitFront,
    });
    let guest = case.guest.map(|guest| match guest.due {
        Some(due) => {
            badge((Shape::Half, "accent"), tf(K::GuestOpinion, &[("when", &format::when(due, now))]))
        }
        None => badge((Shape::Ring, "quiet"), t(K::GuestTold)),
    });
    view! { {waits.map(|key| badge((Shape::Bars, "warn"), t(key)))}{guest} }.into_any()
}

/// Until when a case rests, or that it has come back.
pub fn rest(rest: Rest, now: Timestamp) -> AnyView {
    if rest.over {
        return badge((Shape::Diamond, "accent"), t(K::RestOver));
    }
    badge((Shape::Bars, "quiet"), tf(K::RestUntil, &[("when", &format::when(rest.until, now))]))
}
