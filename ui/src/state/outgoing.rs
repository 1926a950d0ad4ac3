//! Receipts: what was registered, and what is on its way and can still be undone.

use super::once::Once;
use super::{App, drafts};
use crate::i18n::{K, tf};
use contract::HandoffUndo;
use contract::cases::{RegisterCase, RegisterReply, UndoHandoff};
use contract::domain::case::CaseNumber;
use contract::domain::{CaseId, HandoffId, ResponseGroupId, Timestamp};
use contract::event::ChangeSent;
use leptos::task::spawn_local;

/// A receipt. The newest is shown.
#[derive(Clone)]
pub struct Outgoing {
    pub case: CaseId,
    pub number: Option<CaseNumber>,
    /// To whom, when it was handed over.
    pub handed: Option<(HandoffId, ResponseGroupId)>,
    pub leaves_at: Option<Timestamp>,
    pub response_due: Option<Timestamp>,
    pub queued: bool,
    pub undo: Once,
}

impl Outgoing {
    /// Of a registration.
    pub fn of(app: App, request: &RegisterCase, reply: &RegisterReply) -> Self {
        let group = |handoff: &contract::cases::SendHandoff| {
            handoff.group.clone().or_else(|| {
                app.structure
                    .with_untracked(|s| s.case_type(&request.text.case_type).map(|t| t.group.clone()))
            })
        };
        Self {
            case: request.case_id,
            number: reply.number,
            handed: request.handoff.as_ref().and_then(|h| group(h).map(|group| (h.id, group))),
            leaves_at: reply.leaves_at,
            response_due: reply.response_due,
            queued: reply.queued,
            undo: app.rooted(Once::new),
        }
    }

    /// Whether it can be undone at `now`.
    pub fn can_undo(&self, now: Timestamp) -> bool {
        self.handed.is_some() && self.leaves_at.is_some_and(|leaves| now < leaves)
    }
}

/// Adds a receipt.
pub fn add(app: App, receipt: Outgoing) {
    app.outgoing.update(|all| {
        all.retain(|other| other.case != receipt.case);
        all.push(receipt);
        if all.len() > 3 {
            all.remove(0);
        }
    });
}

/// The next matter begins: what was told of the one before no longer stands over it, unless it can still be undone.
pub fn turn_the_page(app: App) {
    let now = app.service_now();
    app.outgoing.update(|all| all.retain(|receipt| receipt.can_undo(now)));
    app.message.set(None);
}

/// Undoes the newest handoff that still can be.
pub fn undo(app: App) {
    let now = app.service_now();
    let Some(receipt) =
        app.outgoing.with_untracked(|all| all.iter().rev().find(|o| o.can_undo(now)).cloned())
    else {
        return;
    };
    let Some((handoff, _)) = receipt.handed else { return };
    let request = UndoHandoff { case_id: receipt.case, handoff };
    spawn_local(async move {
        match receipt.undo.send::<HandoffUndo>(&request).await {
            Ok(_) => {
                app.outgoing.update(|all| all.retain(|o| o.case != receipt.case));
                drafts::open_case(app, receipt.case);
                app.tell(tf(K::UndoDone, &[("number", &drafts::number(receipt.number))]));
            }
            Err(error) => app.fail(&error),
        }
    });
}

/// A change that waited has been sent: its ten seconds begin now.
pub fn sent(app: App, sent: ChangeSent) {
    app.outgoing.update(|all| {
        for receipt in all.iter_mut().filter(|o| o.case == sent.case_id) {
            receipt.number = sent.number.or(receipt.number);
            receipt.leaves_at = sent.leaves_at;
            receipt.response_due = sent.response_due;
            receipt.queued = false;
        }
    });
}

/// A queued registration has been sent: it has its number now.
pub fn numbered(app: App, case: CaseId, number: CaseNumber) {
    if app.outgoing.with_untracked(|all| all.iter().any(|o| o.case == case && o.number.is_none())) {
        app.outgoing.update(|all| {
            for receipt in all.iter_mut().filter(|o| o.case == case) {
                receipt.number = Some(number);
                receipt.queued = false;
            }
        });
    }
}
