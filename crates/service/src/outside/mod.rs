//! Groups outside the system: what is handed over to them goes by e-mail, with a link to a page where they accept,
//! answer or give back without an account (rules.md 2).
//!
//! - A letter is written in the transaction that makes it due, is taken by one sender before it goes, and is never
//!   taken again unless it surely did not go: neither a restart nor a second instance sends it twice. One that got
//!   lost is seen by the handoff's receipt: nobody accepts, and the case comes back to its owner.
//! - The letter says which case and nothing of whom. What the handoff's flags let along is on the page.
//! - A link holds for one step, and until its time. Reading the page uses nothing: mail filters open links.

mod link;
mod page;
pub(crate) mod post;
mod steps;
mod texts;

pub(crate) use link::{KEY, Link};
pub(crate) use page::{Page, Sorry, Trouble, trouble};
pub(crate) use steps::Step;

use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::case::{Case, CaseStatus};
use domain::handoff::Handoff;
use domain::rights::{Actor, Role};
use domain::structure::Structure;
use domain::{LetterId, Personal, ResponseGroupId, Timestamp, UserId};
use store::{Letter, LetterKind, User};

const KEY_SETTING: &str = "link_key";
/// An answer that comes late is better than none: the link to answer by holds so long after the case is due.
const ANSWERS_AFTER: i64 = 30 * 24 * 3_600_000;

impl Core {
    /// The key that links are signed with; made when it is first needed.
    pub(crate) async fn link_key(&self) -> Result<[u8; KEY], Error> {
        let known = self.store.setting(KEY_SETTING).await.map_err(failure::store)?;
        if let Some(key) = known.and_then(|text| read_key(&text)) {
            return Ok(key);
        }
        let key = self.random::<KEY>()?;
        let text = crate::hash::hex(&key);
        self.store.put_settings(&[(KEY_SETTING, &text)]).await.map_err(failure::store)?;
        Ok(key)
    }

    /// The letter to a group outside the system that has got the case just now; `None`: it is inside.
    pub(crate) async fn arrived(&self, case: &Case, now: Timestamp) -> Result<Option<Letter>, Error> {
        let Some(handoff) = case.current_handoff() else { return Ok(None) };
        if !self.is_outside(&handoff.group) {
            return Ok(None);
        }
        self.outside_user(&handoff.group).await?;
        self.letter_of(case, handoff, LetterKind::Arrived, handoff.receipt_due, now).map(Some)
    }

    /// The letter by which a group outside the system goes on with a case that it has accepted: it answers, or gives
    /// back. `None`: it is inside, or the case is elsewhere.
    pub(crate) fn goes_on(&self, case: &Case, now: Timestamp) -> Result<Option<Letter>, Error> {
        let accepted = case.current_handoff().filter(|_| case.status == CaseStatus::Accepted);
        let Some(handoff) = accepted.filter(|handoff| self.is_outside(&handoff.group)) else {
            return Ok(None);
        };
        let expires_at = handoff.resolution_due.max(now).plus_millis(ANSWERS_AFTER);
        self.letter_of(case, handoff, LetterKind::Accepted, expires_at, now).map(Some)
    }

    /// The letter with which a group outside the system that has the case can do what is next.
    pub(crate) async fn link_again(&self, case: &Case) -> Result<Option<Letter>, Error> {
        match case.status {
            CaseStatus::HandedOver => self.arrived(case, self.now()).await,
            _ => self.goes_on(case, self.now()),
        }
    }

    fn letter_of(
        &self,
        case: &Case,
        handoff: &Handoff,
        kind: LetterKind,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Letter, Error> {
        let (case_id, group) = (case.id, handoff.group.clone());
        let id = LetterId::new(now, self.random()?);
        Ok(Letter { id, case_id, handoff: handoff.id, group, kind, at: now, expires_at })
    }

    fn is_outside(&self, group: &ResponseGroupId) -> bool {
        self.reference.now().structure.group(group).is_some_and(|group| group.outside)
    }

    /// Whoever does something by a link is named by the group. Nobody signs in as it.
    async fn outside_user(&self, group: &ResponseGroupId) -> Result<(), Error> {
        let id = outside_id(group);
        let reference = self.reference.now();
        let name = reference.structure.group(group).map_or_else(|| group.to_string(), |g| g.name.clone());
        let name = Personal::new(name);
        if self.user(id).await?.is_some_and(|known| known.name == name) {
            return Ok(());
        }
        let user = User {
            id,
            user: format!("*{group}"),
            name,
            roles: vec![Role::CaseOfficer],
            group: group.clone(),
            phone: None,
            active: false,
        };
        self.store.put_user(user).await.map_err(failure::store)?;
        self.forget_users();
        Ok(())
    }
}

/// The groups outside the system in a structure as it is kept; `None` when it cannot be read.
#[must_use]
pub fn groups_outside(structure: &str) -> Option<Vec<ResponseGroupId>> {
    serde_json::from_str(structure).ok().map(|structure| outside_of(&structure))
}

/// The groups outside the system.
pub(crate) fn outside_of(structure: &Structure) -> Vec<ResponseGroupId> {
    structure.groups.iter().filter(|group| group.outside).map(|group| group.id.clone()).collect()
}

/// The group has been sent a newer link since.
fn is_replaced(case: &Case, letter: &Letter) -> bool {
    let renewed = case.current_handoff().and_then(|handoff| handoff.link_at);
    renewed.is_some_and(|renewed| letter.at < renewed)
}

/// Who acts by a link of the group.
fn outside_actor(group: &ResponseGroupId) -> Actor {
    Actor { user: outside_id(group), roles: vec![Role::CaseOfficer], group: group.clone() }
}

/// The same for the same group, in every store.
fn outside_id(group: &ResponseGroupId) -> UserId {
    let hash = crate::hash::of(&[b"outside", group.as_str().as_bytes()]);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(place, byte)| *place = byte);
    UserId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn read_key(text: &str) -> Option<[u8; KEY]> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    bytes?.try_into().ok()
}
