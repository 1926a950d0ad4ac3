//! Handshake and sign-in.

use domain::rights::Role;
use domain::{Personal, ResponseGroupId, UserId};
use serde::{Deserialize, Serialize};

/// The first thing that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hello {
    /// The contract's version that the caller speaks.
    pub contract: u32,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Handshake {
    /// The contract's version that the host speaks.
    pub contract: u32,
    /// The host's release.
    pub release: String,
    /// The municipality's name, once known.
    pub municipality: Option<String>,
    /// Nothing here is real (D-P1).
    pub practice: bool,
    /// What this host can do. Views ask for these, never for the host.
    pub capabilities: Capabilities,
}

/// What a host can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Capabilities {
    /// It has a softphone.
    pub phone: bool,
    /// It has drafts, cache and outbox on disk.
    pub offline: bool,
}

/// Sign-in with a local account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignIn {
    /// User name.
    pub user: String,
    /// Password.
    pub password: Personal<String>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// Identity.
    pub id: UserId,
    /// User name.
    pub user: String,
    /// Name.
    pub name: Personal<String>,
    /// Roles.
    pub roles: Vec<Role>,
    /// The group they work in.
    pub group: ResponseGroupId,
    /// They answer calls: a SIP account exists.
    pub has_phone: bool,
    /// The bearer of the session, in the reply to a desk only; a browser gets a cookie instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<Personal<String>>,
}

/// A group whose officer one wants to be, in practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfficerOf {
    /// The group.
    pub group: ResponseGroupId,
}

/// How one signs in as that officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfficerAccess {
    /// Where, `http://127.0.0.1:PORT`: on this computer alone.
    pub address: String,
    /// User name.
    pub user: String,
    /// A password that was made for as long as the practice goes on.
    pub password: Personal<String>,
}
