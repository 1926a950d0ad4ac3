//! A case that a group gives back.

use super::step::{Written, id_of};
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{CaseView, GiveBackCase};
use domain::CommandId;
use domain::case::TextKind;

impl Core {
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
