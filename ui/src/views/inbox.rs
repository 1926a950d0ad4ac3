//! The case officer's work: what the group has, and the case that is read.

use crate::components::shape::{self, Shape, badge};
use crate::components::{closed_too, more};
use crate::dom::prelude::*;
use crate::i18n::{self, K, t, tf};
use crate::state::App;
use crate::views::{alarm, case_reader, knowledge};
use crate::{edge, format, ids};
use contract::cases::{CaseList, CaseSummary};
use contract::domain::alarm::AlarmKind;
use contract::domain::case::CaseStatus;
use contract::domain::{CaseId, Timestamp};
use web_sys::{KeyboardEvent, MouseEvent};

/// Seconds before a deadline from which it is told as near.
const SOON: i64 = 4 * 3600;

/// The view.
pub fn view(app: App) -> AnyView {
    let group = move || {
        app.me.with(|me| {
            me.as_ref().map(|me| app.structure.with(|s| format::group_name(s, &me.group))).unwrap_or_default()
        })
    };
    let fresh = move || {
        let n = app.inbox.with(|all| all.iter().filter(|c| c.status == CaseStatus::HandedOver).count());
        (n > 0).then(|| badge((Shape::Diamond, "accent"), tf(K::InboxNew, &[("n", &n.to_string())])))
    };
    let chosen = Memo::new(move |_| app.chosen.get());
    let reading = Memo::new(move |_| app.reading.with(Option::is_some));
    view! {
        <main class="inbox-work" class:with-reader=move || reading.get() data-phase="ready">
            <section id=ids::INBOX_PANE class="pane" tabindex="-1" aria-labelledby="inbox-title">
                <div class="pane-head">
                    <h2 id="inbox-title">{move || tf(K::InboxTitle, &[("group", &group())])}</h2>
                    <span role="status">{fresh}</span>
                </div>
                {list(app)}
                {more(app, CaseList::Inbox)}
                {closed_too(app, CaseList::Inbox)}
            </section>
            <section id="read-pane" class="pane case" tabindex="-1" aria-label=t(K::CaseTitle)>
                {move || match chosen.get() {
                    Some(id) => case_reader::view(app, id),
                    None => view! { <div class="empty"><p class="quiet">{t(K::InboxChoose)}</p></div> }.into_any(),
                }}
            </section>
            {move || reading.get().then(|| knowledge::view(app))}
        </main>
    }
    .into_any()
}

fn list(app: App) -> AnyView {
    let keys = Memo::new(move |_| app.inbox.with(|all| all.iter().map(|c| c.id).collect::<Vec<_>>()));
    // Arrows go through the list; Enter on a line is the button's own.
    let arrows = move |event: KeyboardEvent| {
        let step: isize = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        let all = keys.get_untracked();
        let at = app.chosen.get_untracked().and_then(|id| all.iter().position(|c| *c == id));
        let next = match at {
            Some(at) => at.saturating_add_signed(step).min(all.len().saturating_sub(1)),
            None => 0,
        };
        if let Some(id) = all.get(next) {
            app.chosen.set(Some(*id));
            if let Some(row) = edge::find(&format!(".inbox-row[data-case=\"{id}\"]")) {
                let _ = row.focus();
            }
        }
    };
    view! {
        <ul id=ids::INBOX class="inbox" aria-label=t(K::InboxList) on:keydown=arrows>
            {each(move || keys.get(), |id| *id, move |id| row(app, id))}
        </ul>
        {move || keys.with(Vec::is_empty).then(|| view! { <p class="quiet empty">{t(K::InboxNone)}</p> })}
    }
    .into_any()
}

fn row(app: App, id: CaseId) -> AnyView {
    let case = Memo::new(move |_| app.inbox.with(|all| all.iter().find(|c| c.id == id).cloned()));
    view! {
        <li>
            <button type="button" class="inbox-row" data-case=id.to_string()
                data-status=move || case.with(|c| c.as_ref().map(|c| i18n::wire(c.status)))
                aria-current=move || if app.chosen.get() == Some(id) { "true" } else { "false" }
                on:click=move |event: MouseEvent| {
                    app.reading.set(None);
                    app.chosen.set(Some(id));
                    // Arrows only look.
                    edge::follow(&event, ids::CASE_VIEW);
                }>
                {move || case.get().map(|case| line(app, &case))}
            </button>
        </li>
    }
    .into_any()
}

fn line(app: App, case: &CaseSummary) -> AnyView {
    let type_name = app.structure.with(|s| {
        s.case_type(&case.case_type).map_or_else(|| case.case_type.to_string(), |c| c.name.clone())
    });
    let subject = case.subject.as_ref().map_or_else(|| type_name.clone(), |s| s.expose().clone());
    let waits = !matches!(case.status, CaseStatus::Answered | CaseStatus::Confirming | CaseStatus::Closed);
    let alarm = case.alarm.as_ref();
    // Told by the alarm, when it is the same.
    let told = alarm.is_some_and(|alarm| alarm.kind == AlarmKind::Response);
    let due = case.response_due.filter(|_| waits && !told);
    view! {
        <span class="case-line-title">{subject}</span>
        <span class="case-line-more">
            {badge(shape::case(case.status), i18n::case_status(case.status))}
            {alarm::waits(case, app.now.get_untracked())}
            {alarm.map(|alarm| alarm::mark(alarm, app.now.get_untracked()))}
            {due.map(|due| deadline(app, due))}
        </span>
        <span class="case-line-more quiet">
            <span class="number">{case.number.to_string()}</span>
            {case.subject.is_some().then(|| view! { <span>{type_name}</span> })}
        </span>
    }
    .into_any()
}

fn deadline(app: App, due: Timestamp) -> AnyView {
    let word = move || {
        let now = app.now.get();
        let text = format::when(due, now);
        if now > due {
            badge((Shape::Triangle, "bad"), format!("{} {text}", t(K::InboxOverdue)))
        } else if now.plus_seconds(SOON) > due {
            badge((Shape::Half, "warn"), format!("{} {text}", t(K::InboxDue)))
        } else {
            view! { <span class="due-line">{t(K::InboxDue)}" "{text}</span> }.into_any()
        }
    };
    let minute = Memo::new(move |_| app.now.get().0 / 60_000);
    view! { {move || { minute.track(); untrack(word) }} }.into_any()
}
