//! Who calls.

use contract::{Access, Code, CommandInfo, Error};
use domain::case::{CaseEvent, Recorded};
use domain::rights::Actor;
use domain::{Personal, Timestamp, UserId};
use std::net::IpAddr;
use std::sync::OnceLock;
use store::{Door, Session, User};

/// Who calls, for one call.
#[derive(Debug)]
pub struct Caller {
    /// Who has signed in.
    pub(crate) signed_in: Option<(Session, User)>,
    /// Whence.
    pub(crate) from: IpAddr,
    /// Through which door a new session would come.
    pub(crate) door: Door,
    /// Hash of the command's name and the payload as it came.
    pub(crate) payload: [u8; 32],
    /// How long the call lay in the desk's outbox, milliseconds; [`Caller::done`] bounds it.
    pub(crate) waited: u64,
    /// What becomes of the browser's cookie.
    pub(crate) cookie: OnceLock<CookieChange>,
}

/// A call that lay shorter than this was sent at once, milliseconds.
const AT_ONCE: u64 = 5_000;
/// Nothing lies longer in an outbox than receipts are kept: 31 days, milliseconds.
const LONGEST: u64 = 31 * 24 * 60 * 60 * 1_000;

/// When a change was made, and when the service heard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    /// When it was made.
    pub(crate) at: Timestamp,
    /// When it came, if that was later.
    pub(crate) heard_at: Option<Timestamp>,
}

impl Done {
    /// An event of it.
    pub(crate) const fn recorded(self, by: UserId, event: CaseEvent) -> Recorded {
        Recorded { at: self.at, heard_at: self.heard_at, by: Some(by), event }
    }
}

/// What becomes of the browser's cookie.
#[derive(Debug)]
pub(crate) enum CookieChange {
    /// A new session's token.
    Set(Personal<String>),
    /// The session has ended.
    Clear,
}

impl Caller {
    /// The signed-in user.
    pub(crate) fn user(&self) -> Result<&User, Error> {
        self.signed_in.as_ref().map(|(_, user)| user).ok_or_else(|| Code::Unauthenticated.into())
    }

    /// The signed-in user, as rules need them.
    pub(crate) fn actor(&self) -> Result<Actor, Error> {
        self.user().map(User::actor)
    }

    /// When the change was made that comes `now`: what lay in an outbox was made when it was put there (D-S4).
    pub(crate) fn done(&self, now: Timestamp) -> Done {
        let waited = self.waited.min(LONGEST);
        if waited < AT_ONCE {
            return Done { at: now, heard_at: None };
        }
        let at = now.plus_millis(-i64::try_from(waited).unwrap_or_default());
        Done { at, heard_at: Some(now) }
    }

    /// Whether the caller may call the command at all.
    pub(crate) fn check(&self, info: &CommandInfo) -> Result<(), Error> {
        match info.access {
            Access::Anyone => Ok(()),
            Access::SignedIn => self.user().map(drop),
            Access::Roles(roles) if self.actor()?.is_any(roles) => Ok(()),
            Access::Roles(_) => Err(Code::Forbidden.into()),
        }
    }
}
