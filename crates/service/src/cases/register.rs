//! Registration: a contact becomes a case, in one step with its customer and its handoff.

use super::handoff::Due;
use crate::caller::{Caller, Done};
use crate::core::{Asked, ChangeKey, Core, read_reply};
use crate::failure;
use contract::cases::{RegisterCase, RegisterReply};
use contract::{Code, Error};
use domain::case::{CaseEvent, CaseNumber, FieldText, Registration, TextKind, check_registration};
use domain::customer::{Customer, CustomerDetails, ProtectedIdentity};
use domain::handoff::FieldValue;
use domain::phone_number::PhoneNumber;
use domain::rights::Actor;
use domain::service_hours::wall_clock;
use domain::structure::{CaseType, FieldKind};
use domain::{CommandId, CustomerId, Personal, TextId, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use store::{CaseAppend, Commit, Committed, StoreError, Text};

/// The longest subject, place, name and field, and the longest note; characters.
pub(super) const LONGEST_LINE: usize = 1_000;
const LONGEST_NOTE: usize = 20_000;
/// At most so many fields, ticked lines and articles.
const MOST: usize = 200;

/// A registration that only lacks its number.
struct Ready {
    registration: Registration,
    events: Vec<CaseEvent>,
    texts: Vec<Text>,
    phone: Option<PhoneNumber>,
    customer: Option<Customer>,
    due: Option<Due>,
    actor: Actor,
    done: Done,
    case_id: domain::CaseId,
    key: ChangeKey,
}

impl Core {
    /// Answers `cases.register`.
    pub(crate) async fn register(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: RegisterCase,
    ) -> Result<RegisterReply, Error> {
        let key = match self.asked(caller, id).await? {
            Asked::Before(reply) => return Ok(reply),
            Asked::First(key) => key,
        };
        let reference = self.reference.now();
        let case_type = reference.structure.case_type(&request.text.case_type);
        let case_type = case_type.ok_or_else(|| failure::invalid("no such case type"))?;
        let actor = caller.actor()?;
        check_registration(&actor, case_type, request.disposition, request.handoff.is_some())?;
        check_text(&request, case_type)?;
        let ready = self.ready(request, actor, key, caller.done(self.now())).await?;
        let year = wall_clock(ready.done.at).map(|shown| shown.date.0.year()).unwrap_or_default();
        self.write_registration(year, ready).await
    }

    async fn write_registration(&self, year: i16, ready: Ready) -> Result<RegisterReply, Error> {
        let written = Arc::new(Mutex::new(None));
        let reply = Arc::clone(&written);
        let build = move |number| {
            let (commit, built) = ready.commit(number).map_err(|_| StoreError::Broken)?;
            *reply.lock().unwrap_or_else(PoisonError::into_inner) = Some(built);
            Ok(commit)
        };
        // What was written is answered without being read again: it is registered, whatever fails after.
        match self.store.commit_numbered(year, Box::new(build)).await.map_err(failure::store)? {
            Committed::Repeated(reply) => read_reply(&reply),
            Committed::Done(_) => {
                let reply = written.lock().unwrap_or_else(PoisonError::into_inner).take();
                reply.ok_or_else(|| failure::internal("a registered case has no reply"))
            }
        }
    }

    async fn ready(
        &self,
        request: RegisterCase,
        actor: Actor,
        key: ChangeKey,
        done: Done,
    ) -> Result<Ready, Error> {
        let at = done.at;
        let sent = request.handoff.as_ref().map(|handoff| self.sent(&request.text, handoff, done));
        let sent = sent.transpose()?;
        let mut texts = Texts { core: self, at, texts: Vec::new() };
        let mut details = request.text.customer;
        let phone = PhoneNumber::parse(details.phone.expose()).ok();
        let (customer_id, customer) = self.customer_of(&details, phone.as_ref(), at).await?;
        details.id = customer_id;
        let customer_text = if details.is_anonymous() {
            None
        } else {
            let json = serde_json::to_string(&details).map_err(|_| failure::internal("no JSON"))?;
            Some(texts.add(TextKind::Customer, Personal::new(json))?)
        };
        let mut fields = Vec::new();
        for value in request.text.fields {
            if !value.value.expose().trim().is_empty() {
                fields.push(FieldText { field: value.field, text: texts.add(TextKind::Field, value.value)? });
            }
        }
        let registration = Registration {
            number: CaseNumber { year: 0, serial: 0 },
            case_type: request.text.case_type,
            contact: request.contact,
            owner: actor.user,
            customer: customer_id,
            customer_text,
            subject: texts.add(TextKind::Subject, request.text.subject)?,
            note: texts.add_if_any(TextKind::Note, request.text.note)?,
            place: texts.add_if_any(TextKind::Place, request.text.place)?,
            fields,
            checked: request.text.checked,
            articles: request.articles,
            disposition: request.disposition,
            follow_up: request.text.follow_up,
        };
        let due = sent.as_ref().map(|(_, due)| *due);
        let mut events: Vec<CaseEvent> = sent.into_iter().map(|(event, _)| event).collect();
        if request.disposition.closes() {
            events.push(CaseEvent::Closed);
        }
        let (texts, case_id) = (texts.texts, request.case_id);
        Ok(Ready { registration, events, texts, phone, customer, due, actor, done, case_id, key })
    }

    /// The customer that the details mean: named by id, known by number and name, or new when there is
    /// both a name and a number to find them by again.
    pub(super) async fn customer_of(
        &self,
        details: &CustomerDetails,
        phone: Option<&PhoneNumber>,
        at: Timestamp,
    ) -> Result<(Option<CustomerId>, Option<Customer>), Error> {
        if let Some(id) = details.id {
            let known = self.store.customer(id).await.map_err(failure::store)?;
            let known = known.ok_or_else(|| failure::invalid("no such customer"))?;
            return Ok((Some(known.id), None));
        }
        let Some(phone) = phone else { return Ok((None, None)) };
        let known = self.store.customers_by_phone(phone).await.map_err(failure::store)?;
        let name = details.name.expose().trim();
        if let Some(same) = known.iter().find(|customer| same_name(customer.name.expose(), name)) {
            return Ok((Some(same.id), None));
        }
        // Until an administrator decides otherwise, whoever calls from a protected person's number may be them.
        let strictest = known.iter().max_by_key(|customer| customer.protected);
        let protected = strictest.map_or(ProtectedIdentity::None, |customer| customer.protected);
        match (known.as_slice(), strictest) {
            ([only], _) if name.is_empty() => return Ok((Some(only.id), None)),
            (_, Some(one)) if name.is_empty() && protected.masks() => return Ok((Some(one.id), None)),
            _ if name.is_empty() => return Ok((None, None)),
            _ => {}
        }
        let email = Some(details.email.clone()).filter(|email| !email.expose().trim().is_empty());
        let customer = Customer {
            id: CustomerId::new(at, self.random()?),
            name: Personal::from(name),
            phones: vec![phone.clone()],
            email,
            address: None,
            protected,
        };
        Ok((Some(customer.id), Some(customer)))
    }
}

impl Ready {
    /// What is written under the number, and what is answered.
    fn commit(&self, number: CaseNumber) -> Result<(Commit, RegisterReply), Error> {
        let registration = Registration { number, ..self.registration.clone() };
        let registered = CaseEvent::Registered(Box::new(registration));
        let events = std::iter::once(registered).chain(self.events.iter().cloned());
        let recorded = |event| self.done.recorded(self.actor.user, event);
        let reply = RegisterReply {
            case_id: self.case_id,
            number: Some(number),
            leaves_at: self.due.map(|due| due.leaves_at),
            response_due: self.due.map(|due| due.response),
            queued: false,
        };
        let commit = Commit {
            receipt: Some(self.key.receipt(&reply)?),
            cases: vec![CaseAppend {
                case_id: self.case_id,
                expected: 0,
                events: events.map(recorded).collect(),
                texts: self.texts.clone(),
                phone: self.phone.clone(),
            }],
            customers: self.customer.iter().cloned().collect(),
            ..Commit::default()
        };
        Ok((commit, reply))
    }
}

/// Side rows under way.
struct Texts<'a> {
    core: &'a Core,
    at: Timestamp,
    texts: Vec<Text>,
}

