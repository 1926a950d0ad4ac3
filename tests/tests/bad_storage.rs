//! What goes wrong with what the desk keeps: its keyring, its store, its disk. Nothing typed is lost.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use std::ops::Range;
use std::path::PathBuf;
use stories::errand::{self, DECK};
use stories::peers::bus::Bus;
use stories::peers::desk::{Desk, Start};
use stories::peers::place::SmallDisk;
use stories::peers::service::Service;

const PASSPHRASE: &str = "grön häst äter gräs";
const TYPED: &str = "granskning";

/// A desk that has never been started, on that bus.
async fn desk_on(bus: &Bus, service: &Service) -> Option<Desk> {
    Desk::start(Start::connected(service.address()).with("DBUS_SESSION_BUS_ADDRESS", &bus.address)).await
}

/// Begins a case and writes what it is about; it is on disk.
async fn writes_a_draft(desk: &Desk) {
    errand::begins_a_case(&desk.page).await;
    desk.page.types(TYPED).await;
    desk.page.sees("Utkast sparat").await;
}

/// What stands in *Det gäller*.
async fn has_the_draft(desk: &Desk) {
    desk.page
        .awaits("the draft in Det gäller", || async {
            let subject = desk.page.element("#subject").await;
            (subject.prop("value").await.ok()?? == TYPED).then_some(())
        })
        .await;
}

/// Sets a passphrase where there is no keyring to use, and begins to work.
async fn sets_a_passphrase(desk: &Desk, service: &Service) {
    desk.page.element("#passphrase-again").await;
    desk.page.sees("Datorns nyckelring saknas eller är låst").await;
    desk.page.picture("passphrase-new").await;
    breaches_nothing(desk).await;
    for (passphrase, told) in [("kort", "Använd minst tolv tecken"), (PASSPHRASE, "Logga in")] {
        for field in ["#passphrase", "#passphrase-again"] {
            let field = desk.page.element(field).await;
            field.clear().await.unwrap();
            field.send_keys(passphrase).await.unwrap();
        }
        desk.page.press("Enter").await;
        desk.page.sees(told).await;
    }
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
}

/// What stands in the way of work can be read and used by everyone, in both themes.
async fn breaches_nothing(desk: &Desk) {
    assert_eq!(desk.page.accessibility_breaches().await, Vec::<String>::new());
}

async fn gives_the_passphrase(desk: &Desk, passphrase: &str) {
    let field = desk.page.element("#passphrase").await;
    field.clear().await.unwrap();
    field.send_keys(passphrase).await.unwrap();
    desk.page.press("Enter").await;
}

fn store(desk: &Desk) -> PathBuf {
    desk.data().join("desk/desk.db")
}

#[tokio::test]
async fn without_a_keyring_a_passphrase_keeps_the_drafts() {
    let service = Service::start_with("").await;
    let bus = Bus::start().await;
    let Some(mut desk) = desk_on(&bus, &service).await else { return };
    sets_a_passphrase(&desk, &service).await;
    writes_a_draft(&desk).await;

    desk.kill().await;
    desk.start_again().await;
    desk.page.sees("Lås upp med din lösenfras").await;
    gives_the_passphrase(&desk, "röd häst äter gräs").await;
    desk.page.sees("Lösenfrasen stämmer inte").await;
    desk.page.picture("passphrase-wrong").await;
    breaches_nothing(&desk).await;
    gives_the_passphrase(&desk, PASSPHRASE).await;
    errand::works(&desk.page).await;
    has_the_draft(&desk).await;
}

#[tokio::test]
async fn a_keyring_that_is_locked_at_the_first_start_is_no_dead_end() {
    let service = Service::start_with("").await;
    let bus = Bus::start().await;
    let keyring = bus.keyring().await;
    keyring.lock().await;
    let Some(mut desk) = desk_on(&bus, &service).await else { return };
    sets_a_passphrase(&desk, &service).await;
    writes_a_draft(&desk).await;

    // From then on the passphrase opens it, whatever becomes of the keyring.
    desk.kill().await;
    keyring.unlock().await;
    desk.start_again().await;
    gives_the_passphrase(&desk, PASSPHRASE).await;
    errand::works(&desk.page).await;
    has_the_draft(&desk).await;
}

