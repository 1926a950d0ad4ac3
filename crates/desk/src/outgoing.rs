//! Sending what waits: in order for each case, exactly once by the ids of the commands.

use crate::Desk;
use crate::client::Client;
use crate::store::{Next, Refused, Store, Waiting};
use contract::desk::{Connection, Notice};
use contract::domain::{CaseId, CommandId, DraftId};
use contract::error::{Code, Error};
use contract::event::ChangeSent;
use contract::{Call, CommandInfo, Event, Kind};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Those who wait to hear what became of a change.
pub type Awaited = HashMap<CommandId, oneshot::Sender<Result<Value, Error>>>;

/// How long a change waits for the service before it counts as queued: nobody is held up (invariant 7).
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The waits until what waits is sent again while the service is there.
const AGAIN: [u64; 5] = [1, 2, 5, 10, 30];

impl Desk {
    /// Passes a command on. One that may wait is in the outbox before it is sent (invariant 4).
    pub(crate) async fn send(&self, info: &'static CommandInfo, call: Call) -> Result<Value, Error> {
        if info.kind != Kind::Queued {
            return self.client()?.call(info.name, &call).await;
        }
        let id = call.id.ok_or_else(|| Error::new(Code::Invalid, "a change carries an id"))?;
        let (store, owner) = (self.store()?, self.owner()?);
        let change = Waiting { id, command: info.name.to_owned(), payload: call.payload };
        let fallback = queued_reply(&change.payload);
        let (told, answer) = oneshot::channel();
        self.awaited().insert(id, told);
        if let Err(error) = store.put_unsent(&owner, change, self.0.environment.clock.now()).await {
            self.awaited().remove(&id);
            return Err(error);
        }
        self.0.wake.notify_one();
        let connected = self.state().connection == Connection::Connected;
        let answer = if connected { answered(answer).await } else { None };
        self.awaited().remove(&id);
        self.count_unsent().await;
        answer.unwrap_or(Ok(fallback))
    }

