//! Who has a number.

use super::CaseSummary;
use domain::customer::ProtectedIdentity;
use domain::{CustomerId, Personal};
use serde::{Deserialize, Serialize};

/// A number to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MatchCustomer {
    /// As the exchange sent it.
    pub number: Personal<String>,
}

/// Who has the number (rules.md 5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomerMatch {
    /// Known customers with that number. More than one: the match is uncertain.
    pub customers: Vec<CustomerCard>,
    /// Open cases tied to the number or the customer, newest first, at most nine.
    pub open_cases: Vec<CaseSummary>,
}

/// A known customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomerCard {
    /// Identity.
    pub id: CustomerId,
    /// Name; masked when protected.
    pub name: Personal<String>,
    /// Protection.
    pub protected: ProtectedIdentity,
}
