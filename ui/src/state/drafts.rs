//! Drafts: cases that are being written, one tab each, and kept on disk.

use super::handing::Handing;
use super::keeping::{self, Keeping, Saved, Saving};
use super::once::{Once, new_id};
use super::outgoing::{self, Outgoing};
use super::structure::CaseType;
use super::{App, Reading, answering, knowledge};
use crate::i18n::K;
use crate::signal::RwSignal;
use crate::transport::{query, tell};
use crate::{edge, format, ids};
use contract::cases::{RegisterCase, RegisterReply, SendHandoff};
use contract::desk::{DiscardDraft, Draft, SaveDraft};
use contract::domain::case::CaseNumber;
use contract::domain::contact::{Channel, Contact, Disposition};
use contract::domain::customer::CustomerDetails;
use contract::domain::handoff::{CaseText, FieldValue};
use contract::domain::{CaseId, CaseTypeId, ContactId, DraftId, FieldId, Personal};
use contract::phone::{CallState, CallView};
use contract::{CaseRegister, DraftsDiscard, DraftsList, DraftsSave, Nothing};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// A tab of the case pane.
#[derive(Clone, Copy)]
pub struct Tab {
    pub key: CaseId,
    pub kind: TabKind,
}

/// What a tab holds.
#[derive(Clone, Copy)]
pub enum TabKind {
    /// A draft.
    Draft(Writing),
    /// A registered case, to read.
    Case,
}

/// A draft being typed.
#[derive(Clone, Copy)]
pub struct Writing {
    pub draft: RwSignal<Draft>,
    pub keeping: Keeping,
    pub busy: RwSignal<bool>,
    /// What is lacking, said after a try to register.
    pub lacking: RwSignal<Option<K>>,
    /// The preview of a handoff, when it stands open.
    pub handing: RwSignal<Option<Handing>>,
    once: Once,
}

impl Writing {
    fn new(app: App, draft: Draft, saved: Saved) -> Self {
        app.rooted(|| Self {
            draft: RwSignal::new(draft),
            keeping: Keeping::new(saved),
            busy: RwSignal::new(false),
            lacking: RwSignal::new(None),
            handing: RwSignal::new(None),
            once: Once::new(),
        })
    }

    /// Changes the draft; it goes to disk and suggestions come, both after a pause.
    pub fn edit(self, app: App, change: impl FnOnce(&mut Draft)) {
        // A key may change what the form itself holds still while it is being registered.
        if self.busy.get_untracked() {
            return;
        }
        self.draft.update(change);
        self.lacking.set(None);
        self.save_soon(app);
        knowledge::ask(app);
    }

    /// Whether nobody has typed anything: what a call brought along does not count.
    pub fn untouched(self, app: App) -> bool {
        let contact = self.draft.with_untracked(|d| d.contact.id);
        let from_call = app.phone.with_untracked(|p| {
            let call = p.calls.iter().find(|c| c.contact == contact);
            call.map(|c| format::number_to_keep(c.remote.expose())).unwrap_or_default()
        });
        self.draft.with_untracked(|d| nothing_typed(d, &from_call))
    }

    fn save_soon(self, app: App) {
        if !app.capabilities().offline {
            return;
        }
        self.keeping.typed(app, Rc::new(move || self.save(app)));
    }

    /// Begins to keep the draft as it stands. What is being registered goes with the registration.
    fn save(self, app: App) -> Option<Saving> {
        let open = app.tabs.with_untracked(|tabs| tabs.iter().any(|t| t.key == self.key()));
        if !open || self.busy.get_untracked() {
            return None;
        }
        let request = SaveDraft { draft: self.draft.get_untracked() };
        Some(keeping::saving(app, tell::<DraftsSave>(new_id(), &request)))
    }

    /// The case it becomes.
    pub fn key(self) -> CaseId {
        self.draft.with_untracked(|d| d.case_id)
    }

    /// The chosen type.
    pub fn case_type(self, app: App) -> Option<CaseType> {
        let id = self.draft.with(|d| d.case_type.clone())?;
        app.structure.with(|s| s.case_type(&id).cloned())
    }

    /// Whether the kontaktcenter may solve it, as far as is known.
    pub fn may_solve(self, app: App) -> bool {
        self.case_type(app).is_none_or(|t| t.may_solve)
    }

    /// The result: the chosen one, else what the type lets the kontaktcenter do.
    pub fn disposition(self, app: App) -> Disposition {
        let may_solve = self.may_solve(app);
        self.draft.with(|d| d.disposition).unwrap_or(Disposition::unless_chosen(may_solve))
    }

    /// An own field's value.
    pub fn field(self, id: &FieldId) -> String {
        self.draft.with(|d| {
            d.fields.iter().find(|f| f.field == *id).map(|f| f.value.expose().clone()).unwrap_or_default()
        })
    }

