//! Leptos' signals and memos, held without their types.
//!
//! Leptos writes out reading, writing and following a value once for each type of value; here it is done once
//! for all, and only the value itself knows its type.

use leptos::prelude::{Get as _, ReadUntracked as _, Set as _, Track as _, Update as _};
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

type Held = Box<dyn Any + Send + Sync>;

/// A value that can be changed, and is followed by what reads it.
pub struct RwSignal<T> {
    held: leptos::prelude::RwSignal<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T: Send + Sync + 'static> RwSignal<T> {
    /// Holds `value` until the owner it is made in goes.
    pub fn new(value: T) -> Self {
        Self { held: make(Box::new(value)), of: PhantomData }
    }

    /// Reads it, without following it.
    pub fn with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(known(&**self.held.read_untracked()))
    }

    /// Reads and follows it.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        self.track();
        self.with_untracked(read)
    }

    /// Follows it.
    pub fn track(self) {
        self.held.track();
    }

    /// Changes it.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        let mut change = Some(change);
        alter(self.held, &mut |held| {
            if let (Some(value), Some(change)) = (held.downcast_mut(), change.take()) {
                change(value);
            }
        });
    }

    /// Puts another value there.
    pub fn set(self, value: T) {
        self.try_set(value);
    }

    /// Puts another value there, and tells whether anybody could see it: its owner may have gone.
    pub fn try_set(self, value: T) -> bool {
        put(self.held, Box::new(value))
    }
}

impl<T: Clone + Send + Sync + 'static> RwSignal<T> {
    /// The value; followed.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

fn known<T: 'static>(held: &(dyn Any + Send + Sync)) -> &T {
    held.downcast_ref().unwrap_or_else(|| unreachable!("a signal holds what it was made with"))
}

fn make(value: Held) -> leptos::prelude::RwSignal<Held> {
    leptos::prelude::RwSignal::new(value)
}

fn put(signal: leptos::prelude::RwSignal<Held>, value: Held) -> bool {
    signal.try_set(value).is_none()
}

fn alter(signal: leptos::prelude::RwSignal<Held>, change: &mut dyn FnMut(&mut Held)) {
    signal.try_update(|held| change(held));
}

/// A value worked out of others; what reads it is told only when it has become another.
pub struct Memo<T> {
    worked_out: leptos::prelude::Memo<WorkedOut>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

#[derive(Clone)]
struct WorkedOut {
    value: Arc<dyn Any + Send + Sync>,
    same: fn(&(dyn Any + Send + Sync), &(dyn Any + Send + Sync)) -> bool,
}

impl PartialEq for WorkedOut {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// Works it out now, and again when what it reads has changed.
    pub fn new(work_out: impl Fn(()) -> T + Send + Sync + 'static) -> Self {
        let worked_out = memo(Box::new(move || WorkedOut {
            value: Arc::new(work_out(())),
            same: |one, other| one.downcast_ref::<T>() == other.downcast_ref(),
        }));
        Self { worked_out, of: PhantomData }
    }

    /// Reads and follows it.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(known(&*self.worked_out.get().value))
    }

    /// Reads it, without following it.
    pub fn with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> U {
        leptos::prelude::untrack(|| self.with(read))
    }

    /// Follows it.
    pub fn track(self) {
        self.worked_out.track();
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Memo<T> {
    /// The value; followed.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

// As `dom::view::Draw`: a `dyn Fn` also holds how it is called in two other ways.
trait WorkOut {
    fn work_out(&self) -> WorkedOut;
}

impl<F: Fn() -> WorkedOut> WorkOut for F {
    fn work_out(&self) -> WorkedOut {
        self()
    }
}

fn memo(work_out: Box<dyn WorkOut + Send + Sync>) -> leptos::prelude::Memo<WorkedOut> {
    leptos::prelude::Memo::new(move |_| work_out.work_out())
}
