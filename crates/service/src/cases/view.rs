//! A case to read.

use super::load::{LoadedCase, MASK};
use super::sight::{self, Sight};
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::cases::{CaseAction, CaseView, GetCase, HandoffView, HistoryKind, HistoryLine};
use contract::{Code, Error};
use domain::case::{AfterAnswer, Case, CaseEvent, Recorded};
use domain::contact::Channel;
use domain::customer::CustomerDetails;
use domain::rights::Actor;
use domain::structure::Structure;
use domain::{HandoffId, Personal, ResponseGroupId, TextId, Timestamp};
use store::{Commit, Look};

impl Core {
    /// Answers `cases.get`. A look at a protected customer is kept.
    pub(crate) async fn get_case(&self, caller: &Caller, request: GetCase) -> Result<CaseView, Error> {
        let actor = caller.actor()?;
        let case = self.visible(request.case_id, &actor).await?;
        let events = self.store.case_events(case.id).await.map_err(failure::store)?;
        let loaded = LoadedCase::load(self, case, Vec::new()).await?;
        let view = self.view(&loaded, &events, &actor).await?;
        if let Some(look) = self.look(&loaded, &actor) {
            let commit = Commit { looks: vec![look], ..Commit::default() };
            self.store.commit(commit).await.map_err(failure::store)?;
        }
        Ok(view)
    }

    /// The case, when the actor may know of it.
    pub(crate) async fn visible(&self, id: domain::CaseId, actor: &Actor) -> Result<Case, Error> {
        let case = self.store.case(id).await.map_err(failure::store)?;
        case.filter(|case| case.visible_to(actor)).ok_or_else(|| Code::NotFound.into())
    }

    /// The look that a view of the case is, when its customer is protected and shown.
    pub(crate) fn look(&self, loaded: &LoadedCase, actor: &Actor) -> Option<Look> {
        let customer = loaded.customer.as_ref().filter(|customer| customer.protected.masks())?;
        let sight = sight::of(&loaded.case, actor, &self.reference.now().structure)?;
        let shown = sight.works_on_it && sight.include.customer;
        let look =
            Look { at: self.now(), user: actor.user, customer: customer.id, case_id: Some(loaded.case.id) };
        shown.then_some(look)
    }

    /// The view for `actor`.
    pub(crate) async fn view(
        &self,
        loaded: &LoadedCase,
        events: &[Recorded],
        actor: &Actor,
    ) -> Result<CaseView, Error> {
        let reference = self.reference.now();
        let sight = sight::of(&loaded.case, actor, &reference.structure).ok_or(Code::NotFound)?;
        let (case, include) = (&loaded.case, sight.include);
        let text = |id: Option<TextId>, seen: bool| id.filter(|_| seen).and_then(|id| loaded.text(id));
        Ok(CaseView {
            summary: loaded.summary(&sight),
            disposition: case.disposition,
            customer: shown_customer(loaded, &sight),
            protected: loaded.protected(),
            note: text(case.note, include.note),
            place: text(case.place, include.fields),
            fields: if include.fields { fields(loaded, &reference.structure) } else { Vec::new() },
            checked: if include.fields { checked(case, &reference.knowledge.checklists) } else { Vec::new() },
            // An article's title says what the errand is.
            articles: if include.fields { case.articles.clone() } else { Vec::new() },
            article_titles: if include.fields { titles(case, &reference.knowledge) } else { Vec::new() },
            follow_up: case.follow_up.clone(),
            answer: text(case.answer, sight.sees_answer()),
            answer_channel: case.answer_channel.filter(|_| sight.sees_answer()),
            not_satisfied: text(case.not_satisfied, sight.sees_answer()),
            closes_at: case.close_at,
            handoffs: handoffs(loaded, &sight),
            history: self.history(events, &sight).await?,
            actions: actions(case, actor, self.now()),
        })
    }

    async fn history(&self, events: &[Recorded], sight: &Sight) -> Result<Vec<HistoryLine>, Error> {
        let mut groups: Vec<(HandoffId, ResponseGroupId)> = Vec::new();
        let mut lines = Vec::new();
        for recorded in events {
            if let CaseEvent::HandoffSent { handoff, group, .. } = &recorded.event {
                groups.push((*handoff, group.clone()));
            }
            let (what, handoff) = kind(&recorded.event);
            let group = handoff
                .and_then(|id| groups.iter().find(|(known, _)| *known == id))
                .map(|(_, group)| group.clone());
            let others = |own: &ResponseGroupId| group.as_ref().is_some_and(|group| group != own);
            if sight.group.as_ref().is_some_and(others) {
                continue;
            }
            let by = match recorded.by {
                Some(user) => Some(self.name(user).await?),
                None => None,
            };
            let until = match &recorded.event {
                CaseEvent::Parked { until } => Some(*until),
                _ => None,
            };
            lines.push(HistoryLine { at: recorded.at, heard_at: recorded.heard_at, by, what, group, until });
        }
        Ok(lines)
    }
}

