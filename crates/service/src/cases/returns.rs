//! Cases that groups give back.

use super::step::{Written, id_of};
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{CaseView, GiveBackCase, ListReturns, ReturnCount, ReturnList, ReturnedCase};
use domain::CommandId;
use domain::case::TextKind;
use domain::handoff::HandoffStage;
use domain::structure::ReturnReason;

/// So many of those that came back are listed.
const NEWEST: u16 = 50;
const DAY: i64 = 24 * 3_600_000;

impl Core {
    /// Answers `cases.returns`.
    pub(crate) async fn list_returns(
        &self,
        caller: &Caller,
        request: ListReturns,
    ) -> Result<ReturnList, Error> {
        if !(1..=366).contains(&request.days) {
            return Err(failure::invalid("days is 1–366"));
        }
        let actor = caller.actor()?;
        let since = self.now().plus_millis(-DAY * i64::from(request.days));
        let returns = self.store.returns(since, NEWEST).await.map_err(failure::store)?;
        // One that was taken out of the list since is named as it was pointed to.
        let reasons = self.reference.now().structure.reasons_to_return();
        let name = |why: &domain::ReturnReasonId| {
            let known: Option<&ReturnReason> = reasons.iter().find(|reason| reason.id == *why);
            known.map_or_else(|| why.to_string(), |reason| reason.name.clone())
        };
        let counts = returns.counts.into_iter().map(|count| ReturnCount {
            why: count.why.as_ref().map(name),
            group: count.group,
            expired: count.expired,
            count: count.count,
        });
        let counts = counts.collect();
        let mut newest = Vec::with_capacity(returns.newest.len());
        for (case, id) in returns.newest {
            let handoff = case.handoffs.iter().find(|handoff| handoff.id == id).cloned();
            let summary = self.summaries(vec![case], &actor).await?.pop();
            let (Some(handoff), Some(case)) = (handoff, summary) else { continue };
            newest.push(ReturnedCase {
                case,
                expired: handoff.stage == HandoffStage::Expired,
                why: handoff.why.as_ref().map(name),
                at: handoff.back_at.unwrap_or(handoff.receipt_due),
                group: handoff.group,
            });
        }
        Ok(ReturnList { counts, newest })
    }

    /// Answers `cases.give_back`.
    pub(crate) async fn give_back(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: GiveBackCase,
    ) -> Result<CaseView, Error> {
        let reasons = self.reference.now().structure.reasons_to_return();
        let why = reasons.iter().find(|reason| reason.id == request.why);
        let why = why.ok_or_else(|| failure::invalid("no such reason"))?;
        let text = request.reason.expose();
        let mut written = Written::said();
        if !text.trim().is_empty() {
            written.texts.push((TextKind::Reason, request.reason.clone()));
        }
        self.step(caller, id, request.case, written, |case, actor, texts| {
            case.give_back(actor, why, id_of(texts, TextKind::Reason).map(|id| (id, text.as_str())))
        })
        .await
    }
}
