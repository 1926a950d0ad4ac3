//! Practice: how whoever practises alone is the group as well.

use crate::caller::Caller;
use crate::core::Core;
use crate::{failure, seed};
use contract::session::OfficerAccess;
use contract::{Code, Error};
use domain::ResponseGroupId;
use domain::rights::Role;
use domain::structure::StaffMember;
use std::net::SocketAddr;
use store::Door;

impl Core {
    /// Answers `practice.officer`. The officer signs in as officers do: no door is there that only practice has. The
    /// password is made when it is first asked for and is the same until the service stops; the store has its hash.
    ///
    /// Only where nothing is real, which [`crate::ServiceConfig::check`] keeps on loopback, and only to the desk in
    /// front: a page in the browser, which is what signs in with it, gets none.
    pub(crate) async fn become_officer(
        &self,
        caller: &Caller,
        group: &ResponseGroupId,
    ) -> Result<OfficerAccess, Error> {
        let (session, _) = caller.signed_in.as_ref().ok_or(Code::Unauthenticated)?;
        if !self.config.practice || session.door != Door::Desk {
            return Err(Code::Forbidden.into());
        }
        let port = self.port.get().filter(|_| self.config.interface.is_some());
        let port = *port.ok_or(Error::new(Code::NotFound, "no interface is served"))?;
        let users = self.store.users().await.map_err(failure::store)?;
        let is_theirs = |user: &store::User| user.group == *group && user.roles == [Role::CaseOfficer];
        let officer = users.into_iter().find(|user| user.active && is_theirs(user));
        let officer = officer.ok_or(Error::new(Code::NotFound, "no officer of that group"))?;
        // Held while it is made: two who ask at once are told the same.
        let mut known = self.officers.lock().await;
        let password = match known.get(&officer.id) {
            Some(password) => password.clone(),
            None => {
                let (id, user) = (officer.id, officer.user.clone());
                let store::User { name, roles, group, phone, .. } = officer.clone();
                let person = StaffMember { user, name, roles, group, phone };
                let made = seed::account(&*self.store, person, Some(id), &*self.clock, &*self.random).await;
                let made = made.map_err(|_| failure::internal("the password could not be made"))?;
                known.insert(id, made.password.clone());
                made.password
            }
        };
        let address = format!("http://{}", SocketAddr::new(self.config.listen.ip(), port));
        Ok(OfficerAccess { address, user: officer.user, password })
    }
}
