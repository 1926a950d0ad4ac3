//! Lists by pages.

use domain::case::Case;
use domain::{ResponseGroupId, UserId};

/// Which cases, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedCases {
    /// Owned by the user, newest first. Open are those that are open at the front.
    OwnedBy(UserId),
    /// With the group: not accepted first, then by response deadline; and what it is asked by the time that its
    /// opinion is due, last what it is told of for information.
    Inbox(ResponseGroupId),
    /// All, newest first.
    All,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Which cases.
    pub list: ListedCases,
    /// Closed ones too.
    pub closed: bool,
    /// The cursor that the page before gave; none: the first page.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u16,
}

/// A page of cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<Case>,
    /// More from here; opaque, belongs to the adapter.
    pub next: Option<String>,
}
