//! The draft: what it is about, type, note, customer, place, own fields, checklist, result.

use crate::components::combobox;
use crate::components::{button, room, typed, units};
use crate::dom::prelude::*;
use crate::i18n::{CHANNELS, K, channel, disposition, t, tf, wire};
use crate::keys::Action;
use crate::state::App;
use crate::state::drafts::Writing;
use crate::state::keeping::{Keeping, Saved};
use crate::state::structure::CaseType;
use crate::transport::query;
use crate::{format, i18n, ids};
use contract::ChecklistGet;
use contract::domain::contact::{Channel, Disposition, FollowUpWish};
use contract::domain::knowledge::{Checklist, ChecklistItem};
use contract::domain::phone_number::PhoneNumber;
use contract::domain::structure::{Field, FieldKind, Required};
use contract::domain::{ChecklistId, Personal, personnummer};
use contract::knowledge::Get as Wanted;
use leptos::task::spawn_local;
use std::sync::Arc;

/// The form.
pub fn view(app: App, writing: Writing) -> AnyView {
    view! {
        // What is typed after a registration was sent would not be in it.
        <form class="case-form" inert=move || writing.busy.get() on:submit=move |event| event.prevent_default() autocomplete="off">
            <div class="form-scroll">
                {subject(app, writing)}
                {case_type(app, writing)}
                {note(app, writing)}
                {customer(app, writing)}
                {place(app, writing)}
                {own_fields(app, writing)}
                {checklist(app, writing)}
                {articles(app, writing)}
            </div>
            {foot(app, writing)}
        </form>
    }
    .into_any()
}

fn subject(app: App, writing: Writing) -> AnyView {
    view! {
        <div class="field wide">
            <label for=ids::SUBJECT>{t(K::CaseSubject)}</label>
            <input id=ids::SUBJECT class="subject" type="text" autocomplete="off" maxlength="200"
                aria-describedby="lacking"
                prop:value=move || writing.draft.with(|d| d.subject.expose().clone())
                on:input=typed(move |text| writing.edit(app, |d| d.subject = Personal::new(text))) />
            {room(200, move || writing.draft.with(|d| units(d.subject.expose())))}
        </div>
    }
    .into_any()
}

fn case_type(app: App, writing: Writing) -> AnyView {
    let chosen = Memo::new(move |_| {
        let chosen = writing.case_type(app)?;
        let group = app.structure.with(|s| format::group_name(s, &chosen.group));
        Some((group, u8::from(chosen.rosa)))
    });
    view! {
        <div class="field wide">
            <label for=ids::CASE_TYPE>{t(K::CaseType)}</label>
            <div class="type-row">
                {combobox::case_type(app, writing)}
                <span class="type-more">
                    {move || chosen.get().map(|(group, rosa)| {
                        view! {
                            <span class="chip">{tf(K::CaseRosa, &[("n", &rosa.to_string())])}</span>
                            <span class="quiet">{group}</span>
                        }
                    })}
                </span>
            </div>
        </div>
    }
    .into_any()
}

fn note(app: App, writing: Writing) -> AnyView {
    let personnummer = Memo::new(move |_| {
        writing
            .draft
            .with(|d| personnummer::occurs_in(d.note.expose()) || personnummer::occurs_in(d.subject.expose()))
    });
    view! {
        <div class="field wide">
            <label for=ids::NOTE>{t(K::CaseNote)}</label>
            <textarea id=ids::NOTE rows="4" maxlength="8000"
                prop:value=move || writing.draft.with(|d| d.note.expose().clone())
                on:input=typed(move |text| writing.edit(app, |d| d.note = Personal::new(text)))></textarea>
            {room(8_000, move || writing.draft.with(|d| units(d.note.expose())))}
            <p class="warned" role="status">{move || personnummer.get().then(|| t(K::CasePersonnummer))}</p>
        </div>
    }
    .into_any()
}

