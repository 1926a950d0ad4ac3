//! The preview of a handoff, in the pane: what goes along, what is missing, by when the group answers and why.

use crate::components::{button, key, typed};
use crate::dom::prelude::*;
use crate::i18n::{self, K, t, tf, wire};
use crate::keys::Action;
use crate::state::App;
use crate::state::drafts::Writing;
use crate::state::handing::Handing;
use crate::transport::word;
use crate::{edge, format, ids};
use contract::domain::ResponseGroupId;
use contract::domain::handoff::{CaseText, HandoffPreview, Include};
use contract::domain::service_hours::{Deadline, Opening, SkipReason};
use contract::domain::structure::{AfterHandoff, Required};

/// Of a draft.
pub fn of_draft(app: App, writing: Writing) -> AnyView {
    let Some(handing) = writing.handing.get_untracked() else { return ().into_any() };
    let text = Callback::new(move |()| untrack(|| writing.text()));
    let back = Callback::new(move |()| {
        writing.handing.set(None);
        edge::focus(ids::NOTE);
    });
    let send = Callback::new(move |()| writing.send_handoff(app, handing));
    // A field that is missing is filled in where it stands.
    let jump = Callback::new(move |id: String| {
        writing.handing.set(None);
        edge::focus(&id);
    });
    view(app, handing, text, back, send, jump, writing.busy)
}

/// The preview. `jump` goes to the field of that id.
pub fn view(
    app: App,
    handing: Handing,
    text: Callback<(), Option<CaseText>>,
    back: Callback<()>,
    send: Callback<()>,
    jump: Callback<String>,
    busy: RwSignal<bool>,
) -> AnyView {
    let ask = Callback::new(move |()| {
        if let Some(text) = text.run(()) {
            handing.ask(app, text);
        }
    });
    let include = Callback::new(move |change: fn(&mut Include)| {
        let mut include = handing
            .include
            .get_untracked()
            .or_else(|| handing.preview.with_untracked(|p| p.as_ref().map(|p| p.include)))
            .unwrap_or(Include::ALL);
        change(&mut include);
        handing.include.set(Some(include));
        ask.run(());
    });
    let ready =
        Memo::new(move |_| handing.preview.with(|p| p.as_ref().is_some_and(|p| p.missing.is_empty())));
    let known = Memo::new(move |_| handing.preview.with(Option::is_some));
    view! {
        <div class="handover" id=ids::PREVIEW tabindex="-1" role="group" aria-labelledby="hand-title">
            <div class="form-scroll">
                <h3 id="hand-title">{t(K::HandTitle)}</h3>
                {move || if known.get() {
                    view! {
                        {group(app, handing, ask)}
                        {due(app, handing)}
                        {missing(app, handing, text, include, jump)}
                        {warnings(handing)}
                        {along(handing, text, include)}
                        {after(handing)}
                        {derivation(app, handing)}
                    }
                    .into_any()
                } else {
                    view! { <p class="quiet late" role="status">{t(K::HandPreparing)}</p> }.into_any()
                }}
            </div>
            <div class="case-foot">
                <div class="foot-row">
                    <button type="button" id=ids::SEND class="primary" disabled=move || !ready.get() || busy.get()
                        on:click=move |_| send.run(())>
                        <span>{move || t(if busy.get() { K::HandSending } else { K::HandSend })}</span>
                        {key(app, Action::Register)}
                    </button>
                    {button(app, "step-back", "", t(K::AppBack), Action::Back, move || back.run(()))}
                </div>
                <p class="quiet">{move || (known.get() && !ready.get()).then(|| t(K::HandCannot))}</p>
            </div>
        </div>
    }
    .into_any()
}

fn part<T: PartialEq + Clone + Send + Sync + 'static>(
    handing: Handing,
    read: impl Fn(&HandoffPreview) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    Memo::new(move |_| handing.preview.with(|p| p.as_ref().map(&read)))
}

fn group(app: App, handing: Handing, ask: Callback<()>) -> AnyView {
    let chosen = part(handing, |p| p.group.clone());
    let wall = part(handing, |p| p.wall);
    let groups = app.structure.with_untracked(|s| {
        let groups: Vec<(ResponseGroupId, String)> =
            s.groups.iter().map(|g| (g.id.clone(), g.name.clone())).collect();
        format::sorted(groups, |(_, name)| format::sort_key(name))
    });
    let value = move || chosen.get().map(|id| id.to_string()).unwrap_or_default();
    let set = move |id: String| {
        handing.group.set(id.parse().ok());
        // Another receiver has its own default.
        handing.include.set(None);
        ask.run(());
    };
    view! {
        <div class="field">
            <label for=ids::GROUP>{t(K::HandTo)}</label>
            <select id=ids::GROUP prop:value=value on:change=typed(set)>
                {groups
                    .into_iter()
                    .map(|(id, name)| {
                        let id = id.to_string();
                        let mine = id.clone();
                        view! { <option value=id selected=move || value() == mine>{name}</option> }
                    })
                    .collect_view()}
            </select>
        </div>
        {move || wall.get().filter(|wall| *wall).map(|_| view! { <p class="note-box">{t(K::HandWall)}</p> })}
    }
    .into_any()
}

