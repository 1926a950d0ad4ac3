//! Restarts, backups, missed events, and what the log may not carry.

use crate::common::{Town, handed_over, registration};
use contract::agents::SetAgentState;
use contract::cases::{CaseList, ListCases};
use contract::knowledge::{KnowledgeSince, Suggest};
use contract::session::SignIn;
use contract::{
    AgentSet, AgentStateGet, CasesList, Code, Event, KnowledgeGet, KnowledgeSuggest, Nothing, WhoAmI,
};
use domain::agent::AgentState;
use domain::case::CaseStatus;
use service::{Service, ServiceConfig};
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use store::Store;
use store_sqlite::SqliteStore;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything_and_does_what_was_due() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    agent.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    let request = handed_over();
    agent.register(&request).await;
    let clock = Arc::clone(&town.clock);
    // It would have left while the service was away.
    let town = town.restart().await;
    clock.advance(20_000);
    let mut agent = agent.clone();
    agent.url = town.url("");
    assert_eq!(agent.ask::<WhoAmI>(&Nothing {}).await.unwrap().user, "agent", "the session holds");
    let mut officer = town.sign_in("bygglov").await.events().await;
    let view = agent.case(request.case_id).await.unwrap();
    if view.summary.status == CaseStatus::Leaving {
        officer.until_case(request.case_id, CaseStatus::HandedOver).await;
    }
    let state = agent.ask::<AgentStateGet>(&Nothing {}).await.unwrap().status.state;
    assert_eq!(state, AgentState::Ready);
    town.exchange.until("1001 ready bygg").await;
    let next = agent.register(&registration()).await;
    assert_eq!(next.number.unwrap().serial, 2, "numbers go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_a_service_of_its_own() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let first = registration();
    agent.register(&first).await;
    let (written, mut count) = tokio::sync::watch::channel(0);
    let load = tokio::spawn({
        let agent = agent.clone();
        async move {
            // Until nobody counts any more.
            while !written.is_closed() {
                agent.register(&registration()).await;
                written.send_modify(|count| *count += 1);
            }
        }
    });
    count.wait_for(|count| *count > 2).await.unwrap();
    let file = town.path("backup.db");
    town.store.backup(&file).await.unwrap();
    let then = *count.borrow_and_update();
    count.wait_for(|count| *count > then).await.unwrap();
    drop(count);
    load.await.unwrap();
    let restored = town.path("restored.db");
    store_sqlite::restore(&file, &restored).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&restored).unwrap());
    let random = Arc::new(service::clock::SystemRandom);
    let mut copy =
        Service::start(ServiceConfig::loopback(), store, None, town.clock.clone(), random).await.unwrap();
    assert!(copy.take_accounts().is_empty(), "nothing is seeded again");
    let mut reader = agent.clone();
    reader.url = format!("http://{}", copy.address());
    let refused = reader.case(first.case_id).await.unwrap_err();
    assert_eq!(refused, Code::Unauthenticated, "sessions of then are over");
    reader.bearer = None;
    let request = SignIn { user: "agent".into(), password: town.passwords["agent"].as_str().into() };
    let me = reader.change::<contract::SignIn>(&request).await.unwrap();
    reader.bearer = Some(me.bearer.unwrap().into_inner());
    assert_eq!(reader.case(first.case_id).await.unwrap().summary.number.serial, 1);
    copy.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_changed_beside_the_service_is_read_anew() {
    let town = Town::start().await;
    let (agent, request) = (town.sign_in("agent").await, registration());
    agent.register(&request).await;
    agent.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    town.exchange.until("1001 ready bygg").await;
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.owner_name.expose(), "Anna Agent");
    let users = town.store.users().await.unwrap();
    let mut changed = users.into_iter().find(|user| user.user == "agent").unwrap();
    changed.name = "Anna Ny".into();
    town.store.put_user(changed).await.unwrap();
    // Their session runs out in the same round that reads users anew, and the exchange hears of it after.
    town.clock.advance(12 * 3_600_000);
    town.exchange.until("1001 gone").await;
    let reader = town.sign_in("agent2").await;
    assert_eq!(reader.case(request.case_id).await.unwrap().summary.owner_name.expose(), "Anna Ny");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_comes_back_gets_what_was_missed_or_reads_all_again() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let events = agent.events().await;
    let last = events.last_id.clone();
    drop(events);
    let missed = registration();
    agent.register(&missed).await;
    let mut events = agent.events_after(Some(&last)).await;
    events.until_case(missed.case_id, CaseStatus::Closed).await;
    for unknown in ["999999", "x", "-5"] {
        let mut events = agent.events_after(Some(unknown)).await;
        assert_eq!(events.next().await, Some(Event::Resync), "{unknown}");
    }
    assert_eq!(town.guest().client.get(town.url("/events")).send().await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_the_streams() {
    let town = Town::start().await;
    let mut events = town.sign_in("agent").await.events().await;
    town.service.stop().await.unwrap();
    while events.next().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_knowledge_is_searched_and_given_whole() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let suggest = Suggest { text: "bygga altann".into(), ..Suggest::default() };
    let found = agent.ask::<KnowledgeSuggest>(&suggest).await.unwrap();
    assert_eq!(found.articles[0].id.as_str(), "bygga-altan");
    let all = agent.ask::<KnowledgeGet>(&KnowledgeSince { version: None }).await.unwrap();
    assert_eq!(all.knowledge.unwrap().articles.len(), 1);
    let same = agent.ask::<KnowledgeGet>(&KnowledgeSince { version: Some(all.version) }).await.unwrap();
    assert!(same.knowledge.is_none());
    let silly = Suggest { limit: Some(51), ..suggest };
    assert_eq!(agent.ask::<KnowledgeSuggest>(&silly).await.unwrap_err(), Code::Invalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_gives_a_session_and_nothing_else_does() {
    let town = Town::start_with(|config| config.practice = true).await;
    let bearer = town.service.practice_session(None).await.unwrap();
    let mut desk = town.guest();
    desk.bearer = Some(bearer.into_inner());
    assert_eq!(desk.ask::<WhoAmI>(&Nothing {}).await.unwrap().user, "agent");
    assert!(town.service.practice_session(Some("ingen")).await.is_err());
    let real = Town::start().await;
    assert!(real.service.practice_session(None).await.is_err());
}

#[test]
fn beyond_loopback_it_wants_encryption() {
    let mut config = ServiceConfig { listen: "0.0.0.0:0".parse().unwrap(), ..ServiceConfig::loopback() };
    assert!(config.check().unwrap_err().contains("without encryption"));
    config.behind_proxy = vec!["10.0.0.5".parse().unwrap()];
    assert!(config.check().unwrap_err().contains("hosts"), "others would be refused");
    config.hosts = vec!["svarsplats.example".into()];
    config.check().unwrap();
    config.practice = true;
    assert!(config.check().is_err());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, "no certificate").unwrap();
    let tls = Some(service::TlsFiles { cert, key });
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("a.db")).unwrap());
    let (clock, random) = (Arc::new(service::clock::SystemClock), Arc::new(service::clock::SystemRandom));
    let config = ServiceConfig { tls, ..ServiceConfig::loopback() };
    let refused = Service::start(config, store, None, clock, random).await.unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
}

