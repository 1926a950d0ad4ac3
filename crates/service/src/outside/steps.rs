//! What is done by a link: one step of the case, as an officer of the group would do it, and the link is used by it.

use super::page::{Page, Sorry, Wrong};
use super::{Link, is_replaced, outside_actor, outside_id};
use crate::caller::Done;
use crate::cases::LoadedCase;
use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::case::{AfterAnswer, Case, CaseEvent, CaseStatus, Refusal, TextKind};
use domain::contact::Channel;
use domain::rights::Actor;
use domain::{Personal, ResponseGroupId, ReturnReasonId, TextId};
use store::{Commit, Letter, StoreError, Text};

/// The longest answer and reason, characters.
const LONGEST: usize = 8_000;

/// What is asked for on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The receipt.
    Accept,
    /// The customer has been answered.
    Answer {
        /// What.
        text: Personal<String>,
        /// How.
        channel: Channel,
    },
    /// Back to the kontaktcenter.
    GiveBack {
        /// Why.
        why: Option<ReturnReasonId>,
        /// In words.
        text: Personal<String>,
    },
}

impl Step {
    fn text(&self) -> Option<&Personal<String>> {
        match self {
            Self::Accept => None,
            Self::Answer { text, .. } | Self::GiveBack { text, .. } => Some(text),
        }
    }

    fn too_long(&self) -> bool {
        self.text().is_some_and(|text| text.expose().chars().count() > LONGEST)
    }
}

impl Core {
    /// The page behind a link.
    pub(crate) async fn outside_page(&self, text: &str) -> Result<Page, Error> {
        let letter = match self.letter_behind(text).await? {
            Ok(letter) => letter,
            Err(sorry) => return Ok(Page::Sorry(sorry)),
        };
        let (case, actor) = match self.case_behind(&letter).await? {
            Ok(theirs) => theirs,
            Err(sorry) => return Ok(Page::Sorry(sorry)),
        };
        tracing::info!(letter = %letter.id, case = %case.id, "a link was opened");
        self.case_page(text, case, &actor, None).await
    }

    /// Does a step by a link; one that was done by it before is not done again, and told so.
    pub(crate) async fn outside_step(&self, text: &str, step: Step) -> Result<Page, Error> {
        let page = self.step_by_link(text, step.clone()).await?;
        let over = matches!(page, Page::Sorry(Sorry::Used | Sorry::Over));
        Ok(if over && self.did(text, &step).await? { Page::Already(step) } else { page })
    }

    async fn step_by_link(&self, text: &str, step: Step) -> Result<Page, Error> {
        let letter = match self.letter_behind(text).await? {
            Ok(letter) => letter,
            Err(sorry) => return Ok(Page::Sorry(sorry)),
        };
        let (case, actor) = match self.case_behind(&letter).await? {
            Ok(theirs) => theirs,
            Err(sorry) => return Ok(Page::Sorry(sorry)),
        };
        if step.too_long() {
            return self.case_page(text, case, &actor, Some((step, Wrong::TooLong))).await;
        }
        let group = letter.group.clone();
        let (events, texts) = match self.decide(&case, &actor, &group, &step)? {
            Ok(decided) => decided,
            // Nothing is used, and what was written stands there to be mended.
            Err(Refusal::TextMissing) => {
                return self.case_page(text, case, &actor, Some((step, Wrong::Missing))).await;
            }
            Err(_) => return Ok(Page::Sorry(Sorry::Over)),
        };
        tracing::info!(letter = %letter.id, case = %case.id, "a link was used");
        match self.write_step(&letter, case, &actor, events, texts).await? {
            Some(Some(next)) => Ok(Page::Next(next)),
            Some(None) => Ok(Page::Thanks(matches!(step, Step::GiveBack { .. }))),
            None => Ok(Page::Sorry(Sorry::Used)),
        }
    }

    /// The letter that a link came with, while it holds.
    async fn letter_behind(&self, text: &str) -> Result<Result<Letter, Sorry>, Error> {
        let Some(link) = Link::read(text, &self.link_key().await?) else { return Ok(Err(Sorry::Bad)) };
        let Some(kept) = self.store.letter(link.letter).await.map_err(failure::store)? else {
            return Ok(Err(Sorry::Bad));
        };
        Ok(match kept.used_at {
            Some(_) => Err(Sorry::Used),
            None if self.now() >= link.expires_at.min(kept.letter.expires_at) => Err(Sorry::Expired),
            None => Ok(kept.letter),
        })
    }

    /// Whether the link was used for this very step, with the same words: sent twice, as by a double click.
    async fn did(&self, text: &str, step: &Step) -> Result<bool, Error> {
        let Some(link) = Link::read(text, &self.link_key().await?) else { return Ok(false) };
        let kept = self.store.letter(link.letter).await.map_err(failure::store)?;
        let Some((letter, at)) = kept.and_then(|kept| Some((kept.letter, kept.used_at?))) else {
            return Ok(false);
        };
        let by = Some(outside_id(&letter.group));
        let events = self.store.case_events(letter.case_id).await.map_err(failure::store)?;
        let done = events.iter().rfind(|recorded| recorded.at == at && recorded.by == by);
        let (said, same) = match (done.map(|recorded| &recorded.event), step) {
            (Some(CaseEvent::Accepted { .. }), Step::Accept) => (None, true),
            (Some(CaseEvent::Answered { text, channel: known, .. }), Step::Answer { channel, .. }) => {
                (Some(*text), known == channel)
            }
            (Some(CaseEvent::Returned { reason, why: known, .. }), Step::GiveBack { why, .. }) => {
                (*reason, known == why)
            }
            _ => (None, false),
        };
        let kept = match said {
            Some(id) => self.store.texts(&[id]).await.map_err(failure::store)?.remove(&id),
            None => None,
        };
        // One that was erased since says nothing that could be the same.
        let words = |text: &Personal<String>| match (&kept, said) {
            (Some(kept), _) => kept == text,
            (None, Some(_)) => false,
            (None, None) => text.expose().trim().is_empty(),
        };
        Ok(same && step.text().is_none_or(words))
    }