fn due(app: App, handing: Handing) -> AnyView {
    let dues = part(handing, |p| (p.response.due, p.receipt.due, p.resolution.due));
    view! {
        {move || dues.get().map(|(response, receipt, resolution)| {
            let now = app.now.get_untracked();
            let when = |at| format::spoken(at, now);
            view! {
                <p class="due"><strong>{tf(K::HandAnswerBy, &[("when", &when(response))])}</strong></p>
                <p class="quiet">
                    {tf(K::HandReceiptBy, &[("when", &when(receipt))])}" · "
                    {tf(K::HandResolutionBy, &[("when", &when(resolution))])}
                </p>
            }
        })}
    }
    .into_any()
}

// Which switch carries a required part, and which control fills it in.
fn carried(required: &Required) -> (fn(&mut Include), &'static str, String) {
    match required {
        Required::CustomerName => (|i| i.customer = true, ids::CUSTOMER_NAME, t(K::CaseName).to_owned()),
        Required::CustomerPhone => (|i| i.customer = true, ids::CUSTOMER_PHONE, t(K::CasePhone).to_owned()),
        Required::CustomerEmail => (|i| i.customer = true, ids::CUSTOMER_EMAIL, t(K::CaseEmail).to_owned()),
        Required::Note => (|i| i.note = true, ids::NOTE, t(K::CaseNote).to_owned()),
        Required::Place => (|i| i.fields = true, ids::PLACE, t(K::CasePlace).to_owned()),
        Required::Field(_) => (|i| i.fields = true, "", String::new()),
    }
}

fn filled(text: &CaseText, required: &Required) -> bool {
    let value = match required {
        Required::CustomerName => text.customer.name.expose(),
        Required::CustomerPhone => text.customer.phone.expose(),
        Required::CustomerEmail => text.customer.email.expose(),
        Required::Note => text.note.expose(),
        Required::Place => text.place.expose(),
        Required::Field(id) => {
            return text.fields.iter().any(|f| f.field == *id && !f.value.expose().trim().is_empty());
        }
    };
    !value.trim().is_empty()
}

fn missing(
    app: App,
    handing: Handing,
    text: Callback<(), Option<CaseText>>,
    include: Callback<fn(&mut Include)>,
    jump: Callback<String>,
) -> AnyView {
    let missing = part(handing, |p| p.missing.clone());
    let one = move |required: Required| {
        let (switch, id, name) = carried(&required);
        let (id, name) = match &required {
            Required::Field(field) => {
                let label = app.structure.with_untracked(|s| {
                    let case_type = s.case_type(&text.run(())?.case_type)?;
                    case_type.fields.iter().find(|f| f.id == *field).map(|f| f.label.clone())
                });
                (ids::field(field.as_str()), label.unwrap_or_else(|| field.to_string()))
            }
            _ => (id.to_owned(), name),
        };
        // It is there, but is not going along: one press takes it along.
        if text.run(()).is_some_and(|text| filled(&text, &required)) {
            let words = tf(K::HandMissingInclude, &[("name", &name)]);
            return view! { <li><button type="button" on:click=move |_| include.run(switch)>{words}</button></li> }.into_any();
        }
        let words = tf(K::HandMissingGo, &[("name", &name)]);
        view! { <li><button type="button" data-field=id.clone() on:click=move |_| jump.run(id.clone())>{words}</button></li> }
            .into_any()
    };
    view! {
        {move || missing.get().filter(|m| !m.is_empty()).map(|missing| view! {
            <div class="missing" role="group" aria-labelledby="missing-title">
                <h4 id="missing-title">{t(K::HandMissing)}</h4>
                <ul>{missing.into_iter().map(one).collect_view()}</ul>
            </div>
        })}
    }
    .into_any()
}

fn warnings(handing: Handing) -> AnyView {
    let warnings = part(handing, |p| p.warnings.clone());
    view! {
        {move || warnings.get().filter(|w| !w.is_empty()).map(|warnings| view! {
            <div class="warnings">
                <h4>{t(K::HandWarnings)}</h4>
                <ul>{warnings.into_iter().map(|w| view! { <li>{i18n::warning(w)}</li> }).collect_view()}</ul>
            </div>
        })}
    }
    .into_any()
}

