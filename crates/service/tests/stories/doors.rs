//! The doors: passwords, sessions, hosts, origins, shapes and sizes.

use crate::common::{Town, client, command_id, registration};
use contract::agents::SetAgentState;
use contract::cases::{CaseList, ListCases};
use contract::session::{Hello, SignIn as Request};
use contract::{
    AgentSet, CaseRegister, CasesList, Code, Event, HandshakeCommand, Nothing, SignIn, SignOut, WhoAmI,
};
use serde_json::{Value, json};

async fn code(response: reqwest::Response) -> (u16, Code) {
    let status = response.status().as_u16();
    let error: contract::Error = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    (status, error.code)
}

fn as_user(user: &str, password: &str) -> Request {
    Request { user: user.into(), password: password.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_slowed_down() {
    let town = Town::start().await;
    let guest = town.guest();
    for _ in 0..5 {
        let tried = guest.change::<SignIn>(&as_user("agent", "fel")).await;
        assert_eq!(tried.unwrap_err(), Code::WrongCredentials);
    }
    assert_eq!(guest.change::<SignIn>(&as_user("ingen", "fel")).await.unwrap_err(), Code::WrongCredentials);
    let right = as_user("agent", &town.passwords["agent"]);
    assert_eq!(guest.change::<SignIn>(&right).await.unwrap_err(), Code::Throttled, "the right one too");
    town.clock.advance(1_000);
    assert!(guest.change::<SignIn>(&right).await.unwrap().bearer.is_some());
    let huge = as_user("agent", &"x".repeat(2_000));
    assert_eq!(guest.change::<SignIn>(&huge).await.unwrap_err(), Code::TooLarge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_gets_a_bearer_and_a_browser_a_cookie() {
    let town = Town::start().await;
    let origin = town.url("");
    let body = json!({ "id": command_id(), "payload": as_user("bygglov", &town.passwords["bygglov"]) });
    let guest = town.guest();
    let signed_in = guest.post("session.sign_in").header("Origin", &origin).json(&body).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains("Secure"), "plain HTTP on loopback");
    let me: Value = signed_in.json().await.unwrap();
    assert_eq!((me["user"].as_str(), me.get("bearer")), (Some("bygglov"), None));

    let cookie = cookie.split(';').next().unwrap().to_owned();
    let ask = |origin: String| {
        guest.post("session.me").header("Cookie", &cookie).header("Origin", origin).json(&json!({}))
    };
    assert_eq!(ask(origin.clone()).send().await.unwrap().status(), 200);
    let foreign = ask("http://evil.example".into()).send().await.unwrap();
    assert_eq!(code(foreign).await, (403, Code::Forbidden));
    // The cookie's token is no bearer, and a bearer no cookie.
    let token = cookie.split_once('=').unwrap().1;
    let as_bearer = guest.post("session.me").bearer_auth(token).json(&json!({})).send().await.unwrap();
    assert_eq!(code(as_bearer).await, (401, Code::Unauthenticated));
    let out = guest.post("session.sign_out").header("Cookie", &cookie).header("Origin", &origin);
    let out = out.json(&json!({ "id": command_id() })).send().await.unwrap();
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(code(ask(origin).send().await.unwrap()).await, (401, Code::Unauthenticated));
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_hosts_and_origins_get_nothing() {
    let town = Town::start().await;
    let desk = town.sign_in("agent").await;
    let me = || desk.post("session.me").json(&json!({}));
    let events = || desk.with_bearer(desk.client.get(town.url("/events")));
    let port = town.service.address().port();
    for (name, value) in [
        ("Host", "evil.example".to_owned()),
        ("Host", format!("evil.example:{port}")),
        ("Host", "127.0.0.1:1".to_owned()),
        ("Origin", "http://evil.example".to_owned()),
        ("Origin", "null".to_owned()),
        ("Origin", format!("http://localhost.evil.example:{port}")),
        ("Sec-Fetch-Site", "cross-site".to_owned()),
    ] {
        for request in [me(), events()] {
            let response = request.header(name, &value).send().await.unwrap();
            assert_eq!(code(response).await, (403, Code::Forbidden), "{name}: {value}");
        }
    }
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}")] {
        assert_eq!(me().header("Host", host).send().await.unwrap().status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_or_too_large_changes_nothing() {
    let town = Town::start().await;
    let desk = town.sign_in("agent").await;
    let text = |name: &str, body: String| {
        desk.post(name).header("Content-Type", "application/json").body(body).send()
    };
    let id = command_id();
    for (name, body, expected) in [
        ("cases.register", "{".to_owned(), (422, Code::Invalid)),
        ("cases.register", "[]".to_owned(), (422, Code::Invalid)),
        (
            "cases.register",
            json!({ "id": id, "payload": { "case_id": 7 } }).to_string(),
            (422, Code::Invalid),
        ),
        ("cases.register", json!({ "id": "x", "payload": {} }).to_string(), (422, Code::Invalid)),
        ("cases.register", format!("{{\"payload\": \"{}\"}}", "x".repeat(300_000)), (413, Code::TooLarge)),
        ("cases.delete_all", "{}".to_owned(), (404, Code::NotFound)),
        ("desk.connect", "{}".to_owned(), (404, Code::NotFound)),
        ("..%2fetc", "{}".to_owned(), (404, Code::NotFound)),
    ] {
        assert_eq!(code(text(name, body).await.unwrap()).await, expected, "{name}");
    }
    let form =
        desk.post("session.sign_out").body("id=1").header("Content-Type", "text/plain").send().await.unwrap();
    assert_eq!(code(form).await, (422, Code::Invalid));
    let mut long = registration();
    long.text.note = "x".repeat(20_001).into();
    assert_eq!(desk.change::<CaseRegister>(&long).await, Err(Code::TooLarge));
    let all = ListCases { list: CaseList::Front, closed: true, after: None, limit: None };
    assert!(desk.ask::<CasesList>(&all).await.unwrap().cases.is_empty());
    assert!(desk.ask::<WhoAmI>(&Nothing {}).await.is_ok(), "still signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_contract_is_told_to_update() {
    let town = Town::start().await;
    let guest = town.guest();
    let shaken = guest.ask::<HandshakeCommand>(&Hello { contract: contract::CONTRACT }).await.unwrap();
    assert_eq!(shaken.municipality.as_deref(), Some("Provköping"));
    assert!(!shaken.practice && !shaken.capabilities.phone);
    let future = Hello { contract: contract::CONTRACT + 1 };
    assert_eq!(guest.ask::<HandshakeCommand>(&future).await.unwrap_err(), Code::ContractMismatch);
    let call = guest.post("handshake").header("svarsplats-contract", "99").json(&json!({}));
    assert_eq!(code(call.send().await.unwrap()).await, (426, Code::ContractMismatch));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_ends_everywhere_and_the_agent_is_offline() {
    let town = Town::start().await;
    let desk = town.sign_in("agent").await;
    desk.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    town.exchange.until("1001 ready bygg").await;
    let mut events = desk.events().await;
    town.service.revoke_sessions("agent").await.unwrap();
    town.exchange.until("1001 gone").await;
    events.until(|event| matches!(event, Event::SignedOut).then_some(())).await;
    assert!(events.next().await.is_none(), "the stream ends");
    assert_eq!(desk.change::<CaseRegister>(&registration()).await, Err(Code::Unauthenticated));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_runs_out_and_takes_its_agent_along() {
    let town = Town::start().await;
    let desk = town.sign_in("agent").await;
    desk.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    town.exchange.until("1001 ready bygg").await;
    town.clock.advance(12 * 3_600_000);
    assert_eq!(desk.ask::<WhoAmI>(&Nothing {}).await.unwrap_err(), Code::Unauthenticated);
    town.exchange.until("1001 gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session() {
    let town = Town::start().await;
    let (desk, other) = (town.sign_in("agent").await, town.sign_in("agent").await);
    desk.change::<SignOut>(&Nothing {}).await.unwrap();
    assert_eq!(desk.ask::<WhoAmI>(&Nothing {}).await.unwrap_err(), Code::Unauthenticated);
    assert_eq!(other.ask::<WhoAmI>(&Nothing {}).await.unwrap().user, "agent", "another desk's goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_comes_with_a_strict_policy_and_nothing_else_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (page, outside) = (folder.path().join("ui"), folder.path().join("secret.txt"));
    std::fs::create_dir(&page).unwrap();
    std::fs::write(page.join("index.html"), "<title>Svarsplats</title>").unwrap();
    std::fs::write(page.join("ui_bg.wasm"), "x").unwrap();
    std::fs::write(outside, "hemligt").unwrap();
    let town = Town::start_with(|config| config.interface = Some(page)).await;
    let client = client();
    let get = async |path: &str| client.get(town.url(path)).send().await.unwrap();
    let first = get("/").await;
    let policy = first.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(first.headers()["x-content-type-options"], "nosniff");
    assert_eq!(get("/ui_bg.wasm").await.headers()["content-type"], "application/wasm");
    assert_eq!(get("/inkorg").await.status(), 200, "a place of the interface");
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/.hidden.txt", "/none.js"] {
        assert_eq!(get(path).await.status(), 404, "{path}");
    }
    assert_eq!(get("/healthz").await.text().await.unwrap(), "ok\n");
    town.guest().ask::<HandshakeCommand>(&Hello { contract: contract::CONTRACT }).await.unwrap();
    let metrics = get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("svarsplats_commands_total{command=\"handshake\",outcome=\"ok\"} 1"),
        "{metrics}"
    );
    let document: Value = get("/openapi.json").await.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let served = contract::COMMANDS.iter().filter(|info| info.home != contract::Home::Desk);
    for info in served {
        assert!(document["paths"][format!("/rpc/{}", info.name)]["post"].is_object(), "{}", info.name);
    }
    let text = document.to_string();
    let wanted = text.split("\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap());
    for name in wanted {
        assert!(document["components"]["schemas"][name].is_object(), "{name} is described");
    }
}
