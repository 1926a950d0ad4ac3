//! Customers, users, sessions, agents.

use super::Place;
use super::given::{at, bytes, case_id, user, user_id};
use crate::{AgentAppend, Change, Commit, Credential, Cursor, Door, Look, Session, StoreError, TokenHash};
use domain::agent::{AgentEvent, AgentState};
use domain::customer::{Customer, ProtectedIdentity};
use domain::phone_number::PhoneNumber;
use domain::{CustomerId, SessionId};

fn customer(n: u32, phone: &str) -> Customer {
    Customer {
        id: CustomerId::new(at(0), bytes(n)),
        name: "Karin Exempel".into(),
        phones: vec![PhoneNumber::parse(phone).unwrap(), PhoneNumber::parse("08-465 004 09").unwrap()],
        email: Some("karin@exempel.example".into()),
        address: None,
        protected: ProtectedIdentity::SkyddadFolkbokforing,
    }
}

pub(super) async fn customers_are_found_by_any_spelling_of_a_number(place: &impl Place) {
    let store = place.open();
    let known = customer(1, "+46701740605");
    store.commit(Commit { customers: vec![known.clone()], ..Commit::default() }).await.unwrap();
    let by = async |text: &str| store.customers_by_phone(&PhoneNumber::parse(text).unwrap()).await.unwrap();
    for spelling in ["070-174 06 05", "0046701740605", "+46 70 174 06 05"] {
        assert_eq!(by(spelling).await, std::slice::from_ref(&known));
    }
    assert!(by("070-174 06 06").await.is_empty());
    let changed = Customer { phones: vec![PhoneNumber::parse("0701740606").unwrap()], ..known.clone() };
    store.commit(Commit { customers: vec![changed.clone()], ..Commit::default() }).await.unwrap();
    assert!(by("0701740605").await.is_empty());
    assert_eq!(store.customer(known.id).await.unwrap(), Some(changed));
}

pub(super) async fn customers_of_a_page_are_read_in_one_turn(place: &impl Place) {
    let store = place.open();
    let without = Customer { phones: Vec::new(), email: None, ..customer(3, "0701740607") };
    let all = vec![customer(1, "0701740605"), customer(2, "0701740606"), without];
    store.commit(Commit { customers: all.clone(), ..Commit::default() }).await.unwrap();
    let ids = [1, 3, 2, 9, 1].map(|n| CustomerId::new(at(0), bytes(n)));
    let found = store.customers(&ids).await.unwrap();
    assert_eq!(found.len(), 3, "an unknown one is absent, one that is asked for twice is there once");
    for known in all {
        assert_eq!(found[&known.id], known, "numbers in their order");
    }
    assert!(store.customers(&[]).await.unwrap().is_empty());
}

pub(super) async fn users_and_credentials_are_apart(place: &impl Place) {
    let store = place.open();
    store.put_user(user(1, "anna")).await.unwrap();
    assert_eq!(store.sign_in_data("anna").await.unwrap(), Some((user(1, "anna"), None)));
    for hash in ["$argon2id$old", "$argon2id$new"] {
        store.put_credential(user_id(1), Credential::Local { hash: hash.into() }).await.unwrap();
    }
    let (_, hash) = store.sign_in_data("anna").await.unwrap().unwrap();
    assert_eq!(hash.unwrap().expose(), "$argon2id$new", "one local password");
    let oidc = Credential::Oidc { issuer: "https://idp.example".into(), subject: "s-1".into() };
    store.put_credential(user_id(1), oidc.clone()).await.unwrap();
    assert_eq!(store.user_of_subject("https://idp.example", "s-1").await.unwrap(), Some(user(1, "anna")));
    assert_eq!(store.user_of_subject("https://other.example", "s-1").await.unwrap(), None);
    store.put_user(user(2, "bo")).await.unwrap();
    assert_eq!(store.put_credential(user_id(2), oidc).await, Err(StoreError::Exists));
    assert_eq!(store.users().await.unwrap(), [user(1, "anna"), user(2, "bo")]);
    assert_eq!(store.sign_in_data("ingen").await.unwrap(), None);
}

pub(super) async fn a_user_name_is_taken_once(place: &impl Place) {
    let store = place.open();
    store.put_user(user(1, "anna")).await.unwrap();
    assert_eq!(store.put_user(user(2, "anna")).await, Err(StoreError::Exists));
    let mut changed = user(1, "anna.a");
    changed.active = false;
    store.put_user(changed.clone()).await.unwrap();
    assert_eq!(store.user(user_id(1)).await.unwrap(), Some(changed));
    assert_eq!(store.user(user_id(2)).await.unwrap(), None);
}

