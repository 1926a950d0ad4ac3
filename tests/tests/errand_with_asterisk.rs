//! The main job: a real call becomes a case that reaches its svarsgrupp.

use std::time::Instant;
use stories::errand::{self, DECK};
use stories::peers::baresip::VOICE;
use stories::peers::browser::Page;
use stories::shift::{Shift, is_offered};
use stories::sound::{Sink, hears, play};

#[tokio::test]
async fn a_call_becomes_a_case_that_its_group_answers() {
    let Some(Shift { asterisk, service, desk }) = Shift::begin().await else { return };
    let mut caller = is_offered(&asterisk, &desk).await;
    for told in ["070-174 06 12", "Bygg och miljö", "Kommunens gemensamma nummer"] {
        desk.page.sees(told).await;
    }
    desk.page.picture("offered").await;
    errand::answers(&desk.page).await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    desk.page.sees("Inte krypterat").await;
    let agent = play(Sink::Microphone, 900.0);
    hears(Sink::Caller, 900.0).await;
    drop(agent);

    errand::finds_the_article(&desk.page, &DECK).await;
    errand::fills_in(&desk.page, &DECK).await;
    desk.page.picture("in-call").await;
    errand::hands_over(&desk.page, &DECK).await;
    errand::hangs_up(&desk.page).await;
    caller.ended().await;

    let Some(officer) = Page::browser("officer", &service.address()).await else { return };
    let account = "handlaggare.bygglov";
    errand::sign_in(&officer, account, service.password(account)).await;
    errand::is_accepted(&officer, &DECK).await;
    desk.page.sees("Mottaget").await;
    errand::is_answered(&officer).await;
    desk.page.sees("Besvarat").await;
    officer.picture("answered").await;
    desk.page.picture("answered").await;
    errand::is_closed(&officer).await;
    desk.page.sees("Du har inga öppna ärenden").await;
    assert_eq!((service.count("case_state"), service.events("handoff_sent")), (1, 1));
}

/// An ordinary question takes ten seconds with the typing: few keys, and of chords three at most. The keys are
/// held to account here; how long it took is only told.
#[tokio::test]
async fn an_ordinary_question_is_registered_with_few_keys() {
    let Some(Shift { asterisk, service, desk }) = Shift::begin().await else { return };
    let _caller = is_offered(&asterisk, &desk).await;

    #[allow(clippy::disallowed_methods, reason = "how long a person takes is told, not asserted")]
    let began = Instant::now();
    errand::answers(&desk.page).await;
    let typed = ["lov för altan", "fråga om b"];
    desk.page.types_at(PACE, typed[0]).await;
    desk.page.press("Tab").await;
    desk.page.types_at(PACE, typed[1]).await;
    desk.page.press("Tab").await;
    desk.page.press("Ctrl+Enter").await;
    desk.page.element("#receipt").await;
    let took = began.elapsed();
    let keys: usize = typed.iter().map(|text| text.chars().count()).sum();
    println!("from the answer to the receipt: {} ms, {keys} letters at {PACE} a second", took.as_millis());

    // F2, Tab and Tab are single keys; Ctrl+Enter is the only chord.
    desk.page.sees("Fråga om bygglov").await;
    assert_eq!((service.count("case_state"), service.events("registered")), (1, 1));
    assert_eq!(service.registered_of("bygglov-fraga"), 1);
}

/// Keys a second of one who types as a matter of course.
const PACE: u64 = 5;
