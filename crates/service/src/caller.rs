//! Who calls.

use contract::{Access, Code, CommandInfo, Error};
use domain::Personal;
use domain::rights::Actor;
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
    /// What becomes of the browser's cookie.
    pub(crate) cookie: OnceLock<CookieChange>,
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