    /// Sets an own field's value.
    pub fn set_field(self, app: App, field: FieldId, value: String) {
        self.edit(app, |d| {
            d.fields.retain(|f| f.field != field);
            d.fields.push(FieldValue { field, value: Personal::new(value) });
        });
    }

    /// What was written, for a preview or a registration; `None` while the type is not chosen.
    pub fn text(self) -> Option<CaseText> {
        self.draft.with(|d| {
            Some(CaseText {
                case_type: d.case_type.clone()?,
                customer: d.customer.clone(),
                subject: d.subject.clone(),
                note: d.note.clone(),
                place: d.place.clone(),
                fields: d.fields.clone(),
                checked: d.checked.clone(),
                follow_up: d.follow_up.clone(),
            })
        })
    }

    /// Says what is lacking, and moves the caret there.
    fn complete(self) -> Option<CaseText> {
        let (lacking, id) = if self.draft.with_untracked(|d| d.subject.expose().trim().is_empty()) {
            (K::CaseNeedSubject, ids::SUBJECT)
        } else if self.draft.with_untracked(|d| d.case_type.is_none()) {
            (K::CaseNeedType, ids::CASE_TYPE)
        } else {
            return untrack(|| self.text());
        };
        self.lacking.set(Some(lacking));
        edge::focus(id);
        None
    }

    /// Registers the contact as it ended.
    pub fn register(self, app: App) {
        let Some(text) = self.complete() else { return };
        let disposition = untrack(|| self.disposition(app));
        self.send(app, text, disposition, None);
    }

    /// Opens the preview of a handoff.
    pub fn hand_over(self, app: App) {
        let Some(text) = self.complete() else { return };
        let handing = app.rooted(Handing::new);
        handing.ask(app, text);
        self.handing.set(Some(handing));
        edge::focus(ids::PREVIEW);
    }

    /// Registers and hands over in one step.
    pub fn send_handoff(self, app: App, handing: Handing) {
        let (Some(text), Some(handoff)) = (self.complete(), handing.handoff()) else { return };
        self.send(app, text, Disposition::HandedOver, Some(handoff));
    }

    fn send(self, app: App, text: CaseText, disposition: Disposition, handoff: Option<SendHandoff>) {
        if self.busy.get_untracked() {
            return;
        }
        let focused = edge::focused();
        self.busy.set(true);
        let request = self.draft.with_untracked(|d| RegisterCase {
            case_id: d.case_id,
            contact: d.contact.clone(),
            text,
            articles: d.articles.clone(),
            disposition,
            handoff,
        });
        spawn_local(async move {
            let reply = self.once.send::<CaseRegister>(&request).await;
            self.busy.set(false);
            match reply {
                Ok(reply) => self.registered(app, &request, &reply),
                Err(error) => {
                    app.fail(&error);
                    self.save_soon(app);
                    edge::focus(&focused);
                }
            }
        });
    }

    fn registered(self, app: App, request: &RegisterCase, reply: &RegisterReply) {
        app.message.set(None);
        let shown = app.tab.get_untracked() == Some(self.key());
        outgoing::add(app, Outgoing::of(app, request, reply));
        close(app, self.key());
        throw_away(app, self.draft.with_untracked(|d| d.id));
        // Whoever writes elsewhere by now keeps what they read, and the caret.
        if shown {
            app.reading.set(None);
            edge::focus(if app.tab.get_untracked().is_some() { ids::SUBJECT } else { ids::NEW_CASE });
        }
    }
}