fn needed(
    app: App,
    writing: Writing,
    required: Required,
) -> impl Fn() -> Option<AnyView> + Clone + Send + 'static {
    move || {
        writing.case_type(app).filter(|c| c.required.contains(&required)).map(|_| {
            view! { <span class="needed" title=t(K::CaseRequiredMark)>"*"<span class="unseen">{t(K::CaseRequiredMark)}</span></span> }
                .into_any()
        })
    }
}

fn customer(app: App, writing: Writing) -> AnyView {
    let bad = Memo::new(move |_| {
        writing.draft.with(|d| {
            let phone = d.customer.phone.expose().trim();
            !phone.is_empty() && PhoneNumber::parse(phone).is_err()
        })
    });
    view! {
        <fieldset class="customer wide">
            <legend>{t(K::CaseCustomer)}<span class="quiet">" – "{t(K::CaseAnonymous)}</span></legend>
            <div class="field">
                <label for=ids::CUSTOMER_NAME>{t(K::CaseName)}{needed(app, writing, Required::CustomerName)}</label>
                <input id=ids::CUSTOMER_NAME type="text" autocomplete="off"
                    prop:value=move || writing.draft.with(|d| d.customer.name.expose().clone())
                    on:input=typed(move |text| writing.edit(app, |d| d.customer.name = Personal::new(text))) />
            </div>
            <div class="field">
                <label for=ids::CUSTOMER_PHONE>{t(K::CasePhone)}{needed(app, writing, Required::CustomerPhone)}</label>
                <input id=ids::CUSTOMER_PHONE type="tel" autocomplete="off" aria-describedby="phone-bad"
                    prop:value=move || writing.draft.with(|d| d.customer.phone.expose().clone())
                    on:input=typed(move |text| writing.edit(app, |d| d.customer.phone = Personal::new(text))) />
            </div>
            <div class="field">
                <label for=ids::CUSTOMER_EMAIL>{t(K::CaseEmail)}{needed(app, writing, Required::CustomerEmail)}</label>
                <input id=ids::CUSTOMER_EMAIL type="email" autocomplete="off"
                    prop:value=move || writing.draft.with(|d| d.customer.email.expose().clone())
                    on:input=typed(move |text| writing.edit(app, |d| d.customer.email = Personal::new(text))) />
            </div>
            <p class="warned" id="phone-bad">{move || bad.get().then(|| t(K::CasePhoneBad))}</p>
        </fieldset>
    }
    .into_any()
}

fn place(app: App, writing: Writing) -> AnyView {
    view! {
        <div class="field">
            <label for=ids::PLACE>{t(K::CasePlace)}{needed(app, writing, Required::Place)}</label>
            <input id=ids::PLACE type="text" autocomplete="off"
                prop:value=move || writing.draft.with(|d| d.place.expose().clone())
                on:input=typed(move |text| writing.edit(app, |d| d.place = Personal::new(text))) />
        </div>
        <div class="field">
            <label for=ids::FOLLOW_UP>{t(K::CaseFollowUp)}</label>
            {follow_up(app, writing)}
        </div>
    }
    .into_any()
}

fn follow_up(app: App, writing: Writing) -> AnyView {
    let value = move || {
        writing.draft.with(|d| match &d.follow_up {
            None => String::new(),
            Some(FollowUpWish { channel: None, .. }) => "none".to_owned(),
            Some(FollowUpWish { channel: Some(channel), .. }) => wire(*channel),
        })
    };
    let set = move |name: String| {
        let wish = match name.as_str() {
            "" => None,
            "none" => Some(FollowUpWish { channel: None, before: None }),
            other => Some(FollowUpWish { channel: i18n::channel_from(other), before: None }),
        };
        writing.edit(app, |d| d.follow_up = wish);
    };
    let offered = [Channel::Call, Channel::Email, Channel::Sms, Channel::Letter];
    view! {
        <select id=ids::FOLLOW_UP prop:value=value on:change=typed(set)>
            <option value="">"–"</option>
            {offered
                .into_iter()
                .map(|c| view! { <option value=wire(c) selected=move || value() == wire(c)>{channel(c)}</option> })
                .collect_view()}
            <option value="none" selected=move || value() == "none">{t(K::CaseFollowNone)}</option>
        </select>
    }
    .into_any()
}

