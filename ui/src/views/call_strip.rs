//! The calls as a strip at the top, where the panes stand under each other.

use crate::components::shape::{Shape, badge};
use crate::components::{button, key};
use crate::dom::prelude::*;
use crate::edge;
use crate::i18n::{K, t};
use crate::keys::Action;
use crate::state::App;
use crate::state::phone;
use crate::views::phone::{greeting, look, queue_name, running, who, wire_state};
use contract::phone::{CallState, CallView};

/// The calls where the panes stand under each other: in sight however far one has scrolled. A wide window, whose
/// phone pane is always in sight, does not show it.
pub fn view(app: App) -> AnyView {
    let floor = Memo::new(move |_| app.phone.with(phone::floor));
    view! {
        {move || {
            let live = |call: &CallView| !matches!(call.state, CallState::Ended { .. });
            let calls: Vec<CallView> = floor.get().into_iter().filter(live).collect();
            edge::hold_still();
            (!calls.is_empty()).then(|| {
                let rows = calls.into_iter().enumerate();
                let rows = rows.map(|(place, call)| strip_row(app, call, place == 0)).collect_view();
                view! { <section class="call-strip" aria-label=t(K::PhoneOffered)>{rows}</section> }
            })
        }}
    }
    .into_any()
}

fn strip_row(app: App, call: CallView, foremost: bool) -> AnyView {
    let (kind, tone, word) = look(&call);
    let offered = call.state == CallState::Ringing;
    let not_begun = offered || call.state == CallState::Answering;
    let word = if offered && !foremost { t(K::PhoneWaiting) } else { word };
    let time = running(app, &call);
    let queue = queue_name(app, &call).filter(|_| offered);
    let say = greeting(app, &call).filter(|_| offered);
    let class = if offered { "strip-call offered" } else { "strip-call" };
    view! {
        <div class=class data-call-state=wire_state(call.state)>
            <p class="strip-who">
                {badge((kind, tone), word)}<span class="time">{time}</span>
                <strong class="number">{who(&call)}</strong>
                {call.muted.then(|| badge((Shape::Cross, "bad"), t(K::PhoneMuted)))}
                {queue.map(|queue| view! { <span>{queue}</span> })}
            </p>
            {say.map(|text| view! { <p class="greeting"><span class="say">{t(K::PhoneSay)}</span>" "{text}</p> })}
            <div class="strip-buttons">
                {offered.then(|| {
                    button(app, "strip-answer", "primary", t(K::PhoneAnswer), Action::Answer, move || phone::answer(app))
                })}
                <button type="button" class=if not_begun { "" } else { "end" } on:click=move |_| phone::end(app, &call)>
                    {t(if not_begun { K::PhoneDecline } else { K::PhoneHangUp })}
                    {foremost.then(|| key(app, Action::HangUp))}
                </button>
            </div>
        </div>
    }
    .into_any()
}
