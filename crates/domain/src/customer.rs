//! The one who asks. May stay anonymous (D-C2).

use crate::phone_number::PhoneNumber;
use crate::{CustomerId, Personal};
use serde::{Deserialize, Serialize};

/// Levels of protected identity (rules.md 5). The names are the Swedish Tax Agency's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProtectedIdentity {
    /// Not protected.
    #[default]
    None,
    /// Confidentiality marking.
    Sekretessmarkering,
    /// Protected registration.
    SkyddadFolkbokforing,
    /// Fictitious personal details.
    Fingerade,
}

impl ProtectedIdentity {
    /// Whether name, number and address are masked everywhere.
    #[must_use]
    pub const fn masks(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// A known customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Customer {
    /// Identity.
    pub id: CustomerId,
    /// Name as the customer gives it.
    pub name: Personal<String>,
    /// Numbers they have called from or asked to be called at.
    pub phones: Vec<PhoneNumber>,
    /// E-mail address.
    pub email: Option<Personal<String>>,
    /// Address.
    pub address: Option<Personal<String>>,
    /// Protection.
    pub protected: ProtectedIdentity,
}

/// What the agent typed about the customer in a case; all of it optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CustomerDetails {
    /// A known customer.
    pub id: Option<CustomerId>,
    /// Name.
    pub name: Personal<String>,
    /// Telephone as typed; kept even when it is no number.
    pub phone: Personal<String>,
    /// E-mail.
    pub email: Personal<String>,
}

impl CustomerDetails {
    /// Nothing is known of who asked.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.id.is_none()
            && [&self.name, &self.phone, &self.email].iter().all(|v| v.expose().trim().is_empty())
    }
}