fn along(
    handing: Handing,
    text: Callback<(), Option<CaseText>>,
    include: Callback<fn(&mut Include)>,
) -> AnyView {
    let shown = part(handing, |p| p.include);
    let shown = Memo::new(move |_| shown.get().unwrap_or(Include::NONE));
    let Some(text) = text.run(()) else { return ().into_any() };
    let join = |parts: &[&str]| {
        let parts: Vec<&str> = parts.iter().copied().map(str::trim).filter(|p| !p.is_empty()).collect();
        parts.join(" · ")
    };
    let customer =
        join(&[text.customer.name.expose(), text.customer.phone.expose(), text.customer.email.expose()]);
    let mut fields: Vec<&str> = vec![text.place.expose()];
    fields.extend(text.fields.iter().map(|f| f.value.expose().as_str()));
    let fields = join(&fields);
    view! {
        <fieldset class="along">
            <legend>{t(K::HandAlong)}</legend>
            {switch("include-subject", K::HandIncludeSubject, join(&[text.subject.expose()]),
                move || shown.get().subject, move || include.run(|i| i.subject = !i.subject))}
            {switch("include-customer", K::HandIncludeCustomer, customer,
                move || shown.get().customer, move || include.run(|i| i.customer = !i.customer))}
            {switch("include-note", K::HandIncludeNote, join(&[text.note.expose()]),
                move || shown.get().note, move || include.run(|i| i.note = !i.note))}
            {switch("include-fields", K::HandIncludeFields, fields,
                move || shown.get().fields, move || include.run(|i| i.fields = !i.fields))}
        </fieldset>
    }
    .into_any()
}

// What becomes of the case here; the agreement's choice until another is made.
fn after(handing: Handing) -> AnyView {
    let agreed = part(handing, |p| p.after);
    let value = move || handing.after.get().or_else(|| agreed.get()).map(wire).unwrap_or_default();
    let choices = [
        (AfterHandoff::Close, K::HandAfterClose),
        (AfterHandoff::Keep, K::HandAfterKeep),
        (AfterHandoff::Park, K::HandAfterPark),
    ];
    view! {
        <div class="field">
            <label for=ids::AFTER>{t(K::HandAfter)}</label>
            <select id=ids::AFTER prop:value=value on:change=typed(move |name| handing.after.set(word(&name)))>
                {choices
                    .into_iter()
                    .map(|(choice, name)| {
                        view! { <option value=wire(choice) selected=move || value() == wire(choice)>{t(name)}</option> }
                    })
                    .collect_view()}
            </select>
        </div>
    }
    .into_any()
}

fn switch(
    id: &'static str,
    label: K,
    value: String,
    on: impl Fn() -> bool + Copy + 'static,
    toggle: impl Fn() + 'static,
) -> AnyView {
    let value = if value.is_empty() { t(K::HandEmpty).to_owned() } else { value };
    view! {
        <label class="include" class:off=move || !on()>
            <input type="checkbox" role="switch" id=id prop:checked=on on:change=move |_| toggle() />
            <span class="include-name">{t(label)}</span>
            <span class="include-value">{value}</span>
        </label>
    }
    .into_any()
}

fn derivation(app: App, handing: Handing) -> AnyView {
    let response = part(handing, |p| p.response.clone());
    view! {
        {move || response.get().map(|deadline| view! {
            // The last of the preview: what is opened would lie below what is seen.
            <details class="why" id="why" on:toggle=move |_| edge::reveal("why")>
                <summary>{t(K::HandWhy)}</summary>
                {lines(app, &deadline)}
            </details>
        })}
    }
    .into_any()
}

/// A deadline's lines: what was counted, and what was not and why.
pub fn lines(_: App, deadline: &Deadline) -> AnyView {
    let mut rows: Vec<(String, String, String, bool)> = deadline
        .counted
        .iter()
        .map(|c| {
            let span = format!("{}–{}", format::time(c.from), format::time(c.to));
            let seconds = c.to.seconds_since(c.from);
            let reason = match &c.reason {
                Opening::Weekday => String::new(),
                Opening::Holiday { holiday } => format!(" ({})", i18n::holiday(*holiday)),
                Opening::Exception { reason } => format!(" ({reason})"),
            };
            (c.date.to_string(), format!("{span}{reason}"), format::length(seconds), true)
        })
        .collect();
    rows.extend(deadline.skipped.iter().map(|s| {
        let why = match &s.reason {
            SkipReason::ClosedWeekday => t(K::SkipClosedWeekday).to_owned(),
            SkipReason::Holiday { holiday } => i18n::holiday(*holiday).to_owned(),
            SkipReason::Exception { reason } => reason.clone(),
            SkipReason::AfterClosing => t(K::SkipAfterClosing).to_owned(),
            SkipReason::Paused => t(K::SkipPaused).to_owned(),
        };
        (s.date.to_string(), why, "–".to_owned(), false)
    }));
    let rows = format::sorted(rows, |row| row.0.clone());
    let total = u32::try_from(deadline.service_millis() / 1000).unwrap_or(u32::MAX);
    view! {
        <p class="quiet">{t(K::HandWhyLead)}</p>
        <table class="counted">
            <tbody>
                {rows
                    .into_iter()
                    .map(|(date, what, length, counts)| {
                        let day = date.parse().map(format::day).unwrap_or(date);
                        view! { <tr class:not=!counts><th scope="row">{day}</th><td>{what}</td><td>{length}</td></tr> }
                    })
                    .collect_view()}
            </tbody>
        </table>
        <p class="quiet">{tf(K::HandSum, &[("time", &format::length(total))])}</p>
    }
    .into_any()
}
