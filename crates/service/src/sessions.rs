//! Signing in and out. Sessions are kept by the service; the token is known to the one who signed in alone.

use crate::caller::{Caller, CookieChange};
use crate::core::Core;
use crate::failure;
use crate::hash;
use contract::session::{Capabilities, Handshake, Hello, Me, SignIn};
use contract::{CONTRACT, Code, Error, Nothing};
use domain::agent::AgentEvent;
use domain::{Personal, SessionId, UserId};
use std::sync::PoisonError;
use store::{Change, Commit, Door, Session, TokenHash, User};

/// The longest user name and password, bytes.
const LONGEST: usize = 1_024;

impl Core {
    /// Answers `handshake`.
    pub(crate) fn shake_hands(&self, hello: Hello) -> Result<Handshake, Error> {
        if !speaks(hello.contract) {
            return Err(Code::ContractMismatch.into());
        }
        let reference = self.reference.now();
        let name = Some(reference.structure.name.clone()).filter(|name| !name.is_empty());
        Ok(Handshake {
            contract: CONTRACT,
            release: env!("CARGO_PKG_VERSION").into(),
            municipality: name,
            practice: self.config.practice,
            capabilities: Capabilities { phone: false, offline: false },
        })
    }

    /// Answers `session.sign_in`.
    pub(crate) async fn sign_in(&self, caller: &Caller, request: SignIn) -> Result<Me, Error> {
        let SignIn { user: name, password } = request;
        if name.len() > LONGEST || password.expose().len() > LONGEST {
            return Err(Code::TooLarge.into());
        }
        let now = self.now();
        let throttle = || self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        if !throttle().begins(&name, caller.from, now) {
            return Err(Code::Throttled.into());
        }
        let Some(turn) = self.passwords.turn() else {
            throttle().given_back(&name, caller.from);
            return Err(Code::Throttled.into());
        };
        let known = self.store.sign_in_data(&name).await.map_err(failure::store)?;
        let (user, hash) = known.map_or((None, None), |(user, hash)| (Some(user), hash));
        let right = self.passwords.check(turn, password, hash).await;
        let user = user.filter(|user| right && user.active);
        if user.is_some() {
            throttle().right(&name, caller.from);
        }
        let user = user.ok_or(Code::WrongCredentials)?;
        let token = self.open_session(&user, caller.door).await?;
        let mut me = self.me_of(&user);
        match caller.door {
            Door::Desk => me.bearer = Some(token),
            Door::Browser => {
                // Set once: a call signs in at most once.
                let _ = caller.cookie.set(CookieChange::Set(token));
            }
        }
        Ok(me)
    }

    /// A new session of a user; gives its token.
    pub(crate) async fn open_session(&self, user: &User, door: Door) -> Result<Personal<String>, Error> {
        let now = self.now();
        let token = Personal::new(hash::hex(&self.random::<32>()?));
        let hours = i64::from(self.config.session_hours);
        let session = Session {
            id: SessionId::new(now, self.random()?),
            token: token_hash(token.expose()),
            user: user.id,
            door,
            created_at: now,
            expires_at: now.plus_seconds(hours * 3_600),
            revoked_at: None,
        };
        self.store.open_session(session).await.map_err(failure::store)?;
        Ok(token)
    }

    /// The session of a token, when it holds and its user may sign in.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<(Session, User)>, Error> {
        let found = self.store.session(token_hash(token)).await.map_err(failure::store)?;
        Ok(found.filter(|(session, user)| session.holds(self.now()) && user.active))
    }

    /// Answers `session.sign_out`: the session ends, and the agent takes no more calls.
    pub(crate) async fn sign_out(&self, caller: &Caller) -> Result<Nothing, Error> {
        let (session, user) = caller.signed_in.as_ref().ok_or(Code::Unauthenticated)?;
        self.store.revoke_session(session.id, self.now()).await.map_err(failure::store)?;
        self.after_end(session.door, user.id).await?;
        let _ = caller.cookie.set(CookieChange::Clear);
        Ok(Nothing {})
    }

    /// A desk that signs out takes its agent along; a browser only when it was the last.
    async fn after_end(&self, door: Door, user: UserId) -> Result<(), Error> {
        let left = self.store.sessions_of(user, self.now()).await.map_err(failure::store)?;
        if door == Door::Desk || left.is_empty() {
            self.agent_event(user, AgentEvent::WentOffline).await?;
        }
        let commit = Commit { changes: vec![Change::SignedOut { user }], ..Commit::default() };
        self.store.commit(commit).await.map(drop).map_err(failure::store)
    }

    /// Ends every session of a user.
    pub(crate) async fn revoke_all(&self, user: UserId) -> Result<(), Error> {
        let now = self.now();
        for session in self.store.sessions_of(user, now).await.map_err(failure::store)? {
            self.store.revoke_session(session.id, now).await.map_err(failure::store)?;
        }
        self.after_end(Door::Desk, user).await
    }

    /// A user as they see themselves.
    pub(crate) fn me_of(&self, user: &User) -> Me {
        Me {
            id: user.id,
            user: user.user.clone(),
            name: user.name.clone(),
            roles: user.roles.clone(),
            group: user.group.clone(),
            has_phone: user.phone.is_some() && self.exchange.is_some(),
            bearer: None,
        }
    }
}

/// Whether the other side's version of the contract is understood: ours and the one before.
pub(crate) const fn speaks(contract: u32) -> bool {
    contract == CONTRACT || (contract + 1 == CONTRACT && contract > 0)
}

/// The hash under which a token is kept and looked up. Looking up a hash of 32 random bytes tells an
/// attacker who measures time nothing of the token.
pub(crate) fn token_hash(token: &str) -> TokenHash {
    TokenHash(hash::of(&[token.as_bytes()]))
}
