//! A case to read.

use super::load::{LoadedCase, MASK};
use super::questions::questions;
use super::sight::{self, Sight};
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::cases::{CaseAction, CaseView, GetCase, HandoffView};
use contract::{Code, Error};
use domain::case::{AfterAnswer, Case, Recorded};
use domain::contact::Channel;
use domain::customer::CustomerDetails;
use domain::rights::Actor;
use domain::structure::Structure;
use domain::{Personal, TextId, Timestamp};
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
            handoffs: handoffs(loaded, &reference.structure, &sight),
            questions: questions(loaded, actor, &sight),
            consults: case.parts_for(actor, &reference.structure),
            returns: u32::try_from(case.returns()).unwrap_or(u32::MAX),
            colleagues: self.colleagues(case, actor).await?,
            return_reasons: return_reasons(case, actor, &reference.structure),
            history: self.history(case, events, &sight).await?,
            actions: actions(case, actor, &reference.structure, self.now()),
        })
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

/// Why the actor may give it back.
fn return_reasons(case: &Case, actor: &Actor, structure: &Structure) -> Vec<(String, String)> {
    if case.check_give_back(actor).is_err() {
        return Vec::new();
    }
    let reasons = structure.reasons_to_return().into_iter();
    reasons.map(|reason| (reason.id.into(), reason.name)).collect()
}

fn handoffs(loaded: &LoadedCase, structure: &Structure, sight: &Sight) -> Vec<HandoffView> {
    // One that was taken out of the list since is named as it was pointed to.
    let reasons = structure.reasons_to_return();
    let name = |why: &domain::ReturnReasonId| {
        reasons.iter().find(|reason| reason.id == *why).map_or_else(|| why.to_string(), |r| r.name.clone())
    };
    let seen = loaded.case.handoffs.iter().filter(|handoff| sight.sees(handoff));
    let view = |handoff: &domain::handoff::Handoff| HandoffView {
        id: handoff.id,
        group: handoff.group.clone(),
        stage: handoff.stage,
        leaves_at: handoff.leaves_at,
        receipt_due: handoff.receipt_due,
        response_due: handoff.response_due,
        resolution_due: handoff.resolution_due,
        accepted_by: handoff.officer().map(|user| loaded.name(user)),
        why: handoff.why.as_ref().filter(|_| sight.sees_reason(handoff)).map(name),
        reason: handoff.reason.filter(|_| sight.sees_reason(handoff)).and_then(|reason| loaded.text(reason)),
    };
    seen.map(view).collect()
}

/// What the actor can do now: the rules themselves are asked.
fn actions(case: &Case, actor: &Actor, structure: &Structure, now: Timestamp) -> Vec<CaseAction> {
    let some_text = TextId::new(now, [0; 10]);
    let undo = case.current_handoff().is_some_and(|h| case.undo_handoff(actor, h.id, now).is_ok());
    let can = [
        (CaseAction::HandOff, case.check_handoff(actor).is_ok()),
        (CaseAction::Undo, undo),
        (CaseAction::Accept, case.accept(actor).is_ok()),
        (CaseAction::GiveBack, case.check_give_back(actor).is_ok()),
        (
            CaseAction::Answer,
            case.answer(actor, some_text, "-", Channel::Call, AfterAnswer::default()).is_ok(),
        ),
        (CaseAction::Rewrite, case.check_rewrite(actor).is_ok()),
        (CaseAction::Confirm, case.confirm(actor, None).is_ok()),
        (CaseAction::Park, case.check_park(actor).is_ok()),
        (CaseAction::Unpark, case.unpark(actor).is_ok()),
        (CaseAction::Ask, case.check_ask(actor).is_ok()),
        (CaseAction::Consult, case.check_consult(actor).is_ok()),
        (CaseAction::TakeBack, case.take_back(actor, structure).is_ok()),
        (CaseAction::RenewLink, case.renew_link(actor, structure, now).is_ok()),
        (CaseAction::Close, case.close(actor).is_ok()),
        (CaseAction::Reopen, case.reopen(actor, some_text, "-").is_ok()),
    ];
    can.into_iter().filter(|(_, can)| *can).map(|(action, _)| action).collect()
}
