//! When what is typed is kept: after a pause, and within a second however fast one types (invariant 4).

use super::App;
use crate::edge;
use crate::signal::RwSignal;
use crate::transport::Sent;
use contract::domain::Timestamp;
use contract::{Code, Error};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::pin::Pin;
use std::rc::Rc;

/// Milliseconds after the last key until what was typed is sent to be kept.
const PAUSE: u64 = 300;
/// Milliseconds after the first unsaved key until it is sent however fast one types: with the write itself it
/// is there within a second.
const AT_THE_LATEST: i64 = 800;
/// Milliseconds until a failed save is tried again.
pub const AGAIN: u64 = 3_000;

/// How something typed stands on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// Nothing typed.
    Nothing,
    /// Typed, not yet there.
    Pending,
    /// There.
    At(Timestamp),
    /// Not there; tried again.
    Failed,
}

/// A save under way; it gives when it was done.
pub type Saving = Pin<Box<dyn Future<Output = Result<Timestamp, Error>>>>;

/// A save that has been sent; it is on disk when the host has taken it.
pub fn saving(app: App, sent: Sent) -> Saving {
    Box::pin(async move { sent.await.map(|_| app.service_now()) })
}

/// Begins to save what stands there now; `None`: it is no longer to be kept.
pub type Save = Rc<dyn Fn() -> Option<Saving>>;

/// The keeping of one text.
#[derive(Clone, Copy)]
pub struct Keeping {
    pub saved: RwSignal<Saved>,
    generation: StoredValue<u32>,
    /// The first key since the last save.
    unsaved_since: StoredValue<Option<Timestamp>>,
    /// A save is under way.
    saving: StoredValue<bool>,
}

impl Keeping {
    /// Of a text that stands on disk like this.
    pub fn new(saved: Saved) -> Self {
        Self {
            saved: RwSignal::new(saved),
            generation: StoredValue::new(0),
            unsaved_since: StoredValue::new(None),
            saving: StoredValue::new(false),
        }
    }

    /// Something was typed: it is saved soon.
    pub fn typed(self, app: App, save: Save) {
        self.saved.set(Saved::Pending);
        let generation = self.next();
        let now = edge::local_now();
        let since = self.unsaved_since.get_value().unwrap_or(now);
        self.unsaved_since.set_value(Some(since));
        edge::after(pause(now.0 - since.0), move || {
            if self.generation.try_get_value() == Some(generation) {
                self.save(app, save);
            }
        });
    }

    /// It has been sent: what waits to be saved is not. A save under way is followed by one of what stands
    /// there then.
    pub fn sent(self) {
        self.next();
        self.unsaved_since.set_value(None);
        self.saved.set(Saved::Nothing);
    }

    /// Whether something typed is not on disk.
    pub fn is_behind(self) -> bool {
        matches!(self.saved.get_untracked(), Saved::Pending | Saved::Failed)
    }

    /// Waits for a save that is begun now; false when more was typed meanwhile.
    pub fn done(self, saving: Saving) -> impl Future<Output = Result<bool, Error>> {
        let generation = self.generation.get_value();
        async move {
            let kept = saving.await;
            let latest = self.generation.get_value() == generation;
            match kept {
                Ok(at) => {
                    if latest {
                        self.saved.set(Saved::At(at));
                    }
                    Ok(latest)
                }
                Err(error) => {
                    self.saved.set(Saved::Failed);
                    Err(error)
                }
            }
        }
    }

    fn next(self) -> u32 {
        let generation = self.generation.get_value().wrapping_add(1);
        self.generation.set_value(generation);
        generation
    }

    /// One save at a time: an older one never is the last to be written.
    fn save(self, app: App, save: Save) {
        if self.saving.get_value() {
            return;
        }
        let Some(saving) = save() else { return };
        self.saving.set_value(true);
        self.unsaved_since.set_value(None);
        let done = self.done(saving);
        spawn_local(async move {
            let kept = done.await;
            self.saving.set_value(false);
            match kept {
                Ok(true) => app.mended(&[Code::DiskFull]),
                Ok(false) => self.save(app, save),
                Err(error) => {
                    if error.code == Code::DiskFull {
                        app.fail(&error);
                    }
                    edge::after(AGAIN, move || self.save(app, save));
                }
            }
        });
    }
}

/// How long a save waits when the first unsaved key was `waited` milliseconds ago.
fn pause(waited: i64) -> u64 {
    u64::try_from(AT_THE_LATEST - waited).unwrap_or(0).min(PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_never_pauses_is_saved_all_the_same() {
        assert_eq!(pause(0), PAUSE);
        assert_eq!(pause(600), 200);
        assert_eq!(pause(900), 0);
    }
}
