//! Callers that are slow, many, or not who they should be.

use crate::common::Town;
use contract::agents::SetAgentState;
use contract::session::SignIn as Request;
use contract::{AgentSet, Code, Nothing, QueuesList, SignIn};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a beginning and nothing more; gives what came until the service closed.
async fn begun(town: &Town, text: &str) -> String {
    let mut stream = TcpStream::connect(town.service.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(25), stream.read_to_end(&mut told));
    closed.await.expect("closed within the bound").unwrap();
    String::from_utf8(told).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_and_half_a_body_are_not_waited_for() {
    let town = Town::start().await;
    let port = town.service.address().port();
    let head = |name: &str| {
        format!(
            "POST /rpc/{name} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
             Content-Length: 100\r\nConnection: close\r\n\r\n{{"
        )
    };
    let (handshake, closed) = (head("handshake"), head("cases.get"));
    let (half_head, half_body, stranger) = tokio::join!(
        begun(&town, "POST /rpc/handshake HTTP/1.1\r\nHo"),
        begun(&town, &handshake),
        begun(&town, &closed),
    );
    assert!(!half_head.contains("200 OK"), "{half_head}");
    assert!(half_body.contains("422"), "{half_body}");
    assert!(stranger.contains("401"), "told before the body is taken in: {stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tries_at_once_are_many_tries() {
    let town = Town::start().await;
    let guest = town.guest();
    let tries = (0..50).map(|_| {
        let guest = guest.clone();
        tokio::spawn(async move {
            let wrong = Request { user: "agent".into(), password: "fel".into() };
            guest.change::<SignIn>(&wrong).await.unwrap_err()
        })
    });
    let mut checked = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Code::WrongCredentials => checked += 1,
            code => assert_eq!(code, Code::Throttled),
        }
    }
    assert!((1..=5).contains(&checked), "{checked} passwords were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephones_password_is_for_the_desk_alone() {
    let town = Town::start().await;
    let (guest, origin) = (town.guest(), town.url(""));
    let payload = Request { user: "agent".into(), password: town.passwords["agent"].as_str().into() };
    let body = json!({ "id": crate::common::command_id(), "payload": payload });
    let signed_in = guest.post("session.sign_in").header("Origin", &origin).json(&body).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let asked = guest.post("phone.account").header("Cookie", cookie).header("Origin", &origin);
    assert_eq!(asked.json(&json!({})).send().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_telephone_is_not_counted_as_ready_for_calls() {
    let town = Town::start().await;
    let (lead, agent) = (town.sign_in("lead").await, town.sign_in("agent").await);
    lead.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    let mut events = agent.events().await;
    agent.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    events
        .until(|event| matches!(event, contract::Event::QueueChanged(queue) if queue.ready > 0).then_some(()))
        .await;
    assert_eq!(agent.ask::<QueuesList>(&Nothing {}).await.unwrap()[0].ready, 1, "one telephone");
}
