//! The calls that are over: what became of each, when, how long, how it sounded. Enter calls again.

use super::phone::who;
use crate::components::shape::{self, Shape, badge};
use crate::components::{key, shortcut};
use crate::dom::prelude::*;
use crate::i18n::{K, end_cause, t};
use crate::keys::Action;
use crate::state::{App, phone};
use crate::{format, i18n, ids};
use contract::phone::{CallState, CallView, Direction};

/// The list, newest first.
pub fn view(app: App) -> AnyView {
    let over = move || {
        app.phone.with(|p| p.calls.iter().rev().filter_map(|call| row(app, call)).collect::<Vec<_>>())
    };
    view! {
        <section class="block calls" aria-labelledby="calls-title">
            <h3 id="calls-title">
                {t(K::CallsTitle)}
                {move || app.phone.with(phone::dialled_last).map(|number| view! {
                    <button type="button" id=ids::REDIAL class="plain small" aria-keyshortcuts=shortcut(app, Action::Redial)
                        on:click=move |_| phone::redial(app, number.clone())>
                        <span class="unseen">{t(K::ActionRedial)}</span>{key(app, Action::Redial)}
                    </button>
                })}
            </h3>
            {move || match over() {
                rows if rows.is_empty() => view! { <p class="quiet">{t(K::CallsNone)}</p> }.into_any(),
                rows => view! { <ul class="case-list" aria-labelledby="calls-title">{rows.into_iter().collect_view()}</ul> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn row(app: App, call: &CallView) -> Option<AnyView> {
    let CallState::Ended { cause } = call.state else { return None };
    let number = call.remote.expose().clone();
    let came = call.direction == Direction::Incoming;
    let look = match call.answered_at {
        Some(_) => (Shape::Check, "quiet"),
        None if came => (Shape::Triangle, "warn"),
        None => (Shape::Ring, "quiet"),
    };
    let length = call.answered_at.map(|answered| format::running(call.since.seconds_since(answered)));
    let times = [Some(format::time(call.answered_at.unwrap_or(call.since))), length];
    let row = view! {
        <li>
            <button type="button" class="case-line call-line" disabled=number.is_empty()
                on:click=move |_| phone::redial(app, number.clone())>
                <span class="case-line-title">{t(if came { K::CallsIn } else { K::CallsOut })}" "{who(call)}</span>
                <span class="case-line-more">
                    {badge(look, end_cause(cause))}
                    <span class="number">{times.into_iter().flatten().collect::<Vec<_>>().join(" · ")}</span>
                </span>
                {call.quality.map(|quality| badge(shape::quality(quality), i18n::quality(quality)))}
            </button>
        </li>
    };
    Some(row.into_any())
}
