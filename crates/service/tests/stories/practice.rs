//! Practice: whoever practises alone is the group as well.

use crate::common::{Town, command_id};
use contract::session::{OfficerAccess, OfficerOf, SignIn as Request};
use contract::{Code, PracticeOfficer, SignIn};
use serde_json::json;

fn of(group: &str) -> OfficerOf {
    OfficerOf { group: group.parse().unwrap() }
}

async fn signs_in(town: &Town, told: &OfficerAccess) -> Result<(), Code> {
    let request = Request { user: told.user.clone(), password: told.password.clone() };
    town.guest().change::<SignIn>(&request).await.map(drop)
}

async fn practising(town: Town) -> Town {
    let interface = town.folder.path().to_owned();
    town.restart_as(|config| {
        config.practice = true;
        config.interface = Some(interface);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_told_how_one_becomes_the_officer_of_a_group() {
    let town = practising(Town::start().await).await;
    let agent = town.sign_in("agent").await;
    let told = agent.change::<PracticeOfficer>(&of("bygglov")).await.unwrap();
    assert_eq!((told.address.clone(), told.user.as_str()), (town.url(""), "bygglov"));
    signs_in(&town, &told).await.unwrap();
    // Whoever asks again is told the same, and throws out nobody.
    assert_eq!(agent.change::<PracticeOfficer>(&of("bygglov")).await.unwrap(), told);
    // Those of before and those of other practices are none.
    let before = OfficerAccess { password: town.passwords["bygglov"].as_str().into(), ..told.clone() };
    assert_eq!(signs_in(&town, &before).await, Err(Code::WrongCredentials));
    let town = practising(town).await;
    let agent = town.sign_in("agent").await;
    let again = agent.change::<PracticeOfficer>(&of("bygglov")).await.unwrap();
    assert_ne!(again.password, told.password);
    assert_eq!(signs_in(&town, &told).await, Err(Code::WrongCredentials));
    // Where there are no officers, and for administrators, there is no such way.
    for none in ["kontaktcenter", "ingen"] {
        assert_eq!(agent.change::<PracticeOfficer>(&of(none)).await.unwrap_err(), Code::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_an_officer_where_it_is_real_or_from_a_browser() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    assert_eq!(agent.change::<PracticeOfficer>(&of("bygglov")).await.unwrap_err(), Code::Forbidden);
    town.sign_in("bygglov").await;

    let town = practising(town).await;
    assert_eq!(
        town.guest().change::<PracticeOfficer>(&of("bygglov")).await.unwrap_err(),
        Code::Unauthenticated
    );
    let officer = town.sign_in("bygglov").await;
    assert_eq!(officer.change::<PracticeOfficer>(&of("mottagning")).await.unwrap_err(), Code::Forbidden);

    let (guest, origin) = (town.guest(), town.url(""));
    let agent = Request { user: "agent".into(), password: town.passwords["agent"].as_str().into() };
    let body = json!({ "id": command_id(), "payload": agent });
    let signed_in = guest.post("session.sign_in").header("Origin", &origin).json(&body).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let call = |name, payload: serde_json::Value| {
        let body = json!({ "id": command_id(), "payload": payload });
        guest.post(name).header("Cookie", &cookie).header("Origin", &origin).json(&body).send()
    };
    assert_eq!(call("cases.list", json!({ "list": "mine" })).await.unwrap().status(), 200);
    let asked = call("practice.officer", json!({ "group": "bygglov" })).await.unwrap();
    assert_eq!(asked.status(), 403);
    town.sign_in("bygglov").await;
}
