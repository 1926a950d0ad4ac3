//! The desk beside other programs: a second start, links that ask to dial, notifications.

use stories::errand::{self, DECK, Question};
use stories::peers::accessibility::{titles, tree};
use stories::peers::asterisk::Asterisk;
use stories::peers::browser::Page;
use stories::peers::desk::Desk;
use stories::peers::front::{OtherWindow, is_notified};
use stories::peers::service::Service;
use stories::shift::{Shift, is_offered};

#[tokio::test]
async fn a_second_start_raises_the_first_window_and_hands_over_its_link() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let service = Service::start(&asterisk).await;
    let Some(desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Telefon klar").await;

    let mut other = OtherWindow::open().await;
    assert_eq!(desk.second_start(None).await, Some(0));
    other.falls_behind().await;
    drop(other);

    // Nothing is dialled before somebody says so.
    assert_eq!(desk.second_start(Some("tel:+46701740613")).await, Some(0));
    desk.page.sees("En länk vill ringa 070-174 06 13").await;
    desk.page.picture("link-to-dial").await;
    desk.page.press("Esc").await;
    desk.page.no_longer_sees("En länk vill ringa").await;
    desk.page.element("#call[data-call-state=\"none\"]").await;

    assert_eq!(desk.second_start(Some("tel:+46701740614")).await, Some(0));
    desk.page.sees("En länk vill ringa 070-174 06 14").await;
    desk.page.press("Enter").await;
    desk.page.element("#call[data-call-state=\"in_call\"]").await;
    desk.page.sees("070-174 06 14").await;
}

#[tokio::test]
async fn a_link_that_starts_the_desk_is_confirmed_when_work_begins() {
    let service = Service::start_with("").await;
    let mut start = stories::peers::desk::Start::connected(service.address());
    start.arguments.push("tel:+46701740613".to_owned());
    let Some(desk) = Desk::start(start).await else { return };
    desk.page.element("#user").await;
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("En länk vill ringa 070-174 06 13").await;
}

#[tokio::test]
async fn what_happens_behind_another_window_is_notified_and_names_nobody() {
    let Some(Shift { asterisk, service, desk }) = Shift::begin().await else { return };
    let other = OtherWindow::open().await;
    let mut caller = is_offered(&asterisk, &desk).await;
    desk.screen("notified-of-a-call").await;
    let told = is_notified("Samtal väntar på dig").await;
    for name in ["701740612", "174 06 12", "Bygg"] {
        assert!(!told.contains(name), "{told}");
    }
    drop(other);

    errand::answers(&desk.page).await;
    errand::finds_the_article(&desk.page, &DECK).await;
    errand::fills_in(&desk.page, &DECK).await;
    errand::hands_over(&desk.page, &DECK).await;
    errand::hangs_up(&desk.page).await;
    caller.ended().await;
    let _other = OtherWindow::open().await;
    let Some(officer) = Page::browser("officer", &service.address()).await else { return };
    let account = "handlaggare.bygglov";
    errand::sign_in(&officer, account, service.password(account)).await;
    errand::is_accepted(&officer, &DECK).await;
    errand::is_answered(&officer).await;
    let told = is_notified("Ett ärende är besvarat").await;
    for name in [DECK.name, DECK.subject, "Ekbacken", "701740612", "174 06 12"] {
        assert!(!told.contains(name), "{told}");
    }
}

#[tokio::test]
async fn a_practised_call_is_notified_as_practice() {
    let Some(desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    errand::becomes_ready(&desk.page).await;
    let _other = OtherWindow::open().await;
    // The keyboard is the other window's.
    desk.page.execute("document.getElementById('practice-next').click()").await;
    errand::is_offered(&desk.page).await;
    let told = is_notified("Samtal väntar på dig").await;
    assert!(told.contains("Övning: Samtal väntar på dig"), "{told}");
}

/// Nobody else is called that.
const PROTECTED: &str = "Kvintus Kanariefagel";

/// Neither a notification nor a title names them; the card tells that they are protected.
async fn names_nobody(desk: &Desk, told: &str) {
    let tree = tree().await;
    let titles = titles(&tree);
    assert!(titles.contains(&"Svarsplats"), "{titles:?}");
    let said = format!("{told} {}", titles.join(" "));
    let traces = ["Kvintus", "anariefagel", "701740612", "174 06 12", DECK.subject, "Ekbacken", "kyddad"];
    for trace in traces {
        assert!(!said.contains(trace), "{trace:?} in {said}");
    }
    assert!(!desk.page.text().await.contains("Kvintus"), "masked in the window too");
}

#[tokio::test]
async fn a_protected_resident_is_named_neither_in_a_notification_nor_in_a_title() {
    let Some(shift) = Shift::begin().await else { return };
    shift.service.protects(PROTECTED, "+46701740612");
    let desk = &shift.desk;
    let other = OtherWindow::open().await;
    let mut caller = shift.is_offered().await;
    let told = is_notified("Samtal väntar på dig").await;
    desk.page.sees("Skyddade uppgifter").await;
    names_nobody(desk, &told).await;
    drop(other);

    errand::answers(&desk.page).await;
    errand::finds_the_article(&desk.page, &DECK).await;
    errand::fills_in(&desk.page, &Question { name: PROTECTED, ..DECK }).await;
    errand::hands_over(&desk.page, &DECK).await;
    errand::hangs_up(&desk.page).await;
    caller.ended().await;
    let _other = OtherWindow::open().await;
    let Some(officer) = Page::browser("officer", &shift.service.address()).await else { return };
    let account = "handlaggare.bygglov";
    errand::sign_in(&officer, account, shift.service.password(account)).await;
    errand::is_accepted(&officer, &DECK).await;
    errand::is_answered(&officer).await;
    let told = is_notified("Ett ärende är besvarat").await;
    names_nobody(desk, &told).await;
}
