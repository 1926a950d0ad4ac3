//! A case that goes from one officer to another within its group.

use super::step::Written;
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{AssignCase, CaseView};
use domain::case::Case;
use domain::rights::Actor;
use domain::{CommandId, Personal};

impl Core {
    /// Answers `cases.assign`.
    pub(crate) async fn assign(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: AssignCase,
    ) -> Result<CaseView, Error> {
        let to = self.user(request.to).await?.filter(|user| user.active);
        let to = to.ok_or_else(|| failure::invalid("no such officer"))?.actor();
        self.step(caller, id, request.case, Written::default(), |case, actor, _| case.assign(actor, &to))
            .await
    }

    /// Whom the actor may give the case to, by name.
    pub(crate) async fn colleagues(
        &self,
        case: &Case,
        actor: &Actor,
    ) -> Result<Vec<(String, Personal<String>)>, Error> {
        let Ok(handoff) = case.check_assign(actor) else { return Ok(Vec::new()) };
        let mut users = self.store.users().await.map_err(failure::store)?;
        users.retain(|user| {
            user.active && user.actor().officer_of(&handoff.group) && handoff.officer() != Some(user.id)
        });
        let names: Vec<_> = users.iter().map(|user| user.name.clone()).collect();
        // Of two with one name it must be seen who is who.
        let named = |user: store::User| match names.iter().filter(|name| **name == user.name).count() {
            1 => (user.id.to_string(), user.name),
            _ => (user.id.to_string(), format!("{} ({})", user.name.expose(), user.user).into()),
        };
        Ok(users.into_iter().map(named).collect())
    }
}