impl Texts<'_> {
    fn add(&mut self, kind: TextKind, text: Personal<String>) -> Result<TextId, Error> {
        let id = TextId::new(self.at, self.core.random()?);
        self.texts.push(Text { id, kind, text });
        Ok(id)
    }

    fn add_if_any(&mut self, kind: TextKind, text: Personal<String>) -> Result<Option<TextId>, Error> {
        if text.expose().trim().is_empty() { Ok(None) } else { self.add(kind, text).map(Some) }
    }
}

fn same_name(known: &str, typed: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    !typed.is_empty() && words(known) == words(typed)
}

fn check_text(request: &RegisterCase, case_type: &CaseType) -> Result<(), Error> {
    let text = &request.text;
    if text.subject.expose().trim().is_empty() && text.note.expose().trim().is_empty() {
        return Err(Error::new(Code::Missing, "subject"));
    }
    let lines = [&text.subject, &text.place, &text.customer.name, &text.customer.phone, &text.customer.email];
    let values = text.fields.iter().map(|field| &field.value);
    let long = |text: &Personal<String>, most| text.expose().chars().count() > most;
    if lines.into_iter().chain(values).any(|line| long(line, LONGEST_LINE)) || long(&text.note, LONGEST_NOTE)
    {
        return Err(Code::TooLarge.into());
    }
    if [text.fields.len(), text.checked.len(), request.articles.len()].iter().any(|count| *count > MOST) {
        return Err(Code::TooLarge.into());
    }
    check_fields(&text.fields, case_type)
}

/// That the type has the fields, and that what stands in them is of their kind.
pub(super) fn check_fields(values: &[FieldValue], case_type: &CaseType) -> Result<(), Error> {
    for value in values {
        let field = case_type.fields.iter().find(|field| field.id == value.field);
        let field = field.ok_or_else(|| failure::invalid("no such field"))?;
        if !fits(&field.kind, value.value.expose().trim()) {
            return Err(Error::new(Code::Invalid, format!("field {}", field.id)));
        }
    }
    Ok(())
}

fn fits(kind: &FieldKind, value: &str) -> bool {
    if value.is_empty() {
        return true;
    }
    match kind {
        FieldKind::Text => true,
        FieldKind::Number => value.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite),
        FieldKind::Date => value.parse::<domain::service_hours::CivilDate>().is_ok(),
        FieldKind::Choice { options } => options.iter().any(|option| option == value),
    }
}