fn kind(event: &CaseEvent) -> (HistoryKind, Option<HandoffId>) {
    match event {
        CaseEvent::Registered(_) => (HistoryKind::Registered, None),
        CaseEvent::HandoffSent { handoff, .. } => (HistoryKind::HandoffSent, Some(*handoff)),
        CaseEvent::HandoffUndone { handoff } => (HistoryKind::HandoffUndone, Some(*handoff)),
        CaseEvent::HandoffLeft { handoff, .. } => (HistoryKind::HandoffLeft, Some(*handoff)),
        CaseEvent::Accepted { handoff } => (HistoryKind::Accepted, Some(*handoff)),
        CaseEvent::Returned { handoff, .. } => (HistoryKind::Returned, Some(*handoff)),
        CaseEvent::ReceiptExpired { handoff } => (HistoryKind::ReceiptExpired, Some(*handoff)),
        CaseEvent::Rewritten { .. } => (HistoryKind::Rewritten, None),
        CaseEvent::Answered { .. } => (HistoryKind::Answered, None),
        CaseEvent::Confirmed => (HistoryKind::Confirmed, None),
        CaseEvent::NotSatisfied { .. } => (HistoryKind::NotSatisfied, None),
        CaseEvent::Parked { .. } => (HistoryKind::Parked, None),
        CaseEvent::Unparked => (HistoryKind::Unparked, None),
        CaseEvent::Closed => (HistoryKind::Closed, None),
        CaseEvent::Reopened { .. } => (HistoryKind::Reopened, None),
    }
}

/// The customer's details: masked when protected, unless the reader works on the case.
fn shown_customer(loaded: &LoadedCase, sight: &Sight) -> Option<CustomerDetails> {
    let details = loaded.details().filter(|_| sight.include.customer)?;
    if !loaded.protected().masks() || sight.works_on_it {
        return Some(details);
    }
    let mask = |value: &Personal<String>| {
        if value.expose().is_empty() { Personal::default() } else { Personal::from(MASK) }
    };
    Some(CustomerDetails {
        id: details.id,
        name: mask(&details.name),
        phone: mask(&details.phone),
        email: mask(&details.email),
    })
}

fn fields(loaded: &LoadedCase, structure: &Structure) -> Vec<(String, Personal<String>)> {
    let case_type = structure.case_type(&loaded.case.case_type);
    let label = |id: &domain::FieldId| {
        let field = case_type.and_then(|t| t.fields.iter().find(|field| field.id == *id));
        field.map_or_else(|| id.to_string(), |field| field.label.clone())
    };
    let fields = loaded.case.fields.iter();
    fields.filter_map(|field| Some((label(&field.field), loaded.text(field.text)?))).collect()
}

fn checked(case: &Case, checklists: &[domain::knowledge::Checklist]) -> Vec<String> {
    let lists = checklists.iter().filter(|list| list.case_types.contains(&case.case_type));
    let items: Vec<_> = lists.flat_map(|list| &list.items).collect();
    let text = |id: &domain::ChecklistItemId| {
        items.iter().find(|item| item.id == *id).map_or_else(|| id.to_string(), |item| item.text.clone())
    };
    case.checked.iter().map(text).collect()
}

/// One that was taken out of the answer support since is named as it was pointed to.
fn titles(case: &Case, knowledge: &domain::knowledge::KnowledgeBase) -> Vec<String> {
    let title = |id: &domain::ArticleId| {
        let article = knowledge.articles.iter().find(|article| article.id == *id);
        article.map_or_else(|| id.to_string(), |article| article.title.clone())
    };
    case.articles.iter().map(title).collect()
}

fn handoffs(loaded: &LoadedCase, sight: &Sight) -> Vec<HandoffView> {
    let seen = loaded.case.handoffs.iter().filter(|handoff| sight.sees(handoff));
    let view = |handoff: &domain::handoff::Handoff| HandoffView {
        id: handoff.id,
        group: handoff.group.clone(),
        stage: handoff.stage,
        leaves_at: handoff.leaves_at,
        receipt_due: handoff.receipt_due,
        response_due: handoff.response_due,
        resolution_due: handoff.resolution_due,
        accepted_by: handoff.accepted_by.map(|user| loaded.name(user)),
        reason: handoff.reason.filter(|_| sight.sees_reason(handoff)).and_then(|reason| loaded.text(reason)),
    };
    seen.map(view).collect()
}

/// What the actor can do now: the rules themselves are asked.
fn actions(case: &Case, actor: &Actor, now: Timestamp) -> Vec<CaseAction> {
    let some_text = TextId::new(now, [0; 10]);
    let undo = case.current_handoff().is_some_and(|h| case.undo_handoff(actor, h.id, now).is_ok());
    let can = [
        (CaseAction::HandOff, case.check_handoff(actor).is_ok()),
        (CaseAction::Undo, undo),
        (CaseAction::Accept, case.accept(actor).is_ok()),
        (CaseAction::GiveBack, case.give_back(actor, some_text, "-").is_ok()),
        (
            CaseAction::Answer,
            case.answer(actor, some_text, "-", Channel::Call, AfterAnswer::default()).is_ok(),
        ),
        (CaseAction::Rewrite, case.check_rewrite(actor).is_ok()),
        (CaseAction::Confirm, case.confirm(actor, None).is_ok()),
        (CaseAction::Park, case.check_park(actor).is_ok()),
        (CaseAction::Unpark, case.unpark(actor).is_ok()),
        (CaseAction::Close, case.close(actor).is_ok()),
        (CaseAction::Reopen, case.reopen(actor, some_text, "-").is_ok()),
    ];
    can.into_iter().filter(|(_, can)| *can).map(|(action, _)| action).collect()
}
