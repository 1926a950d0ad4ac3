//! The adapter against a manager interface that this test speaks itself.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use domain::Timestamp;
use exchange::asterisk::{Asterisk, AsteriskConfig, Message, Reader, SipAccounts};
use exchange::{AgentPhone, Exchange, ExchangeError, ExchangeEvent, OfferEnd, Reachability};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Asterisk's side of one connection.
struct Manager {
    stream: TcpStream,
    reader: Reader,
    read: Vec<Message>,
}

impl Manager {
    async fn accept(listener: &TcpListener) -> Self {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"Asterisk Call Manager/11.0.0\r\n").await.unwrap();
        Self { stream, reader: Reader::default(), read: Vec::new() }
    }

    /// The next action; it must be this one.
    async fn action(&mut self, name: &str) -> Message {
        while self.read.is_empty() {
            let mut piece = [0; 1024];
            let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut piece));
            let length = read.await.unwrap().unwrap();
            assert!(length > 0, "the line goes on");
            self.read.extend(self.reader.take(&piece[..length]).unwrap());
        }
        let message = self.read.remove(0);
        assert_eq!(message.get("Action"), Some(name));
        message
    }

    async fn answer(&mut self, action: &Message, response: &str, text: &str) {
        let answer = Message::default()
            .with("Response", response)
            .with("ActionID", action.get("ActionID").unwrap())
            .with("Message", text);
        self.say(answer).await;
    }

    async fn say(&mut self, message: Message) {
        self.stream.write_all(message.to_wire().as_bytes()).await.unwrap();
    }

    /// Sign-in and status: agent 1002 is a member of a queue from before.
    async fn begin(&mut self) {
        let login = self.action("Login").await;
        assert_eq!(login.get("Secret"), Some("hemligt"));
        self.answer(&login, "Success", "Authentication accepted").await;
        let status = self.action("QueueStatus").await;
        let id = status.get("ActionID").unwrap();
        self.answer(&status, "Success", "Queue status will follow").await;
        let member = Message::default().with("Event", "QueueMember").with("Queue", "skola");
        self.say(member.with("Location", "PJSIP/1002").with("Membership", "dynamic")).await;
        self.say(Message::default().with("Event", "QueueStatusComplete").with("ActionID", id)).await;
    }
}

async fn asterisk() -> (TcpListener, Asterisk) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secrets = [("1001".to_owned(), "sip-hemligt".into())].into();
    let asterisk = Asterisk::connect(AsteriskConfig {
        address: listener.local_addr().unwrap().to_string(),
        user: "svarsplats".into(),
        secret: "hemligt".into(),
        accounts: SipAccounts {
            server: "127.0.0.1:5061".into(),
            proxy: Some("proxy.example:5061".into()),
            transport: "tls".into(),
            encryption: "require".into(),
            keys: "dtls".into(),
            authorities: Some("PEM".into()),
            echo: None,
            secrets,
        },
        now: Arc::new(|| Timestamp(7)),
    });
    (listener, asterisk)
}

async fn until(asterisk: &Asterisk, state: Reachability) {
    let mut reachability = asterisk.reachability();
    let reached = reachability.wait_for(|now| *now == state);
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap().unwrap();
}

fn agent(name: &str) -> AgentPhone {
    AgentPhone::new(name).unwrap()
}

#[tokio::test]
async fn agents_are_put_into_exactly_their_queues() {
    let (listener, asterisk) = asterisk().await;
    assert_eq!(asterisk.agent_gone(&agent("1001")).await, Err(ExchangeError::Unreachable));
    let mut manager = Manager::accept(&listener).await;
    manager.begin().await;
    until(&asterisk, Reachability::Reachable).await;
    let queues = ["bygg".parse().unwrap()];
    let manager = async {
        let remove = manager.action("QueueRemove").await;
        assert_eq!(remove.get("Queue"), Some("skola"), "known from the status");
        manager.answer(&remove, "Success", "Removed interface from queue").await;
        let add = manager.action("QueueAdd").await;
        assert_eq!(add.get("Interface"), Some("PJSIP/1002"));
        manager.answer(&add, "Error", "Unable to add interface: Already there").await;
        let pause = manager.action("QueuePause").await;
        assert_eq!(pause.get("Paused"), Some("false"));
        manager.answer(&pause, "Success", "Interface unpaused successfully").await;
    };
    let agent_1002 = agent("1002");
    let (ready, ()) = tokio::join!(asterisk.agent_ready(&agent_1002, &queues), manager);
    assert_eq!(ready, Ok(()));
    let account = asterisk.phone_account(&agent("1001")).unwrap();
    assert_eq!((account.user.as_str(), account.secret.expose().as_str()), ("1001", "sip-hemligt"));
    let way = (account.transport.as_str(), account.encryption.as_str(), account.authorities.as_deref());
    assert_eq!(way, ("tls", "require", Some("PEM")));
    assert_eq!(asterisk.phone_account(&agent("9999")), None);
}