#[tokio::test]
async fn a_keyring_that_is_locked_or_late_is_waited_for_and_nothing_is_touched() {
    let service = Service::start_with("").await;
    let bus = Bus::start().await;
    let keyring = bus.keyring().await;
    let Some(mut desk) = desk_on(&bus, &service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    writes_a_draft(&desk).await;
    desk.kill().await;

    keyring.lock().await;
    let before = std::fs::read(store(&desk)).unwrap();
    desk.start_again().await;
    desk.page.sees("Lås upp datorns nyckelring").await;
    // Of the screen: the driver takes no picture of a page on which nothing moves.
    desk.screen("keyring-locked").await;
    breaches_nothing(&desk).await;
    assert_eq!(std::fs::read(store(&desk)).unwrap(), before);
    keyring.unlock().await;
    errand::works(&desk.page).await;
    has_the_draft(&desk).await;
    desk.kill().await;

    // A desk that is started before its keyring is, as at a log-in.
    drop(keyring);
    desk.start_again().await;
    desk.page.sees("Lås upp datorns nyckelring").await;
    let _keyring = bus.keyring().await;
    errand::works(&desk.page).await;
    has_the_draft(&desk).await;
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_said_and_its_drafts_are_saved() {
    let service = Service::start_with("").await;
    let Some(mut desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    writes_a_draft(&desk).await;
    desk.page.sees("Ansluten").await;
    desk.close().await;
    damage(&desk, |size| size * 2 / 3..size);

    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("Det lokala lagret var skadat").await;
    desk.page.sees("Räddat: 1 utkast").await;
    desk.page.picture("store-damaged").await;
    has_the_draft(&desk).await;
    let aside = std::fs::read_dir(desk.data().join("desk")).unwrap().flatten();
    assert!(aside.into_iter().any(|file| file.file_name().to_string_lossy().contains("damaged")));

    // Work goes on: the knowledge is there again, and a case is registered.
    desk.page.sees("Ansluten").await;
    errand::begins_a_case(&desk.page).await;
    errand::finds_the_article(&desk.page, &DECK).await;
    errand::fills_in(&desk.page, &DECK).await;
    errand::registers(&desk.page).await;
    assert_eq!(service.events("registered"), 1);
}

#[tokio::test]
async fn a_store_that_cannot_be_read_at_all_is_set_aside_and_work_goes_on() {
    let service = Service::start_with("").await;
    let Some(mut desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    writes_a_draft(&desk).await;
    desk.close().await;
    damage(&desk, |size| 0..size);

    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("Räddat: 0 utkast").await;
    writes_a_draft(&desk).await;
}

/// Overwrites a part of the store.
fn damage(desk: &Desk, part: impl FnOnce(usize) -> Range<usize>) {
    let mut bytes = std::fs::read(store(desk)).unwrap();
    let part = part(bytes.len());
    bytes.get_mut(part).unwrap().fill(0xa5);
    std::fs::write(store(desk), bytes).unwrap();
}

#[tokio::test]
async fn a_store_that_finds_no_room_at_the_first_start_is_said_and_made_when_there_is_some() {
    let service = Service::start_with("").await;
    let Some(disk) = SmallDisk::mount(8).await else { return };
    let folder = disk.folder();
    disk.fill();
    let Some(desk) = Desk::start_in(folder, Start::connected(service.address())).await else { return };
    desk.page.element("main[data-phase=\"stopped\"]").await;
    desk.page.sees("Disken är full").await;
    desk.screen("stopped").await;
    breaches_nothing(&desk).await;
    disk.make_room();
    desk.page.tab_to("try-again").await;
    desk.page.press("Enter").await;
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    writes_a_draft(&desk).await;
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_text_is_saved_when_there_is_room() {
    let service = Service::start_with("").await;
    let Some(disk) = SmallDisk::mount(64).await else { return };
    let desk = Desk::start_in(disk.folder(), Start::connected(service.address())).await;
    let Some(desk) = desk else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Ansluten").await;
    writes_a_draft(&desk).await;
    disk.fill();
    desk.page.tab_to("note").await;
    desk.page.types("Det blåser på nocken.").await;
    desk.page.sees("Disken är full").await;
    desk.page.sees("Utkastet är inte sparat på disk ännu").await;
    desk.page.picture("disk-full").await;
    disk.make_room();
    desk.page.sees("Utkast sparat").await;
    desk.page.no_longer_sees("Disken är full").await;
}