/// The number as it is said, or nothing while it has none.
pub fn number(number: Option<CaseNumber>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

fn throw_away(app: App, id: DraftId) {
    if !app.capabilities().offline {
        return;
    }
    spawn_local(async move {
        // At a registration the desk has thrown it away itself; a save may have come after it.
        let _ = tell::<DraftsDiscard>(new_id(), &DiscardDraft { id }).await;
    });
}

/// Reads the drafts on disk into tabs; the newest is shown.
pub async fn restore(app: App) {
    if app.capabilities().offline
        && app.at_front()
        && let Ok(found) = query::<DraftsList>(Nothing {}).await
    {
        for draft in found.drafts.into_iter().rev() {
            let saved = Saved::At(draft.updated_at);
            let known = app.tabs.with_untracked(|tabs| tabs.iter().any(|t| t.key == draft.case_id));
            if !known {
                open(app, Writing::new(app, draft, saved));
            }
        }
    }
    app.restored.set(true);
}

fn open(app: App, writing: Writing) {
    let key = writing.key();
    app.tabs.update(|tabs| tabs.push(Tab { key, kind: TabKind::Draft(writing) }));
    select(app, key);
}

/// Shows a tab.
pub fn select(app: App, key: CaseId) {
    if app.tab.get_untracked() != Some(key) {
        app.tab.set(Some(key));
        app.reading.set(None);
        knowledge::ask(app);
    }
}

/// Opens a registered case beside the drafts.
pub fn open_case(app: App, key: CaseId) {
    if !app.tabs.with_untracked(|tabs| tabs.iter().any(|t| t.key == key)) {
        app.tabs.update(|tabs| tabs.push(Tab { key, kind: TabKind::Case }));
    }
    select(app, key);
}

/// The draft that is shown.
pub fn current(app: App) -> Option<Writing> {
    let key = app.tab.get()?;
    app.tabs.with(|tabs| {
        tabs.iter().find(|t| t.key == key).and_then(|t| match t.kind {
            TabKind::Draft(writing) => Some(writing),
            TabKind::Case => None,
        })
    })
}

/// Closes a tab; its neighbour is shown.
pub fn close(app: App, key: CaseId) {
    let index = app.tabs.with_untracked(|tabs| tabs.iter().position(|t| t.key == key));
    app.tabs.update(|tabs| tabs.retain(|t| t.key != key));
    if app.tab.get_untracked() != Some(key) {
        return;
    }
    let next = app.tabs.with_untracked(|tabs| {
        let index = index.unwrap_or_default().min(tabs.len().saturating_sub(1));
        tabs.get(index).map(|t| t.key)
    });
    app.tab.set(next);
    knowledge::ask(app);
}

/// Throws a draft away.
pub fn discard(app: App, key: CaseId) {
    let found = app.tabs.with_untracked(|tabs| tabs.iter().find(|t| t.key == key).copied());
    close(app, key);
    if let Some(Tab { kind: TabKind::Draft(writing), .. }) = found {
        throw_away(app, writing.draft.with_untracked(|d| d.id));
    }
}

/// Closes the tab as asked: a case at once, an untouched draft too, a written one after a question.
pub fn ask_to_close(app: App, key: CaseId) {
    let found = app.tabs.with_untracked(|tabs| tabs.iter().find(|t| t.key == key).copied());
    match found.map(|t| t.kind) {
        Some(TabKind::Draft(writing)) if writing.untouched(app) => discard(app, key),
        Some(TabKind::Draft(_)) => app.dialog.set(Some(super::Dialog::Discard(key))),
        Some(TabKind::Case) => close(app, key),
        None => {}
    }
}

/// A new draft: of the call that goes on, else of a visit at the counter or whatever the agent says.
pub fn begin(app: App) -> Writing {
    let call = app.phone.with_untracked(|p| p.calls.iter().find(|c| c.state == CallState::InCall).cloned());
    let writing = Writing::new(app, blank(app, call.as_ref()), Saved::Nothing);
    outgoing::turn_the_page(app);
    open(app, writing);
    writing
}

/// The draft of a call: the one there is, else a new one, shown.
pub fn of_call(app: App, call: &CallView) {
    let known = app.tabs.with_untracked(|tabs| {
        tabs.iter()
            .find(|t| matches!(t.kind, TabKind::Draft(w) if of_contact(w, call.contact)))
            .map(|t| t.key)
    });
    match known {
        Some(key) => select(app, key),
        None => {
            let writing = Writing::new(app, blank(app, Some(call)), Saved::Nothing);
            outgoing::turn_the_page(app);
            open(app, writing);
            writing.save_soon(app);
        }
    }
}

/// A call that was never answered leaves no empty draft behind. Whether there was one.
pub fn drop_untouched(app: App, contact: ContactId) -> bool {
    let found = app.tabs.with_untracked(|tabs| {
        tabs.iter()
            .find(|t| matches!(t.kind, TabKind::Draft(w) if of_contact(w, contact) && w.untouched(app)))
            .map(|t| t.key)
    });
    if let Some(key) = found {
        discard(app, key);
    }
    found.is_some()
}

fn nothing_typed(draft: &Draft, number_of_call: &str) -> bool {
    let texts = [&draft.subject, &draft.note, &draft.place, &draft.customer.name, &draft.customer.email];
    draft.case_type.is_none()
        && draft.disposition.is_none()
        && draft.follow_up.is_none()
        && draft.articles.is_empty()
        && draft.checked.is_empty()
        && draft.fields.iter().all(|field| field.value.expose().trim().is_empty())
        && texts.iter().all(|text| text.expose().trim().is_empty())
        && ["", number_of_call].contains(&draft.customer.phone.expose().trim())
}

/// Sends what is typed and not yet on disk there, and waits for it.
pub async fn keep_all(app: App) {
    let writing = |tab: &Tab| match tab.kind {
        TabKind::Draft(writing) if writing.keeping.is_behind() => Some((writing.keeping, writing.save(app)?)),
        _ => None,
    };
    let mut behind = app.tabs.with_untracked(|tabs| tabs.iter().filter_map(writing).collect::<Vec<_>>());
    behind.extend(answering::behind(app).into_iter().filter_map(|a| Some((a.keeping, a.save(app)?))));
    for (keeping, saving) in behind {
        // What cannot be kept has said so itself, and stays where it was typed.
        let _ = keeping.done(saving).await;
    }
}

fn of_contact(writing: Writing, contact: ContactId) -> bool {
    writing.draft.with_untracked(|d| d.contact.id == contact)
}

fn blank(app: App, call: Option<&CallView>) -> Draft {
    let (machine, now) = (edge::local_now(), app.service_now());
    let contact = call.map_or_else(
        || Contact {
            id: ContactId::new(machine, edge::random()),
            channel: if app.capabilities().phone { Channel::Call } else { Channel::Visit },
            entry: None,
            queue: None,
            started_at: now,
            waited_seconds: None,
        },
        |call| Contact {
            id: call.contact,
            channel: Channel::Call,
            entry: call.entry.clone(),
            queue: call.queue.clone(),
            started_at: call.answered_at.unwrap_or(now),
            waited_seconds: call.waited_seconds,
        },
    );
    Draft {
        id: DraftId::new(machine, edge::random()),
        case_id: CaseId::new(machine, edge::random()),
        contact,
        case_type: None,
        customer: call.map(|call| customer(app, call)).unwrap_or_default(),
        subject: Personal::default(),
        note: Personal::default(),
        place: Personal::default(),
        fields: Vec::new(),
        checked: Vec::new(),
        articles: Vec::new(),
        disposition: None,
        follow_up: None,
        created_at: now,
        updated_at: now,
    }
}

// A certain match fills in the customer; an uncertain one is the agent's to settle.
fn customer(app: App, call: &CallView) -> CustomerDetails {
    let phone = Personal::new(format::number_to_keep(call.remote.expose()));
    let known = app.matches.with_untracked(|matches| {
        let (_, known) = matches.iter().find(|(contact, _)| *contact == call.contact)?;
        let super::phone::LookUp::Found(found) = known else { return None };
        match found.customers.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    });
    match known {
        Some(card) => {
            let name = if card.protected.masks() { Personal::default() } else { card.name };
            CustomerDetails { id: Some(card.id), name, phone, email: Personal::default() }
        }
        None => CustomerDetails { phone, ..CustomerDetails::default() },
    }
}

/// Sets the type of the draft shown, or of a new one.
pub fn use_type(app: App, case_type: CaseTypeId) {
    let writing = untrack(|| current(app)).unwrap_or_else(|| begin(app));
    writing.edit(app, |d| d.case_type = Some(case_type));
}

/// Links the article that is read to the draft shown, or takes it away again.
pub fn use_article(app: App) {
    let (Some(Reading::Article(article)), Some(writing)) =
        (app.reading.get_untracked(), untrack(|| current(app)))
    else {
        return;
    };
    writing.edit(app, |d| {
        let before = d.articles.len();
        d.articles.retain(|a| *a != article);
        if d.articles.len() == before {
            d.articles.push(article);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domain::Timestamp;
    use contract::domain::contact::FollowUpWish;

    fn empty() -> Draft {
        serde_json::from_value(serde_json::json!({
            "id": DraftId::new(Timestamp(1), [1; 10]),
            "case_id": CaseId::new(Timestamp(1), [1; 10]),
            "contact": {
                "id": ContactId::new(Timestamp(1), [1; 10]), "channel": "call",
                "entry": null, "queue": null, "started_at": 1, "waited_seconds": null,
            },
            "customer": { "phone": "0701740605" },
            "created_at": 1, "updated_at": 1,
        }))
        .unwrap()
    }

    #[test]
    fn only_what_the_call_brought_along_is_nothing_typed() {
        assert!(nothing_typed(&empty(), "0701740605"));
        let wish = FollowUpWish { channel: None, before: None };
        let field = FieldValue { field: "fastighet".parse().unwrap(), value: "Ekbacken 1:12".into() };
        let typed: [fn(&mut Draft, FollowUpWish, FieldValue); 5] = [
            |d, _, _| d.customer.phone = "0701740606".into(),
            |d, wish, _| d.follow_up = Some(wish),
            |d, _, field| d.fields.push(field),
            |d, _, _| d.disposition = Some(Disposition::Solved),
            |d, _, _| d.note = "ring efter fyra".into(),
        ];
        for change in typed {
            let mut draft = empty();
            change(&mut draft, wish.clone(), field.clone());
            assert!(!nothing_typed(&draft, "0701740605"));
        }
    }
}