#[tokio::test]
async fn an_agent_who_leaves_is_taken_out_of_a_queue_though_another_was_refused() {
    let (listener, asterisk) = asterisk().await;
    let mut manager = Manager::accept(&listener).await;
    manager.begin().await;
    until(&asterisk, Reachability::Reachable).await;
    let (queues, who) = (["bygg".parse().unwrap(), "saknas".parse().unwrap()], agent("1001"));
    let refused = async {
        for (action, response) in [
            ("QueueAdd", "Success"),
            ("QueuePause", "Success"),
            ("QueueAdd", "Error"),
            ("QueuePause", "Error"),
        ] {
            let asked = manager.action(action).await;
            manager.answer(&asked, response, "No such queue").await;
        }
        manager
    };
    let (ready, mut manager) = tokio::join!(asterisk.agent_ready(&who, &queues), refused);
    assert_eq!(ready, Err(ExchangeError::Refused("No such queue".into())));
    let removed = async {
        let mut queues = Vec::new();
        for _ in 0..2 {
            let asked = manager.action("QueueRemove").await;
            queues.extend(asked.get("Queue").map(str::to_owned));
            manager.answer(&asked, "Success", "Removed").await;
        }
        queues
    };
    let (gone, removed) = tokio::join!(asterisk.agent_gone(&who), removed);
    assert_eq!(gone, Ok(()));
    assert_eq!(removed, ["bygg", "saknas"]);
}

#[tokio::test]
async fn calls_are_told_and_a_lost_line_is_found_again() {
    let (listener, asterisk) = asterisk().await;
    let mut events = asterisk.events();
    let mut manager = Manager::accept(&listener).await;
    manager.begin().await;
    let call = "019cd6f3-d880-7000-8000-000000000001";
    let variable = format!("SVARSPLATS_CALL={call}");
    let joined = Message::default().with("Event", "QueueCallerJoin").with("Queue", "bygg");
    manager.say(joined.with("Uniqueid", "1.1").with("ChanVariable", &variable)).await;
    let told = events.next().await.unwrap();
    assert_eq!((told.at, told.contact), (Timestamp(7), call.parse().unwrap()));
    assert!(matches!(told.event, ExchangeEvent::CallJoined { .. }));
    drop(manager);
    until(&asterisk, Reachability::Unreachable).await;
    let mut manager = Manager::accept(&listener).await;
    manager.begin().await;
    until(&asterisk, Reachability::Reachable).await;
    assert_eq!(events.next().await.unwrap().event, ExchangeEvent::CallAbandoned, "it went meanwhile");
}

/// What Asterisk 22 said of one offer, and why it then ended. Recorded with a phone that answered 603, 486 and
/// 480, with one that rang until the queue went on, and with one that had gone without a word.
const OFFERS: [(&str, OfferEnd); 5] = [
    (include_str!("recorded/declined.txt"), OfferEnd::Declined),
    (include_str!("recorded/busy.txt"), OfferEnd::Declined),
    (include_str!("recorded/no-answer-told.txt"), OfferEnd::NotTaken),
    (include_str!("recorded/rang-out.txt"), OfferEnd::NotTaken),
    (include_str!("recorded/no-phone-there.txt"), OfferEnd::Unreachable),
];

#[tokio::test]
async fn an_offer_that_is_not_taken_says_why() {
    let (listener, asterisk) = asterisk().await;
    let mut events = asterisk.events();
    let mut manager = Manager::accept(&listener).await;
    manager.begin().await;
    let mut offers: Vec<(String, OfferEnd)> =
        OFFERS.iter().map(|(recorded, reason)| ((*recorded).to_owned(), *reason)).collect();
    // No way to it, not there, out of order: causes that a phone on loopback cannot be brought to.
    for cause in [3, 20, 27] {
        let told = OFFERS[0].0.replace("Cause: 21", &format!("Cause: {cause}"));
        offers.push((told, OfferEnd::Unreachable));
    }
    for (recorded, reason) in offers {
        let wire = recorded.replace('\n', "\r\n");
        manager.stream.write_all(wire.as_bytes()).await.unwrap();
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(events.next().await.unwrap().event);
        }
        assert!(matches!(told[0], ExchangeEvent::CallJoined { .. }));
        let agent = agent("1001");
        assert_eq!(told[1], ExchangeEvent::CallOffered { agent: agent.clone() });
        assert_eq!(told[2], ExchangeEvent::OfferEnded { agent, reason });
    }
}

#[tokio::test]
async fn an_exchange_that_has_no_queues_yet_is_asked_again() {
    let (listener, asterisk) = asterisk().await;
    let mut starting = Manager::accept(&listener).await;
    let login = starting.action("Login").await;
    starting.answer(&login, "Success", "Authentication accepted").await;
    let status = starting.action("QueueStatus").await;
    starting.answer(&status, "Error", "Invalid/unknown command: QueueStatus.").await;
    let mut started = Manager::accept(&listener).await;
    started.begin().await;
    until(&asterisk, Reachability::Reachable).await;
}

#[tokio::test]
async fn a_wrong_account_is_told() {
    let (listener, asterisk) = asterisk().await;
    let mut manager = Manager::accept(&listener).await;
    let login = manager.action("Login").await;
    manager.answer(&login, "Error", "Authentication failed").await;
    until(&asterisk, Reachability::Refused).await;
}
