//! A case at a group outside the system, which has nothing but a letter: what the contact centre does about it.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand::{self, DECK};
use stories::peers::browser::Page;
use stories::peers::mail::MailServer;
use stories::peers::service::{Service, get};

#[tokio::test]
async fn a_letter_that_got_lost_is_sent_anew_and_the_case_is_taken_back() {
    let Some(mail) = MailServer::start().await else { return };
    let mut service = Service::start_with(&mail.settings()).await;
    service.program.end().await;
    service.puts_outside("bygglov");
    service.start_again().await;
    let Some(agent) = Page::browser("agent", &service.address()).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    errand::has_a_case_to_send(&agent, &DECK).await;
    errand::hands_over(&agent, &DECK).await;

    let (to, lost) = mail.letter(1).await;
    assert_eq!(to, "bygglov@exempelkoping.example");
    let page = |link: String| {
        let port = service.port;
        async move { get(port, &link).await.unwrap() }
    };
    assert!(page(lost.clone()).await.contains(DECK.subject));

    errand::opens_own_case(&agent).await;
    agent.element("#take-back").await;
    agent.picture("group-outside").await;
    assert_eq!(agent.accessibility_breaches().await, Vec::<String>::new());
    errand::presses(&agent, "renew-link").await;
    agent.sees("Ny länk skickades").await;
    errand::has_caret_in(&agent, "case-view").await;
    let (_, next) = mail.letter(2).await;
    assert!(page(lost).await.contains("utbytt"), "the lost one does nothing");
    assert!(page(next.clone()).await.contains(DECK.subject));

    errand::presses(&agent, "take-back").await;
    agent.sees("Togs tillbaka").await;
    agent.element("#hand-over").await;
    agent.picture("taken-back").await;
    assert!(page(next).await.contains("inte ärendet längre"), "nor does the one after");
    assert_eq!(["handoff_sent", "link_renewed", "taken_back"].map(|name| service.events(name)), [1, 1, 1]);
}