fn own_fields(app: App, writing: Writing) -> AnyView {
    let chosen = Memo::new(move |_| writing.case_type(app));
    view! {
        {move || {
            let case_type: CaseType = chosen.get()?;
            (!case_type.fields.is_empty()).then(|| {
                case_type.fields.iter().map(|field| own_field(app, writing, field)).collect_view()
            })
        }}
    }
    .into_any()
}

fn own_field(app: App, writing: Writing, field: &Field) -> AnyView {
    let id = ids::field(field.id.as_str());
    let needed = needed(app, writing, Required::Field(field.id.clone()));
    let (read, write) = (field.id.clone(), field.id.clone());
    let value = move || writing.field(&read);
    let set = move |text| writing.set_field(app, write.clone(), text);
    let control = control_of(&field.kind, &id, value, set);
    view! { <div class="field"><label for=id.clone()>{field.label.clone()}{needed}</label>{control}</div> }
        .into_any()
}

/// The control that a field of that kind is filled in by; `value` is what it holds.
pub fn control_of(
    kind: &FieldKind,
    id: &str,
    value: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(String) + 'static,
) -> AnyView {
    control(kind, id.to_owned(), Arc::new(value), Box::new(set))
}

// One copy for every field.
fn control(
    kind: &FieldKind,
    id: String,
    value: Arc<dyn Fn() -> String + Send + Sync>,
    set: Box<dyn Fn(String)>,
) -> AnyView {
    let shown = Arc::clone(&value);
    let (kind, mode) = match kind {
        FieldKind::Choice { options } => {
            return view! {
                <select id=id prop:value=move || value() on:change=typed(set)>
                    <option value="">{t(K::CaseChoose)}</option>
                    {options
                        .iter()
                        .map(|option| {
                            let (shown, mine) = (Arc::clone(&shown), option.clone());
                            view! { <option value=option.clone() selected=move || shown() == mine>{option.clone()}</option> }
                        })
                        .collect_view()}
                </select>
            }
            .into_any();
        }
        FieldKind::Number => ("text", "decimal"),
        FieldKind::Date => ("date", "text"),
        FieldKind::Text => ("text", "text"),
    };
    view! { <input id=id type=kind inputmode=mode autocomplete="off" prop:value=move || value() on:input=typed(set) /> }
        .into_any()
}

fn checklist(app: App, writing: Writing) -> AnyView {
    let wanted = Memo::new(move |_| writing.case_type(app).and_then(|c| c.checklist));
    let list = RwSignal::new(None::<Checklist>);
    Effect::new(move |_| match wanted.get() {
        Some(id) => fetch(id, list),
        None => list.set(None),
    });
    let state = move |list: &Checklist| {
        let done = writing.draft.with(|d| list.items.iter().filter(|i| d.checked.contains(&i.id)).count());
        tf(K::CaseChecklistState, &[("done", &done.to_string()), ("all", &list.items.len().to_string())])
    };
    view! {
        {move || list.get().map(|list| {
            let items = list.items.iter().map(|item| tick(app, writing, item)).collect_view();
            view! {
                <fieldset class="checklist wide">
                    <legend>{t(K::CaseChecklist)}" "<span class="quiet">{list.title.clone()}" · "{move || state(&list)}</span></legend>
                    <div class="ticks">{items}</div>
                </fieldset>
            }
        })}
    }
    .into_any()
}

fn fetch(id: ChecklistId, list: RwSignal<Option<Checklist>>) {
    spawn_local(async move {
        let found = query::<ChecklistGet>(Wanted { id }).await.ok().map(|view| view.checklist);
        // The form may have been closed meanwhile.
        list.try_set(found);
    });
}

fn tick(app: App, writing: Writing, item: &ChecklistItem) -> AnyView {
    let (shown, set) = (item.id.clone(), item.id.clone());
    let checked = move || writing.draft.with(|d| d.checked.contains(&shown));
    let toggle = move |_| {
        let id = set.clone();
        writing.edit(app, |d| {
            let before = d.checked.len();
            d.checked.retain(|c| *c != id);
            if d.checked.len() == before {
                d.checked.push(id);
            }
        });
    };
    view! {
        <label class="tick">
            <input type="checkbox" data-item=item.id.to_string() prop:checked=checked on:change=toggle />
            <span>{item.text.clone()}</span>
        </label>
    }
    .into_any()
}