/// Every line that any story of this program logs.
#[derive(Clone)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log() -> Arc<Mutex<Vec<u8>>> {
    static LOG: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Arc::new(Mutex::new(Vec::new()));
        let writer = Log(Arc::clone(&log));
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .init();
        log
    });
    Arc::clone(log)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_carries_a_person() {
    let log = log();
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let mut request = handed_over();
    request.text.customer.name = "Kanarie Kanariesson".into();
    request.text.customer.phone = "070-174 06 77".into();
    request.text.note = "personnummer 640823-3234".into();
    let mut events = agent.events().await;
    agent.register(&request).await;
    town.clock.advance(10_000);
    events.until_case(request.case_id, CaseStatus::HandedOver).await;
    agent.case(request.case_id).await.unwrap();
    let list = ListCases { list: CaseList::Mine, closed: true, after: None, limit: None };
    agent.ask::<CasesList>(&list).await.unwrap();
    // Wrongly shaped, with the values in the wrong places.
    let bad = r#"{"id": "Kanarie Kanariesson", "payload": {"case_id": "640823-3234", "phone": 0701740677}}"#;
    let post = agent.post("cases.register").header("Content-Type", "application/json").body(bad);
    assert_eq!(post.send().await.unwrap().status(), 422);
    let search = Suggest { text: "640823-3234 Kanariesson".into(), ..Suggest::default() };
    agent.ask::<KnowledgeSuggest>(&search).await.unwrap();
    let caller = Some(domain::Personal::from("+46701740677"));
    let joined = exchange::ExchangeEvent::CallJoined {
        entry: None,
        queue: "bygg".parse().unwrap(),
        menu: None,
        caller,
    };
    town.exchange.happens(crate::common::TUESDAY_TEN, request.contact.id, joined);
    events
        .until(|event| matches!(event, Event::QueueChanged(queue) if queue.waiting == 1).then_some(()))
        .await;
    let password = town.passwords["agent"].clone();
    let bearer = agent.bearer.clone().unwrap();
    town.service.stop().await.unwrap();
    let text = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    assert!(text.contains("listening"), "the log is caught");
    // The caller's own HTTP library logs in the same process; the service's binary lets none of it through.
    let ours: String = text.lines().filter(|line| !line.contains("\"target\":\"h")).collect();
    for secret in ["Kanarie", "1740677", "640823", password.as_str(), bearer.as_str()] {
        assert!(!ours.contains(secret), "{secret} is in the log");
    }
}
