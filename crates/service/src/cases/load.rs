//! A case with everything that its views name.

use super::sight::Sight;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{CaseAlarm, CaseSummary, GuestOf};
use domain::alarm::Raised;
use domain::case::Case;
use domain::customer::{Customer, CustomerDetails, ProtectedIdentity};
use domain::handoff::{CaseText, FieldValue};
use domain::{CustomerId, Personal, TextId, UserId};
use std::cmp::Reverse;
use std::collections::HashMap;
use store::Text;

/// What stands in the place of a protected value.
pub(crate) const MASK: &str = "•••";

/// A case with everything that its views name.
#[derive(Debug)]
pub(crate) struct LoadedCase {
    pub(crate) case: Case,
    pub(crate) customer: Option<Customer>,
    /// Alarms that were raised of it.
    pub(crate) raised: Vec<Raised>,
    texts: HashMap<TextId, Personal<String>>,
    names: HashMap<UserId, Personal<String>>,
}

impl LoadedCase {
    /// Reads what the case points to; `new` are texts that are not written yet.
    pub(crate) async fn load(core: &Core, case: Case, new: Vec<Text>) -> Result<Self, Error> {
        let mut texts = core.store.texts(&text_ids(&case)).await.map_err(failure::store)?;
        texts.extend(new.into_iter().map(|text| (text.id, text.text)));
        let customer = match case.customer {
            Some(id) => core.store.customer(id).await.map_err(failure::store)?,
            None => None,
        };
        // Nothing that was raised matters of a case without a deadline.
        let mut raised = HashMap::new();
        if case.may_alarm() {
            raised = core.store.alarms(&[case.id]).await.map_err(failure::store)?;
        }
        let raised = raised.remove(&case.id).unwrap_or_default();
        Self::with(core, case, customer, raised, texts).await
    }

    /// Reads what the cases of a page point to: all texts in one turn, all customers, all alarms.
    pub(crate) async fn load_all(core: &Core, cases: Vec<Case>) -> Result<Vec<Self>, Error> {
        let ids: Vec<TextId> = cases.iter().flat_map(text_ids).collect();
        let mut texts = core.store.texts(&ids).await.map_err(failure::store)?;
        let customers: Vec<CustomerId> = cases.iter().filter_map(|case| case.customer).collect();
        let customers = core.store.customers(&customers).await.map_err(failure::store)?;
        let alarming: Vec<_> = cases.iter().filter(|case| case.may_alarm()).map(|case| case.id).collect();
        let mut raised = core.store.alarms(&alarming).await.map_err(failure::store)?;
        let mut loaded = Vec::with_capacity(cases.len());
        for case in cases {
            let own = text_ids(&case).into_iter().filter_map(|id| texts.remove_entry(&id)).collect();
            let customer = case.customer.and_then(|id| customers.get(&id).cloned());
            let raised = raised.remove(&case.id).unwrap_or_default();
            loaded.push(Self::with(core, case, customer, raised, own).await?);
        }
        Ok(loaded)
    }

    async fn with(
        core: &Core,
        case: Case,
        customer: Option<Customer>,
        raised: Vec<Raised>,
        texts: HashMap<TextId, Personal<String>>,
    ) -> Result<Self, Error> {
        let mut names = HashMap::new();
        let mut people = vec![case.owner];
        people.extend(case.handoffs.iter().flat_map(|h| [h.sent_by, h.officer()]).flatten());
        people
            .extend(case.questions.iter().flat_map(|q| [q.by, q.reply.and_then(|reply| reply.by)]).flatten());
        people.extend(raised.iter().filter_map(|raised| raised.acknowledged).map(|(user, _)| user));
        for user in people {
            if let std::collections::hash_map::Entry::Vacant(entry) = names.entry(user) {
                entry.insert(core.name(user).await?);
            }
        }
        Ok(Self { case, customer, raised, texts, names })
    }

    pub(crate) fn text(&self, id: TextId) -> Option<Personal<String>> {
        self.texts.get(&id).cloned()
    }

    pub(crate) fn name(&self, user: UserId) -> Personal<String> {
        self.names.get(&user).cloned().unwrap_or_default()
    }

    pub(crate) fn protected(&self) -> ProtectedIdentity {
        self.customer.as_ref().map_or(ProtectedIdentity::None, |customer| customer.protected)
    }

