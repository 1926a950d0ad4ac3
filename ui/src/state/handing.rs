//! The preview of a handoff: asked anew whenever a choice in it changes.

use super::App;
use super::once::Once;
use super::outgoing::{self, Outgoing};
use crate::edge;
use crate::signal::RwSignal;
use crate::transport::query;
use contract::cases::{CaseAt, HandOffCase, PreviewHandoff, SendHandoff};
use contract::domain::case::CaseNumber;
use contract::domain::handoff::{CaseText, HandoffPreview, Include};
use contract::domain::structure::AfterHandoff;
use contract::domain::{HandoffId, ResponseGroupId};
use contract::{Code, HandoffPreviewCommand, HandoffSend};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A handoff being prepared.
#[derive(Clone, Copy)]
pub struct Handing {
    pub preview: RwSignal<Option<HandoffPreview>>,
    /// Why there is no preview.
    pub error: RwSignal<Option<Code>>,
    /// Another group than the type's own.
    pub group: RwSignal<Option<ResponseGroupId>>,
    /// Another choice than the receiver's default.
    pub include: RwSignal<Option<Include>>,
    /// Another choice than the agreement's of what becomes of the case at the front.
    pub after: RwSignal<Option<AfterHandoff>>,
    pub busy: RwSignal<bool>,
    /// Kept through every try: the same handoff is not sent twice.
    pub id: StoredValue<HandoffId>,
    once: Once,
    asked: StoredValue<u32>,
}

impl Handing {
    /// Nothing chosen yet.
    pub fn new() -> Self {
        Self {
            preview: RwSignal::new(None),
            error: RwSignal::new(None),
            group: RwSignal::new(None),
            include: RwSignal::new(None),
            after: RwSignal::new(None),
            busy: RwSignal::new(false),
            id: StoredValue::new(HandoffId::new(edge::local_now(), edge::random())),
            once: Once::new(),
            asked: StoredValue::new(0),
        }
    }

    /// Asks for the preview as chosen now.
    pub fn ask(self, app: App, text: CaseText) {
        let asked = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(asked);
        let request =
            PreviewHandoff { text, group: self.group.get_untracked(), include: self.include.get_untracked() };
        spawn_local(async move {
            let reply = query::<HandoffPreviewCommand>(request).await;
            if self.asked.try_get_value() != Some(asked) {
                return;
            }
            match reply {
                Ok(preview) => {
                    self.error.set(None);
                    self.preview.set(Some(preview));
                }
                Err(error) => {
                    self.error.set(Some(error.code));
                    app.fail(&error);
                }
            }
        });
    }

    /// The handoff as it stands; `None` before the preview, and while something is missing.
    pub fn handoff(self) -> Option<SendHandoff> {
        let preview = self.preview.get_untracked().filter(|preview| preview.missing.is_empty())?;
        Some(SendHandoff {
            id: self.id.get_value(),
            group: self.group.get_untracked(),
            include: preview.include,
            after: self.after.get_untracked().unwrap_or(preview.after),
        })
    }

    /// Sends an open case.
    pub fn send_case(self, app: App, case: CaseAt, number: CaseNumber, done: impl FnOnce() + 'static) {
        let (Some(handoff), false) = (self.handoff(), self.busy.get_untracked()) else { return };
        let Some(group) = self.preview.with_untracked(|p| p.as_ref().map(|p| p.group.clone())) else {
            return;
        };
        self.busy.set(true);
        let request = HandOffCase { case, handoff };
        spawn_local(async move {
            let reply = self.once.send::<HandoffSend>(&request).await;
            self.busy.set(false);
            match reply {
                Ok(reply) => {
                    let handed = Some((request.handoff.id, group));
                    outgoing::add(
                        app,
                        Outgoing {
                            case: case.case_id,
                            number: Some(number),
                            handed,
                            leaves_at: reply.leaves_at,
                            response_due: reply.response_due,
                            queued: reply.queued,
                            undo: app.rooted(Once::new),
                        },
                    );
                    done();
                }
                Err(error) => app.fail(&error),
            }
        });
    }
}
