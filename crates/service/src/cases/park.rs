//! A case that its owner lets rest until a day. It comes back by the clock (`jobs`), or when somebody takes it up.

use super::step::Written;
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{CaseView, ParkCase};
use domain::case::{Case, rests_until};
use domain::service_hours::CivilDate;
use domain::{CommandId, Timestamp};

impl Core {
    /// Answers `cases.park`.
    pub(crate) async fn park(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: ParkCase,
    ) -> Result<CaseView, Error> {
        let Some(date) = request.until else {
            return self
                .step(caller, id, request.case, Written::default(), |case, actor, _| case.unpark(actor))
                .await;
        };
        let case = self.visible(request.case.case_id, &caller.actor()?).await?;
        let until = self.rest_of(&case, date).await?;
        let now = self.now();
        self.step(caller, id, request.case, Written::default(), |case, actor, _| case.park(actor, until, now))
            .await
    }

    /// In the hours of whoever shall take it up again.
    async fn rest_of(&self, case: &Case, date: CivilDate) -> Result<Timestamp, Error> {
        let owner = self.user(case.owner).await?;
        let reference = self.reference.now();
        let group = owner.and_then(|owner| reference.structure.group(&owner.group));
        let until = rests_until(date, group.map(|group| &group.hours));
        until.ok_or_else(|| failure::invalid("no such day"))
    }
}
