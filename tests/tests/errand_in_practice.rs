//! The same errand against the practice exchange, without Asterisk and without a service of one's own: one person is
//! the agent at the desk, and the case officer in a browser beside it.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand::{self, DECK};
use stories::peers::browser::Page;
use stories::peers::desk::Desk;
use stories::sound::{self, Sink};

/// Before the shift: tones are played and what was found is told, part by part.
async fn the_phone_is_tried(page: &Page) {
    page.sees("Telefon klar").await;
    page.click("Inställningar").await;
    // The tones are short, and come at once.
    let listening = sound::listens(Sink::Headset).await;
    page.element("#check-phone").await.click().await.unwrap();
    listening.sounds().await;
    page.element("#checked tr:nth-child(4) .good").await;
    page.element("#checked tr:nth-child(3) .badge").await;
    page.element("#checked tr:nth-child(6) .good").await;
    page.sees("Prova igen").await;
    page.picture("checkup").await;
    page.press("Esc").await;
}

/// What one says comes all the way to the exchange: its echo gives it back.
async fn the_exchange_hears(page: &Page) {
    // A tone that lasts is noise, and one that comes back is an echo: as headsets with processing of their own, it is
    // left as it is.
    page.click("Inställningar").await;
    for part in ["#set-echo", "#set-noise", "#set-gain"] {
        page.element(part).await.click().await.unwrap();
    }
    page.press("Esc").await;
    page.press("Alt+D").await;
    errand::has_caret_in(page, "dial-number").await;
    page.types("*43").await;
    page.press("Enter").await;
    page.element("#call[data-call-state=\"in_call\"]").await;
    let said = sound::play(Sink::Microphone, 900.0);
    sound::hears(Sink::Headset, 900.0).await;
    drop(said);
    sound::falls_silent(Sink::Headset).await;
    page.press("F9").await;
    page.element("#call[data-call-state=\"ended\"]").await;
}

/// Finds out at the desk how one is the group, and signs in as it.
async fn opens_as_officer(desk: &Page) -> Option<Page> {
    desk.tab_to("open-as-officer").await;
    desk.press("Enter").await;
    let told = |id| {
        desk.awaits(id, move || async move {
            let value = desk.element(&format!("#officer-{id}")).await.prop("value").await.ok()??;
            (!value.is_empty()).then_some(value)
        })
    };
    let (address, user, password) = (told("address").await, told("user").await, told("password").await);
    // Who was handed the case is whom one wants to be.
    assert_eq!(user, "handlaggare.bygglov");
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");
    desk.picture("open-as-officer").await;
    assert_eq!(desk.accessibility_breaches().await, Vec::<String>::new());
    desk.press("Esc").await;
    errand::has_caret_in(desk, "open-as-officer").await;
    let officer = Page::browser("practised-officer", &address).await?;
    errand::sign_in(&officer, &user, &password).await;
    Some(officer)
}

#[tokio::test]
async fn a_practised_call_becomes_a_case_that_its_group_answers() {
    let Some(desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    desk.page.sees("Övning").await;
    the_phone_is_tried(&desk.page).await;
    the_exchange_hears(&desk.page).await;
    errand::becomes_ready(&desk.page).await;
    desk.page.press("Alt+X").await;
    errand::is_offered(&desk.page).await;
    // With no other choice made, it rings where the system plays.
    sound::sounds(Sink::Headset).await;
    // A dialog that stands open does not keep the caller waiting.
    desk.page.press("F1").await;
    desk.page.element("#dialog[open]").await;
    errand::answers(&desk.page).await;
    // What the resident says can be read, and is marked as practice.
    desk.page.element("#said p:nth-of-type(2)").await;
    desk.page.sees("Övning: invånaren säger").await;
    sound::sounds(Sink::Headset).await;
    errand::finds_the_article(&desk.page, &DECK).await;
    errand::fills_in(&desk.page, &DECK).await;
    // Some residents withhold their number, and the group demands one.
    let number = desk.page.element("#customer-phone").await;
    number.clear().await.unwrap();
    number.send_keys("070-174 06 12").await.unwrap();
    errand::hands_over(&desk.page, &DECK).await;
    errand::hangs_up(&desk.page).await;

    let Some(officer) = opens_as_officer(&desk.page).await else { return };
    officer.sees("Övning").await;
    errand::is_accepted(&officer, &DECK).await;
    desk.page.sees("Mottaget").await;
    errand::is_answered(&officer).await;
    desk.page.sees("Besvarat").await;
    officer.picture("answered").await;
    errand::is_closed(&officer).await;
    desk.page.sees("Du har inga öppna ärenden").await;
    assert_eq!(desk.practised(), (1, 1));

    errand::works_in_english(&desk.page).await;
    desk.page.picture("english").await;
}
