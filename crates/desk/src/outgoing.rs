//! Sending what waits: in order, exactly once by the ids of the commands.

use crate::Desk;
use crate::store::{Store, Waiting};
use contract::desk::Notice;
use contract::domain::CommandId;
use contract::error::{Code, Error};
use contract::{Call, CommandInfo, Kind};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

/// What became of changes that somebody waits for; `None` until the service has answered. Whoever sends a
/// change, the one who waits is told.
pub type Awaited = HashMap<CommandId, Option<Result<Value, Error>>>;

impl Desk {
    /// Passes a command on. One that may wait is in the outbox before it is sent (invariant 4).
    pub(crate) async fn send(&self, info: &'static CommandInfo, call: Call) -> Result<Value, Error> {
        if info.kind != Kind::Queued {
            let client = self.state().client.clone().ok_or(Error::from(Code::Unauthenticated))?;
            return client.call(info.name, &call).await;
        }
        let id = call.id.ok_or_else(|| Error::new(Code::Invalid, "a change carries an id"))?;
        let store = self.store()?;
        let change = Waiting { id, command: info.name.to_owned(), payload: call.payload };
        let fallback = queued_reply(&change.payload);
        self.awaited().insert(id, None);
        if let Err(error) = store.put_unsent(change, self.0.environment.clock.now()).await {
            self.awaited().remove(&id);
            return Err(error);
        }
        self.flush_all().await;
        self.awaited().remove(&id).flatten().unwrap_or(Ok(fallback))
    }

    fn awaited(&self) -> MutexGuard<'_, Awaited> {
        self.0.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the one who waits; false when nobody does.
    fn tell(&self, id: CommandId, answer: Result<Value, Error>) -> bool {
        self.awaited().get_mut(&id).map(|place| *place = Some(answer)).is_some()
    }

    pub(crate) fn store(&self) -> Result<Store, Error> {
        self.state().store.clone().ok_or(Error::from(Code::Locked))
    }

    /// Sends what waits until something keeps waiting.
    pub(crate) async fn flush_all(&self) {
        self.flush().await;
        self.count_unsent().await;
    }

    async fn flush(&self) {
        let _one_at_a_time = self.0.outgoing.lock().await;
        let Ok(store) = self.store() else { return };
        while let Ok(Some(change)) = store.next_unsent().await {
            let Some(client) = self.state().client.clone() else { return };
            let settled = match client.call(&change.command, &change.call()).await {
                Ok(reply) => {
                    self.tell(change.id, Ok(reply));
                    store.forget_unsent(change.id).await
                }
                Err(error) if keeps_waiting(error.code) => return,
                Err(error) if self.tell(change.id, Err(error.clone())) => {
                    store.forget_unsent(change.id).await
                }
                Err(error) => {
                    self.change(|state| state.notify(Notice::ChangeRefused { code: error.code }));
                    store.refuse_unsent(change.id, error.code).await
                }
            };
            if settled.is_err() {
                return;
            }
        }
    }

    /// Counts what waits and what was refused, and tells the window when it differs.
    pub(crate) async fn count_unsent(&self) {
        let Ok(store) = self.store() else { return };
        let Ok(unsent) = store.unsent().await else { return };
        let refused = unsent.iter().filter(|u| u.refused.is_some()).count();
        let waiting = unsent.len() - refused;
        let (waiting, refused) =
            (u32::try_from(waiting).unwrap_or(u32::MAX), u32::try_from(refused).unwrap_or(u32::MAX));
        let same = {
            let state = self.state();
            state.unsent == waiting && state.refused == refused
        };
        if !same {
            self.change(|state| {
                state.unsent = waiting;
                state.refused = refused;
            });
        }
    }
}

/// Whether the change stays and is sent later: the service is away, or somebody has to sign in first.
const fn keeps_waiting(code: Code) -> bool {
    code.passes_by_itself() || matches!(code, Code::Unauthenticated | Code::ContractMismatch | Code::Internal)
}

/// The reply for a change that waits: what both queued replies have in common.
fn queued_reply(payload: &Value) -> Value {
    json!({
        "case_id": payload.get("case_id"),
        "version": payload.get("version").and_then(Value::as_u64).unwrap_or(0),
        "number": null, "leaves_at": null, "response_due": null, "queued": true,
    })
}
