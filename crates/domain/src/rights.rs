//! Who may do what (D-S2).

use crate::{ResponseGroupId, UserId};
use serde::{Deserialize, Serialize};

/// A role. One person can have several (D-S1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Kontaktcentermedarbetare.
    Agent,
    /// Teamledare.
    Lead,
    /// Handläggare.
    CaseOfficer,
    /// Utbildare.
    Trainer,
    /// Förvaltare.
    Administrator,
    /// Granskare.
    Auditor,
}

/// The signed-in person, as rules need them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// Roles.
    pub roles: Vec<Role>,
    /// The group they work in.
    pub group: ResponseGroupId,
}

impl Actor {
    /// Whether they have any of the roles.
    #[must_use]
    pub fn is_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|r| roles.contains(r))
    }

    /// Whether they work in the kontaktcenter's front: register, hand over, see all cases of the front.
    #[must_use]
    pub fn at_front(&self) -> bool {
        self.is_any(&[Role::Agent, Role::Lead])
    }

    /// Whether they are an officer of that group.
    #[must_use]
    pub fn officer_of(&self, group: &ResponseGroupId) -> bool {
        self.is_any(&[Role::CaseOfficer]) && self.group == *group
    }
}
