//! What people outside the system read when they send a step twice, too much, or in another way.

use crate::common::smtp::MailServer;
use crate::common::{Desk, Town, handed_over};
use crate::outside::{answered, hands_over, link, open, send, stays, town};
use contract::cases::RegisterCase;
use domain::case::CaseStatus;

/// A case that a group outside has, with the way to its page.
async fn handed(server: &mut MailServer, town: &Town, agent: &Desk) -> (RegisterCase, String) {
    let request = handed_over();
    hands_over(town, agent, &request).await;
    let letters = server.letters(1).await;
    (request, link(letters.last().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_was_received_and_what_is_new_does_nothing() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let (request, path) = handed(&mut server, &town, &agent).await;
    assert_eq!(send(&town, &path, "step=accept").await.status, 303);
    let again = send(&town, &path, "step=accept").await;
    assert_eq!(again.status, 200);
    assert!(again.page.contains("redan tagit emot ärendet") && !again.page.contains("Ingenting har ändrats"));

    let path = link(&server.letters(2).await[1]);
    let answer = "step=answer&channel=letter&text=Nej%0D%0AInget+lov";
    // A double click: both are on their way at once.
    let (a, b) = tokio::join!(send(&town, &path, answer), send(&town, &path, answer));
    assert_eq!((a.status, b.status), (200, 200), "{} {}", a.page, b.page);
    let late = send(&town, &path, answer).await;
    assert!(late.page.contains("redan tagit emot svaret") && !late.page.contains("Ingenting har ändrats"));
    let version = agent.case(request.case_id).await.unwrap().summary.version;
    for other in [
        "step=answer&channel=letter&text=Jo",
        "step=answer&channel=call&text=Nej%0AInget+lov",
        "step=give_back&why=fel-grupp",
        "step=accept",
    ] {
        let page = send(&town, &path, other).await;
        assert_eq!(page.status, 410, "{other}");
        assert!(page.page.contains("Ingenting har ändrats"));
    }
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!((view.summary.version, view.summary.status), (version, CaseStatus::Answered));
    assert_eq!(view.answer.unwrap().expose(), "Nej\nInget lov");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_is_sent_twice_was_received() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let (request, path) = handed(&mut server, &town, &agent).await;
    let back = "step=give_back&why=annat&text=Marken+%C3%A4r+er";
    assert_eq!(send(&town, &path, back).await.status, 200);
    let again = send(&town, &path, back).await;
    assert_eq!(again.status, 200);
    assert!(again.page.contains("redan tillbaka"));
    assert_eq!(send(&town, &path, "step=give_back&why=annat&text=Marken").await.status, 410);
    assert_eq!(agent.case(request.case_id).await.unwrap().returns, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_stands_there_to_be_shortened() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let (request, path) = handed(&mut server, &town, &agent).await;
    for step in ["answer&channel=visit", "give_back&why=annat"] {
        let page = send(&town, &path, &format!("step={step}&text={}slut", "x".repeat(7_997))).await;
        assert_eq!(page.status, 422);
        assert!(page.page.contains("för lång") && page.page.contains("xslut</textarea>"), "{step}");
    }
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.status, CaseStatus::HandedOver);
    // A browser sends two characters for each line's end.
    let most = format!("step=answer&channel=visit&text={}", "x%0D%0A".repeat(4_000));
    assert_eq!(send(&town, &path, &most).await.status, 200);
    assert_eq!(agent.case(request.case_id).await.unwrap().answer.unwrap().expose().len(), 8_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_a_link_reads_a_page_whatever_goes_wrong() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let (_, path) = handed(&mut server, &town, &agent).await;
    let url = town.url(&path);
    let wrong = [
        (422, stays().post(&url).body("step=close")),
        (403, stays().post(&url).header("origin", "https://evil.example").body("step=accept")),
        (403, stays().get(&url).header("host", "other.example")),
        (405, stays().delete(&url)),
        (413, stays().post(&url).body("x".repeat(300_000))),
    ];
    for (status, request) in wrong {
        let page = answered(request).await;
        assert_eq!(page.status, status);
        assert!(page.page.starts_with("<!doctype html>") && page.page.contains("Det gick inte"), "{status}");
        assert!(page.page.contains("lang=\"sv\""));
    }
    let mut slowed = None;
    for n in 0..40 {
        slowed = Some(open(&town, &format!("/lank/{n}")).await).filter(|page| page.status == 429).or(slowed);
    }
    assert!(slowed.unwrap().page.contains("för många försök"));
    // A command's answer is as it was.
    let foreign = stays().post(town.url("/rpc/session.me")).header("origin", "https://evil.example");
    assert!(answered(foreign.body("{}")).await.page.starts_with('{'));
}
