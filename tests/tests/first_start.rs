//! The desk as it is opened for the first time, without arguments: practice, then a contact centre, each kept.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use serde_json::Value;
use stories::errand::{self, DECK};
use stories::peers::browser::Page;
use stories::peers::desk::{Desk, Start};
use stories::peers::service::Service;

/// Notes every text that the page shows from now on, however short it stands there.
const NOTES_WHAT_IS_SHOWN: &str = "window.shown = [];
    new MutationObserver(() => window.shown.push(document.body.innerText))
        .observe(document.body, { childList: true, subtree: true, characterData: true });";

async fn chooses_practice(page: &Page) {
    page.element("main[data-phase=\"choose\"]").await;
    page.tab_to("choose-practice").await;
    page.press("Enter").await;
    errand::works(page).await;
    page.sees("Övning").await;
}

async fn chooses_a_contact_centre(page: &Page, address: &str) {
    page.element("main[data-phase=\"choose\"]").await;
    page.tab_to("address").await;
    page.types(address).await;
    page.press("Enter").await;
}

/// Back to the first choice, by the settings.
async fn leaves(page: &Page) {
    page.press("Ctrl+,").await;
    page.element("#leave").await;
    page.tab_to("leave").await;
    page.press("Enter").await;
    page.element("main[data-phase=\"choose\"]").await;
}

#[tokio::test]
async fn what_is_chosen_at_the_first_start_is_kept_and_practice_stays_by_itself() {
    let service = Service::start_with("").await;
    let Some(mut desk) = Desk::start(Start::default()).await else { return };
    desk.page.sees("Öva på den här datorn").await;
    desk.page.sees("Anslut till ett kontaktcenter").await;
    desk.screen("first-choice").await;
    assert_eq!(desk.page.accessibility_breaches().await, Vec::<String>::new());

    desk.page.execute(NOTES_WHAT_IS_SHOWN).await;
    chooses_practice(&desk.page).await;
    // That it is under way is told, step by step, in words.
    let shown = desk.page.execute("return window.shown").await;
    let shown: Vec<&str> = shown.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for told in ["Svarsplats startar", "Öppnar det krypterade lagret", "Startar tjänsten", "pågår", "väntar"]
    {
        assert!(shown.iter().any(|text| text.contains(told)), "{told:?} in {shown:#?}");
    }

    // One case is registered there, and one is only begun.
    errand::registers_a_case(&desk.page, &DECK).await;
    desk.page.sees("0 osända").await;
    errand::begins_a_case(&desk.page).await;
    desk.page.types("granskning").await;
    desk.page.sees("Utkast sparat").await;

    // Opened again it practises on, with what was begun.
    desk.close().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("Övning").await;
    desk.page.sees("granskning").await;

    leaves(&desk.page).await;
    chooses_a_contact_centre(&desk.page, &service.address()).await;
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Ansluten").await;
    desk.page.sees("0 osända").await;
    desk.page.sees("Inget ärende öppet").await;
    desk.page.picture("after-practice").await;
    let text = desk.page.text().await;
    for left in ["Övning", "granskning", DECK.subject] {
        assert!(!text.contains(left), "{left:?} of practice in {text}");
    }
    assert_eq!((service.count("case_state"), service.events("registered")), (0, 0));

    // What is done there is real, and where it is done is kept.
    errand::registers_a_case(&desk.page, &DECK).await;
    desk.page.sees("0 osända").await;
    assert_eq!(service.count("case_state"), 1);
    desk.close().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("Ansluten").await;
    desk.page.no_longer_sees("Övning").await;

    // And back: what was begun in practice lies there still.
    leaves(&desk.page).await;
    chooses_practice(&desk.page).await;
    desk.page.sees("granskning").await;
    assert_eq!(service.count("case_state"), 1);
}

#[tokio::test]
async fn an_address_that_is_none_is_said_and_can_be_mended() {
    let service = Service::start_with("").await;
    let Some(desk) = Desk::start(Start::default()).await else { return };
    chooses_a_contact_centre(&desk.page, "ftp://nowhere.example").await;
    desk.page.element("#message").await;
    desk.page.element("main[data-phase=\"choose\"]").await;
    desk.screen("address-wrong").await;
    assert_eq!(desk.page.accessibility_breaches().await, Vec::<String>::new());
    desk.page.element("#address").await.clear().await.unwrap();
    chooses_a_contact_centre(&desk.page, &service.address()).await;
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Ansluten").await;
}
