//! The same errand against the practice exchange, without Asterisk and without a service of one's own.

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
    page.element("#checked tr:nth-child(5) .good").await;
    page.sees("Prova igen").await;
    page.picture("checkup").await;
    page.press("Esc").await;
}

#[tokio::test]
async fn a_practised_call_becomes_a_case_that_is_handed_over() {
    let Some(desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    desk.page.sees("Övning").await;
    the_phone_is_tried(&desk.page).await;
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
    errand::works_in_english(&desk.page).await;
    desk.page.picture("english").await;
}