    /// The case, while the group of the letter has it by the same handoff.
    async fn case_behind(&self, letter: &Letter) -> Result<Result<(Case, Actor), Sorry>, Error> {
        let case = self.store.case(letter.case_id).await.map_err(failure::store)?;
        let theirs = |case: &Case| {
            let works = matches!(case.status, CaseStatus::HandedOver | CaseStatus::Accepted);
            works && case.current_handoff().is_some_and(|handoff| handoff.id == letter.handoff)
        };
        Ok(match case.filter(theirs) {
            None => Err(Sorry::Over),
            Some(case) if is_replaced(&case, letter) => Err(Sorry::Replaced),
            Some(case) => Ok((case, outside_actor(&letter.group))),
        })
    }

    async fn case_page(
        &self,
        link: &str,
        case: Case,
        actor: &Actor,
        tried: Option<(Step, Wrong)>,
    ) -> Result<Page, Error> {
        let reference = self.reference.now();
        let events = self.store.case_events(case.id).await.map_err(failure::store)?;
        let type_name = reference.structure.case_type(&case.case_type).map(|known| known.name.clone());
        let loaded = LoadedCase::load(self, case, Vec::new()).await?;
        let mut view = self.view(&loaded, &events, actor).await?;
        if loaded.protected().masks() {
            // Whose details must not leak are told to nobody outside, and whatever is written may tell where they
            // live: the type and the number alone. The kontaktcenter reaches them.
            (view.customer, view.summary.customer, view.summary.subject) = (None, None, None);
            (view.note, view.place, view.fields) = (None, None, Vec::new());
        }
        Ok(Page::Case { link: link.to_owned(), view: Box::new(view), type_name, tried, now: self.now() })
    }

    /// The events of a step, with their texts. An answer, or going back, is a receipt too.
    #[allow(clippy::type_complexity, reason = "two refusals: of the service, and of the domain")]
    fn decide(
        &self,
        case: &Case,
        actor: &Actor,
        group: &ResponseGroupId,
        step: &Step,
    ) -> Result<Result<(Vec<CaseEvent>, Vec<Text>), Refusal>, Error> {
        let reference = self.reference.now();
        let written = |kind, text: &Personal<String>| -> Result<Text, Error> {
            Ok(Text { id: TextId::new(self.now(), self.random()?), kind, text: text.clone() })
        };
        Ok(match step {
            Step::Accept => case.accept(actor).map(|event| (vec![event], Vec::new())),
            Step::GiveBack { why, text } => {
                let reasons = reference.structure.reasons_to_return();
                let Some(why) = reasons.iter().find(|reason| Some(&reason.id) == why.as_ref()) else {
                    return Ok(Err(Refusal::TextMissing));
                };
                let text = written(TextKind::Reason, text)?;
                let said = !text.text.expose().trim().is_empty();
                let event = case.give_back(actor, why, Some((text.id, text.text.expose())));
                event.map(|event| (vec![event], if said { vec![text] } else { Vec::new() }))
            }
            Step::Answer { text, channel } => {
                let text = written(TextKind::Answer, text)?;
                let mut accepted = case.clone();
                let mut events = Vec::new();
                if case.status == CaseStatus::HandedOver {
                    let event = match case.accept(actor) {
                        Ok(event) => event,
                        Err(refusal) => return Ok(Err(refusal)),
                    };
                    let recorded = domain::case::Recorded {
                        at: self.now(),
                        heard_at: None,
                        by: Some(actor.user),
                        event: event.clone(),
                    };
                    accepted
                        .apply(&recorded)
                        .ok_or_else(|| failure::internal("a receipt does not follow"))?;
                    events.push(event);
                }
                debug_assert_eq!(*group, actor.group);
                let then = AfterAnswer::of(&accepted, actor, &reference.structure, self.now());
                let answered = accepted.answer(actor, text.id, text.text.expose(), *channel, then);
                answered.map(|event| {
                    events.push(event);
                    (events, vec![text])
                })
            }
        })
    }

    /// Writes the step with the use of its link; gives the link to go on by, after a receipt. `None`: somebody was
    /// before.
    async fn write_step(
        &self,
        letter: &Letter,
        case: Case,
        actor: &Actor,
        events: Vec<CaseEvent>,
        texts: Vec<Text>,
    ) -> Result<Option<Option<String>>, Error> {
        let now = self.now();
        // The moment of the use is the moment of what it did.
        let done = Done { at: now, heard_at: None };
        let (loaded, append) = self.appended_at(done, case, actor, events, texts).await?;
        let next = self.goes_on(&loaded.case, now)?;
        let link = match &next {
            Some(next) => {
                let link = Link { letter: next.id, expires_at: next.expires_at };
                Some(link.sign(&self.link_key().await?).ok_or_else(|| failure::internal("no link"))?)
            }
            None => None,
        };
        let commit = Commit {
            cases: vec![append],
            letters: next.into_iter().collect(),
            used_letters: vec![(letter.id, now)],
            ..Commit::default()
        };
        match self.store.commit(commit).await {
            Ok(_) => Ok(Some(link)),
            Err(StoreError::Stale) => Ok(None),
            Err(error) => Err(failure::store(error)),
        }
    }
}