pub(super) async fn sessions_end_and_stay_ended(place: &impl Place) {
    let store = place.open();
    store.put_user(user(1, "anna")).await.unwrap();
    let session = Session {
        id: SessionId::new(at(0), [1; 10]),
        token: TokenHash([7; 32]),
        user: user_id(1),
        door: Door::Browser,
        created_at: at(0),
        expires_at: at(100),
        revoked_at: None,
    };
    store.open_session(session.clone()).await.unwrap();
    assert_eq!(store.session(TokenHash([7; 32])).await.unwrap(), Some((session.clone(), user(1, "anna"))));
    assert_eq!(store.session(TokenHash([8; 32])).await.unwrap(), None);
    assert_eq!(store.sessions_of(user_id(1), at(99)).await.unwrap(), std::slice::from_ref(&session));
    assert!(store.sessions_of(user_id(1), at(100)).await.unwrap().is_empty(), "it ends by itself");
    assert!(store.revoke_session(session.id, at(5)).await.unwrap());
    assert!(!store.revoke_session(session.id, at(6)).await.unwrap());
    let (ended, _) = store.session(TokenHash([7; 32])).await.unwrap().unwrap();
    assert_eq!(ended.revoked_at, Some(at(5)));
    assert!(!ended.holds(at(7)));
    assert!(store.sessions_of(user_id(1), at(7)).await.unwrap().is_empty());
    assert_eq!(store.forget_sessions(at(5)).await.unwrap(), 0, "not yet");
    assert_eq!(store.forget_sessions(at(6)).await.unwrap(), 1);
    assert_eq!(store.session(TokenHash([7; 32])).await.unwrap(), None);
}

fn agent(seconds: i64, event: AgentEvent) -> AgentAppend {
    AgentAppend { user: user_id(1), at: at(seconds), event, expected: None }
}

pub(super) async fn agent_events_give_the_status(place: &impl Place) {
    let store = place.open();
    assert_eq!(store.agent(user_id(1)).await.unwrap(), None);
    let agents = vec![agent(1, AgentEvent::BecameReady), agent(2, AgentEvent::CallOffered)];
    store.commit(Commit { agents, ..Commit::default() }).await.unwrap();
    let status = store.agent(user_id(1)).await.unwrap().unwrap();
    assert_eq!((status.state, status.since), (AgentState::Offered, at(2)));
    assert_eq!(store.agents().await.unwrap(), [status]);
    let changes = store.changes_after(Cursor(0), 10).await.unwrap().changes;
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].1, Change::Agent { user: user_id(1) });
}

pub(super) async fn an_agent_changed_meanwhile_is_stale(place: &impl Place) {
    let store = place.open();
    let commit = |append| Commit { agents: vec![append], ..Commit::default() };
    store.commit(commit(agent(1, AgentEvent::BecameReady))).await.unwrap();
    let read = store.agent(user_id(1)).await.unwrap();
    store.commit(commit(agent(2, AgentEvent::WentOffline))).await.unwrap();
    let late = AgentAppend { expected: read, ..agent(3, AgentEvent::BecameReady) };
    assert_eq!(store.commit(commit(late)).await, Err(StoreError::Stale));
    assert_eq!(store.agent(user_id(1)).await.unwrap().unwrap().state, AgentState::Offline);
}

pub(super) async fn looks_are_kept(place: &impl Place) {
    let store = place.open();
    let customer = CustomerId::new(at(0), [1; 10]);
    let look = |seconds, case_id| Look { at: at(seconds), user: user_id(1), customer, case_id };
    let looks = vec![look(1, None), look(2, Some(case_id(1)))];
    store.commit(Commit { looks, ..Commit::default() }).await.unwrap();
    assert_eq!(store.looks(customer).await.unwrap(), [look(2, Some(case_id(1))), look(1, None)]);
}

pub(super) async fn settings_are_kept(place: &impl Place) {
    let store = place.open();
    assert_eq!(store.setting("structure").await.unwrap(), None);
    for value in ["1", "2"] {
        store.put_settings(&[("structure", value), ("knowledge", value)]).await.unwrap();
    }
    for name in ["structure", "knowledge"] {
        assert_eq!(store.setting(name).await.unwrap().as_deref(), Some("2"));
    }
}
