//! Cases by pages, and who has a number.

use super::load::{LoadedCase, MASK};
use super::sight;
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::cases::{
    CaseList, CasePage, CaseSummary, CustomerCard, CustomerMatch, ListCases, MatchCustomer,
};
use contract::{Code, Error};
use domain::case::Case;
use domain::phone_number::PhoneNumber;
use domain::rights::{Actor, Role};
use store::{Commit, ListedCases, Look, PageRequest};

const PAGE: u8 = 50;
const LARGEST_PAGE: u8 = 100;
/// At most so many open cases beside a call: one per key.
const OPEN_CASES: u16 = 9;

impl Core {
    /// Answers `cases.list`.
    pub(crate) async fn list(&self, caller: &Caller, request: ListCases) -> Result<CasePage, Error> {
        let actor = caller.actor()?;
        let list = match request.list {
            CaseList::Mine if actor.at_front() => ListedCases::OwnedBy(actor.user),
            CaseList::Front if actor.at_front() || actor.is_any(&[Role::Auditor]) => ListedCases::All,
            CaseList::Inbox if actor.is_any(&[Role::CaseOfficer]) => ListedCases::Inbox(actor.group.clone()),
            _ => return Err(Code::Forbidden.into()),
        };
        let limit = request.limit.unwrap_or(PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(failure::invalid("limit is 1–100"));
        }
        let page =
            PageRequest { list, closed: request.closed, after: request.after, limit: u16::from(limit) };
        let page = self.store.list_cases(page).await.map_err(failure::store)?;
        Ok(CasePage { cases: self.summaries(page.cases, &actor).await?, next: page.next })
    }

    pub(super) async fn summaries(&self, cases: Vec<Case>, actor: &Actor) -> Result<Vec<CaseSummary>, Error> {
        let reference = self.reference.now();
        let summary = |loaded: LoadedCase| {
            let sight = sight::of(&loaded.case, actor, &reference.structure)?;
            Some(loaded.summary(&sight))
        };
        let visible = cases.into_iter().filter(|case| case.visible_to(actor)).collect();
        Ok(LoadedCase::load_all(self, visible).await?.into_iter().filter_map(summary).collect())
    }

    /// Answers `customers.match`. What is no number has no customer.
    pub(crate) async fn match_customer(
        &self,
        caller: &Caller,
        request: MatchCustomer,
    ) -> Result<CustomerMatch, Error> {
        let actor = caller.actor()?;
        let Ok(phone) = PhoneNumber::parse(request.number.expose()) else {
            return Ok(CustomerMatch::default());
        };
        let known = self.store.customers_by_phone(&phone).await.map_err(failure::store)?;
        let ids: Vec<_> = known.iter().map(|customer| customer.id).collect();
        let open = self.store.open_cases(Some(&phone), &ids, OPEN_CASES).await.map_err(failure::store)?;
        let now = self.now();
        let looks: Vec<Look> = known
            .iter()
            .filter(|customer| customer.protected.masks())
            .map(|customer| Look { at: now, user: actor.user, customer: customer.id, case_id: None })
            .collect();
        if !looks.is_empty() {
            self.store.commit(Commit { looks, ..Commit::default() }).await.map_err(failure::store)?;
        }
        let card = |customer: domain::customer::Customer| CustomerCard {
            id: customer.id,
            name: if customer.protected.masks() { MASK.into() } else { customer.name },
            protected: customer.protected,
        };
        Ok(CustomerMatch {
            customers: known.into_iter().map(card).collect(),
            open_cases: self.summaries(open, &actor).await?,
        })
    }
}