    /// What was typed about the customer; `None` when anonymous or erased.
    pub(crate) fn details(&self) -> Option<CustomerDetails> {
        let text = self.text(self.case.customer_text?)?;
        serde_json::from_str(text.expose()).ok()
    }

    /// The case on a line. A protected customer is masked for everyone.
    pub(crate) fn summary(&self, sight: &Sight) -> CaseSummary {
        let case = &self.case;
        let current = case.current_handoff().filter(|handoff| sight.group.is_none() || sight.sees(handoff));
        CaseSummary {
            id: case.id,
            version: case.version,
            number: case.number,
            case_type: case.case_type.clone(),
            status: case.status,
            front: case.front(),
            not_accepted: sight.group.is_none() && case.not_accepted(),
            rest: case.rest.filter(|_| sight.group.is_none()),
            waits_for: case.waits_for().filter(|_| !sight.is_past() && !sight.is_guest()),
            guest: self.guest(sight),
            alarm: self.alarm(sight),
            subject: self.text(case.subject).filter(|_| sight.include.subject),
            customer: self.customer_line().filter(|_| sight.include.customer),
            channel: case.contact.channel,
            group: current.map(|handoff| handoff.group.clone()),
            officer: current.and_then(|handoff| handoff.officer()).map(|user| self.name(user)),
            response_due: current.map(|handoff| handoff.response_due),
            registered_at: case.registered_at,
            owner_name: self.name(case.owner),
        }
    }

    fn guest(&self, sight: &Sight) -> Option<GuestOf> {
        let of = |guest: &domain::case::Guest<'_>| sight.group.as_ref() == Some(guest.group);
        let guest = self.case.guests().find(of).filter(|_| sight.is_guest())?;
        Some(GuestOf { due: guest.due })
    }

    /// The most pressing alarm that was raised, still matters and is the reader's to see.
    fn alarm(&self, sight: &Sight) -> Option<CaseAlarm> {
        // A deadline may have moved since it was raised.
        let seen = self.raised.iter().filter_map(|raised| {
            let due = self.case.alarms_at(&raised.alarm)?;
            sight.sees_alarm(&self.case, &raised.alarm).then_some((raised, due))
        });
        let (raised, due) = seen.max_by_key(|(raised, due)| (raised.alarm.step, Reverse(*due)))?;
        Some(CaseAlarm {
            kind: raised.alarm.kind,
            step: raised.alarm.step,
            due,
            acknowledged_by: raised.acknowledged.map(|(user, _)| self.name(user)),
        })
    }

    fn customer_line(&self) -> Option<Personal<String>> {
        if self.protected().masks() {
            return Some(MASK.into());
        }
        let details = self.details()?;
        [details.name, details.phone, details.email]
            .into_iter()
            .find(|value| !value.expose().trim().is_empty())
    }

    /// What the case says, as a handoff needs it.
    pub(crate) fn case_text(&self) -> CaseText {
        let case = &self.case;
        let text = |id: Option<TextId>| id.and_then(|id| self.text(id)).unwrap_or_default();
        let field = |field: &domain::case::FieldText| {
            Some(FieldValue { field: field.field.clone(), value: self.text(field.text)? })
        };
        CaseText {
            case_type: case.case_type.clone(),
            customer: self.details().unwrap_or_default(),
            subject: text(Some(case.subject)),
            note: text(case.note),
            place: text(case.place),
            fields: case.fields.iter().filter_map(field).collect(),
            checked: case.checked.clone(),
            follow_up: case.follow_up.clone(),
        }
    }
}

/// The side rows that a case points to.
fn text_ids(case: &Case) -> Vec<TextId> {
    let mut ids = vec![case.subject];
    let single = [case.note, case.place, case.customer_text, case.answer, case.not_satisfied];
    ids.extend(single.into_iter().flatten());
    ids.extend(case.fields.iter().map(|field| field.text));
    ids.extend(case.handoffs.iter().filter_map(|handoff| handoff.reason));
    let asked = case.questions.iter();
    ids.extend(asked.flat_map(|q| [Some(q.text), q.reply.map(|reply| reply.text), q.withdrawn]).flatten());
    ids
}
