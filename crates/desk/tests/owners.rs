//! Drafts and unsent changes belong to the one who made them (D-S4): another user at the same desk neither
//! sees nor sends them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

mod common;

use common::between::{Between, Fate};
use common::{Keyring, Kontaktcenter, ask, command_id, draft_of, launch, mine, sign_in, solved, until};
use contract::desk::{Connection, DiscardDraft, SaveDraft};
use contract::{CaseRegister, DraftsDiscard, DraftsList, DraftsSave, Nothing, OutboxList, SignOut};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_left_waits_for_them_and_is_counted_for_the_next() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let wire = Between::start(kontaktcenter.address).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, wire.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    wire.decide(|path| match path {
        "rpc/cases.register" => Fate::Answered(500, r#"{"code":"internal"}"#.into()),
        _ => Fate::Passes,
    });
    let left = draft_of(&solved(2));
    ask::<DraftsSave>(&desk, Some(command_id()), &SaveDraft { draft: left.clone() }).await.unwrap();
    let reply = ask::<CaseRegister>(&desk, Some(command_id()), &solved(1)).await.unwrap();
    assert!(reply.queued);
    ask::<SignOut>(&desk, Some(command_id()), &Nothing {}).await.unwrap();
    wire.decide(|_| Fate::Passes);

    sign_in(&desk, &kontaktcenter, "agent2").await;
    let view = until(&desk, "counted", |v| v.of_others == 2 && v.unsent == 0).await;
    assert_eq!(view.refused, 0);
    assert!(ask::<DraftsList>(&desk, None, &Nothing {}).await.unwrap().drafts.is_empty());
    assert!(ask::<OutboxList>(&desk, None, &Nothing {}).await.unwrap().unsent.is_empty());
    let discard = DiscardDraft { id: left.id };
    ask::<DraftsDiscard>(&desk, Some(command_id()), &discard).await.unwrap();
    ask::<CaseRegister>(&desk, Some(command_id()), &solved(3)).await.unwrap();
    assert_eq!(mine(&desk).await, 1, "only what they registered themselves");
    ask::<SignOut>(&desk, Some(command_id()), &Nothing {}).await.unwrap();

    sign_in(&desk, &kontaktcenter, "agent").await;
    until(&desk, "sent as its owner", |v| v.unsent == 0 && v.connection == Connection::Connected).await;
    assert_eq!(mine(&desk).await, 1);
    let drafts = ask::<DraftsList>(&desk, None, &Nothing {}).await.unwrap().drafts;
    assert_eq!(drafts.iter().map(|d| d.id).collect::<Vec<_>>(), [left.id]);
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_gets_nothing_of_the_first() {
    let (first, second, data) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = Kontaktcenter::start(first.path(), None).await;
    let wire = Between::start(one.address).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, wire.address);
    sign_in(&desk, &one, "agent").await;
    wire.decide(|path| match path {
        "rpc/cases.register" => Fate::Answered(500, r#"{"code":"internal"}"#.into()),
        _ => Fate::Passes,
    });
    ask::<CaseRegister>(&desk, Some(command_id()), &solved(1)).await.unwrap();
    desk.stop().await;

    let other = Kontaktcenter::start(second.path(), None).await;
    let desk = launch(data.path(), &keyring, other.address);
    sign_in(&desk, &other, "agent").await;
    let view = until(&desk, "counted", |v| v.of_others == 1).await;
    assert_eq!((view.unsent, mine(&desk).await), (0, 0));
    desk.stop().await;
    one.service.stop().await.unwrap();
    other.service.stop().await.unwrap();
}
