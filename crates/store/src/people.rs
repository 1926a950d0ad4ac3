//! Those who sign in.

use domain::rights::{Actor, Role};
use domain::{Personal, ResponseGroupId, SessionId, Timestamp, UserId};

/// A person who signs in. How they prove it is kept apart, in [`Credential`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Name for signing in.
    pub user: String,
    /// Name.
    pub name: Personal<String>,
    /// Roles.
    pub roles: Vec<Role>,
    /// The group they work in.
    pub group: ResponseGroupId,
    /// SIP account name, when they answer calls.
    pub phone: Option<String>,
    /// May sign in.
    pub active: bool,
}

impl User {
    /// The person as rules need them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { user: self.id, roles: self.roles.clone(), group: self.group.clone() }
    }
}

/// How a user proves who they are (D-S1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password of the service's own.
    Local {
        /// Its argon2 hash, PHC string.
        hash: Personal<String>,
    },
    /// The municipality's identity provider.
    Oidc {
        /// Issuer.
        issuer: String,
        /// Subject at the issuer.
        subject: Personal<String>,
    },
}

/// SHA-256 of a session's token. The token itself is kept by the one who signed in alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// Through which door a session came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// A desk, by bearer.
    Desk,
    /// A browser, by cookie.
    Browser,
}

/// A signed-in session, kept by the service and revocable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identity.
    pub id: SessionId,
    /// Hash of its token.
    pub token: TokenHash,
    /// Who.
    pub user: UserId,
    /// Through which door.
    pub door: Door,
    /// Began.
    pub created_at: Timestamp,
    /// Ends by itself.
    pub expires_at: Timestamp,
    /// Was ended.
    pub revoked_at: Option<Timestamp>,
}

impl Session {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