fn articles(app: App, writing: Writing) -> AnyView {
    let used = Memo::new(move |_| writing.draft.with(|d| d.articles.clone()));
    view! {
        {move || (!used.with(Vec::is_empty)).then(|| view! {
            <div class="used wide">
                <span class="label">{t(K::CaseArticles)}</span>
                <ul>
                    {used
                        .get()
                        .into_iter()
                        .map(|id| {
                            let name = super::knowledge::title(app, &id);
                            let gone = id.clone();
                            view! {
                                <li class="chip">
                                    {name.clone()}
                                    <button type="button" class="chip-close" aria-label=tf(K::CaseRemoveArticle, &[("name", &name)])
                                        on:click=move |_| writing.edit(app, |d| d.articles.retain(|a| *a != gone))>"×"</button>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
        })}
    }
    .into_any()
}

/// How what is typed stands on disk; `nothing`: said while there is nothing to keep.
pub fn saved(keeping: Keeping, nothing: &'static str) -> AnyView {
    let saved = move || match keeping.saved.get() {
        Saved::At(at) => tf(K::CaseSaved, &[("time", &format::time(at))]),
        Saved::Pending => t(K::CaseSaving).to_owned(),
        Saved::Failed => t(K::CaseNotSaved).to_owned(),
        Saved::Nothing => nothing.to_owned(),
    };
    view! { <span class="saved quiet" class:bad=move || keeping.saved.get() == Saved::Failed>{saved}</span> }
        .into_any()
}

fn foot(app: App, writing: Writing) -> AnyView {
    let may_solve = Memo::new(move |_| writing.may_solve(app));
    let value = move || wire(writing.disposition(app));
    let channel_value = move || wire(writing.draft.with(|d| d.contact.channel));
    let fixed = Memo::new(move |_| writing.draft.with(|d| d.contact.has_known_channel()));
    view! {
        <div class="case-foot">
            <div class="foot-row">
                <div class="field inline">
                    <label for=ids::DISPOSITION>{t(K::CaseDisposition)}</label>
                    <select id=ids::DISPOSITION prop:value=value
                        on:change=typed(move |name| writing.edit(app, |d| d.disposition = i18n::disposition_from(&name)))>
                        {Disposition::ALL
                            .into_iter()
                            .filter(|d| *d != Disposition::HandedOver)
                            .map(|d| view! {
                                <option value=wire(d) selected=move || value() == wire(d)
                                    disabled=move || !d.is_open_to(may_solve.get())>{disposition(d)}</option>
                            })
                            .collect_view()}
                    </select>
                </div>
                <div class="field inline">
                    <label for="channel">{t(K::CaseChannel)}</label>
                    <select id="channel" prop:value=channel_value disabled=move || fixed.get()
                        on:change=typed(move |name| writing.edit(app, |d| {
                            if let Some(channel) = i18n::channel_from(&name) {
                                d.contact.channel = channel;
                            }
                        }))>
                        {CHANNELS
                            .into_iter()
                            .map(|c| view! { <option value=wire(c) selected=move || channel_value() == wire(c)>{channel(c)}</option> })
                            .collect_view()}
                    </select>
                </div>
            </div>
            <div class="foot-row">
                {button(app, ids::REGISTER, "primary", t(K::CaseRegister), Action::Register, move || writing.register(app))}
                {button(app, ids::HAND_OVER, "", t(K::CaseHandOver), Action::HandOver, move || writing.hand_over(app))}
                <span class="grow"></span>
                {saved(writing.keeping, if app.capabilities().offline { "" } else { t(K::CaseInMemory) })}
            </div>
            <p class="wrong" id="lacking" role="alert">{move || writing.lacking.get().map(t)}</p>
        </div>
    }
    .into_any()
}