    /// The way to the service. Work may begin before it: then it is not there yet, and nobody has to sign in.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let state = self.state();
        let none = if state.me.is_some() { Code::Unavailable } else { Code::Unauthenticated };
        state.client.clone().ok_or(none.into())
    }

    fn awaited(&self) -> MutexGuard<'_, Awaited> {
        self.0.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the one who waits; false when nobody does.
    fn tell(&self, id: CommandId, answer: Result<Value, Error>) -> bool {
        let waits = self.awaited().remove(&id);
        waits.is_some_and(|told| told.send(answer).is_ok())
    }

    pub(crate) fn store(&self) -> Result<Store, Error> {
        self.state().store.clone().ok_or(Error::from(Code::Locked))
    }

    /// Sends what waits for as long as the service is there. What it cannot take now is sent again.
    pub(crate) async fn keep_sending(&self, client: &Client) {
        let mut tries = 0;
        loop {
            let wait = if self.flush_all(client).await {
                let wait = AGAIN.get(tries).or(AGAIN.last()).copied().unwrap_or(30);
                tries += 1;
                Duration::from_secs(wait)
            } else {
                tries = 0;
                Duration::MAX
            };
            let _ = tokio::time::timeout(wait, self.0.wake.notified()).await;
        }
    }

    /// Sends what waits; true when something still does.
    async fn flush_all(&self, client: &Client) -> bool {
        let waits = self.flush(client).await;
        self.count_unsent().await;
        waits
    }

    async fn flush(&self, client: &Client) -> bool {
        let _one_at_a_time = self.0.outgoing.lock().await;
        let (Ok(store), Ok(owner)) = (self.store(), self.owner()) else { return false };
        let (mut passed, mut missed, mut held) = (0, 0, Vec::<CaseId>::new());
        let mut waits = false;
        loop {
            let next = match store.next_unsent(&owner, passed).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(detail = error.detail, "the outbox cannot be read");
                    return true;
                }
            };
            let Some(Next { position, at, change }) = next else { return waits };
            passed = position;
            let Some(change) = change else {
                self.unreadable(&store, position).await;
                continue;
            };
            let case = change.case_id();
            // What belongs to a case that waits comes after it.
            if case.is_some_and(|case| held.contains(&case)) {
                continue;
            }
            let waited = self.0.environment.clock.now().0.saturating_sub(at.0);
            let call = change.call(u64::try_from(waited).unwrap_or_default());
            match client.call(&change.command, &call).await {
                Ok(reply) => self.was_sent(&store, &change, reply).await,
                Err(error) if of_the_service(error.code) => return true,
                Err(error) if keeps_waiting(error.code) => {
                    waits = true;
                    held.extend(case);
                    missed += u32::from(error.code == Code::Unavailable);
                    // One may be too slow by itself; two are the service.
                    if missed > 1 {
                        return true;
                    }
                }
                Err(error) => self.was_refused(&store, change, error).await,
            }
        }
    }

    async fn was_sent(&self, store: &Store, change: &Waiting, reply: Value) {
        if let Err(error) = store.forget_unsent(change.id).await {
            // Sent again at the next try: the service knows the id.
            tracing::warn!(detail = error.detail, "a change that was sent stays in the outbox");
        }
        let sent = change.case_id().map(|case_id| {
            let member = |name: &str| reply.get(name).cloned().unwrap_or_default();
            ChangeSent {
                case_id,
                number: serde_json::from_value(member("number")).ok().flatten(),
                leaves_at: serde_json::from_value(member("leaves_at")).ok().flatten(),
                response_due: serde_json::from_value(member("response_due")).ok().flatten(),
            }
        });
        if !self.tell(change.id, Ok(reply))
            && let Some(sent) = sent
        {
            self.emit(Event::ChangeSent(sent));
        }
    }

    /// What was typed is never lost by a refusal: it is a draft again, whoever waits.
    async fn was_refused(&self, store: &Store, change: Waiting, error: Error) {
        let clock = &self.0.environment.clock;
        let (now, code, id, case_id) = (clock.now(), error.code, change.id, change.case_id());
        let spare = DraftId::new(now, clock.random());
        match store.refuse_unsent(change, spare, now).await {
            Ok(_) if self.tell(id, Err(error)) => {}
            Ok(became) => {
                let draft = became == Refused::Draft;
                self.change(|state| state.notify(Notice::ChangeRefused { code, case_id, draft }));
                self.emit(Event::DraftsChanged);
            }
            Err(error) => tracing::error!(detail = error.detail, "a refused change stays in the outbox"),
        }
    }

    async fn unreadable(&self, store: &Store, position: i64) {
        if let Err(error) = store.set_aside(position).await {
            tracing::error!(detail = error.detail, "a change that cannot be read was not set aside");
        }
        self.change(|state| state.notify(Notice::Unreadable { count: 1 }));
    }

    /// Counts what waits, what was refused and what is of others, and tells the window when it differs.
    pub(crate) async fn count_unsent(&self) {
        let Ok(store) = self.store() else { return };
        let owner = self.state().owner.clone();
        let Ok(counts) = store.counts(owner.as_deref()).await else { return };
        let new = (counts.waiting, counts.refused, counts.of_others);
        let before = {
            let state = self.state();
            (state.unsent, state.refused, state.of_others)
        };
        if before != new {
            self.change(|state| (state.unsent, state.refused, state.of_others) = new);
        }
    }
}

/// The answer, if it comes while one can wait for it.
async fn answered(mut answer: oneshot::Receiver<Result<Value, Error>>) -> Option<Result<Value, Error>> {
    match tokio::time::timeout(PATIENCE, &mut answer).await {
        Ok(told) => told.ok(),
        Err(_) => {
            // From here on nobody waits, and whoever sends knows it.
            answer.close();
            answer.try_recv().ok()
        }
    }
}

/// Nothing can be sent now: somebody has to wait, sign in or update first.
const fn of_the_service(code: Code) -> bool {
    matches!(code, Code::Throttled | Code::Unauthenticated | Code::ContractMismatch)
}

/// Whether this change stays and is sent later: it is not its fault.
const fn keeps_waiting(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::Internal | Code::DiskFull | Code::Locked)
}

/// The reply for a change that waits: what both queued replies have in common.
fn queued_reply(payload: &Value) -> Value {
    json!({
        "case_id": payload.get("case_id"),
        "version": payload.get("version").and_then(Value::as_u64).unwrap_or(0),
        "number": null, "leaves_at": null, "response_due": null, "queued": true,
    })
}
