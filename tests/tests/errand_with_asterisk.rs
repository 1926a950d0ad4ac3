//! The main job: a real call becomes a case that reaches its svarsgrupp.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a story that cannot go on fails")]

use stories::errand::{self, DECK};
use stories::peers::baresip::VOICE;
use stories::peers::browser::Page;
use stories::shift::{Shift, is_offered};
use stories::sound::{Sink, hears, play};

#[tokio::test]
async fn a_call_becomes_a_case_that_its_group_answers() {
    let Some(Shift { asterisk, service, desk }) = Shift::begin().await else { return };
    let mut caller = is_offered(&asterisk, &desk).await;
    for told in [
        "070-174 06 12",
        "Känd kund Berit Hallgren",
        "Bygg och miljö",
        "Kommunens gemensamma nummer",
        "Väntade",
        "Säg Exempelköpings kommun, bygg och miljö. Du talar med Amina.",
    ] {
        desk.page.sees_when(told, |page| plain(page).contains(told)).await;
    }
    desk.page.picture("offered").await;
    errand::answers(&desk.page).await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    desk.page.sees("Inte krypterat").await;
    let agent = play(Sink::Microphone, 900.0);
    hears(Sink::Caller, 900.0).await;
    drop(agent);

    errand::finds_the_article(&desk.page, &DECK).await;
    // What to say and what to ask of such a question stands beside the articles.
    for support in ["bygglov", "bygglov-fraga"] {
        desk.page.element(&format!(".suggestion[data-id=\"{support}\"]")).await;
    }
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
    assert_eq!(service.registered_on_calls_of("bygg"), 1, "the case is of this very call");
}

/// On one line, with single spaces.
fn plain(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the agent's hands do, and how long it takes one who types as a matter of course: a count, which does not
/// depend on the machine.
struct Hands<'a> {
    page: &'a Page,
    letters: u32,
    keys: u32,
    chords: u32,
}

/// One letter, or one key that needs no other: 300 a minute.
const KEY_MS: u32 = 200;
/// Keys held together, with the thought of which.
const CHORD_MS: u32 = 1_000;

impl Hands<'_> {
    async fn types(&mut self, text: &str) {
        self.letters += u32::try_from(text.chars().count()).unwrap();
        self.page.types(text).await;
    }

    async fn presses(&mut self, key: &str) {
        if key.contains('+') {
            self.chords += 1;
        } else {
            self.keys += 1;
        }
        self.page.press(key).await;
    }

    async fn tabs_to(&mut self, id: &str) {
        for _ in 0..20 {
            if self.page.focused_id().await == id {
                return;
            }
            self.presses("Tab").await;
        }
        panic!("too far to {id}");
    }

    fn takes_ms(&self) -> u32 {
        (self.letters + self.keys) * KEY_MS + self.chords * CHORD_MS
    }
}

/// An ordinary question, from the answer to the receipt, with a short note and another result than the usual, takes
/// at most three chords and less than ten seconds.
#[tokio::test]
async fn an_ordinary_question_is_registered_with_few_keys() {
    let Some(Shift { asterisk, service, desk }) = Shift::begin().await else { return };
    let _caller = is_offered(&asterisk, &desk).await;
    let mut hands = Hands { page: &desk.page, letters: 0, keys: 0, chords: 0 };
    hands.presses("F2").await;
    errand::has_caret_in(&desk.page, "subject").await;
    hands.types("altan").await;
    hands.tabs_to("case-type").await;
    hands.types("fråga om b").await;
    hands.presses("Tab").await;
    hands.tabs_to("note").await;
    hands.types("20 kvm").await;
    hands.tabs_to("disposition").await;
    // The first letters choose, as in any list: Hänvisat till självservice.
    hands.types("hä").await;
    hands.presses("Ctrl+Enter").await;
    desk.page.element("#receipt").await;
    println!(
        "{} letters, {} keys, {} chords: {} ms",
        hands.letters,
        hands.keys,
        hands.chords,
        hands.takes_ms()
    );
    assert!(hands.chords <= 3, "{} chords", hands.chords);
    assert!(hands.takes_ms() < 10_000, "{} ms", hands.takes_ms());

    desk.page.sees("Fråga om bygglov").await;
    assert_eq!((service.count("case_state"), service.events("registered")), (1, 1));
    assert_eq!(service.registered_of("bygglov-fraga"), 1);
    assert_eq!(service.registered_as("referred_to_self_service"), 1);
}

/// What README shows: on a screen of 1280×800 an errand in a call stands there whole, in both themes.
#[tokio::test]
async fn an_errand_in_a_call_stands_whole_on_a_small_screen() {
    let Some(Shift { asterisk, service: _service, desk }) = Shift::begin().await else { return };
    let _caller = is_offered(&asterisk, &desk).await;
    errand::answers(&desk.page).await;
    desk.page.types("när får jag besked om bygglovet").await;
    desk.page.tab_to("case-type").await;
    desk.page.types("Pågående bygg").await;
    desk.page.press("Enter").await;
    errand::has_caret_in(&desk.page, "note").await;
    desk.page.types("Lämnade in ritningarna i mars. Vill veta när beslutet kommer.").await;
    for shown in ["handlaggningstid-bygglov", "bygglov-status"] {
        desk.page.element(&format!(".suggestion[data-id=\"{shown}\"]")).await;
    }
    desk.page.sees("Utkast sparat").await;
    desk.page.sees("Ljudet är bra").await;
    for pane in [".form-scroll", ".suggestions"] {
        let hidden =
            format!("const at = document.querySelector('{pane}'); return at.scrollHeight - at.clientHeight");
        assert_eq!(desk.page.execute(&hidden).await, 0, "what {pane} does not show");
    }
    desk.page.picture("in-call-light").await;
    desk.page.execute("document.documentElement.setAttribute('data-theme', 'dark')").await;
    desk.page.picture("in-call-dark").await;
}
