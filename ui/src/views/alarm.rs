//! An alarm of a case: colour, shape and words, and who has seen it.

use crate::components::shape::{self, badge};
use crate::dom::prelude::*;
use crate::i18n::{self, K, tf};
use contract::cases::CaseAlarm;
use contract::domain::Timestamp;

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
