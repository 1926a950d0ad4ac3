//! A mail server that accepts the connection and says nothing.

use crate::common::Town;
use crate::common::handed_over;
use crate::common::smtp::{MailServer, body};
use crate::outside::{by_post, hands_over, seeded_outside};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_stays_mute_holds_up_no_other_letter_and_is_come_back_to() {
    let mut server = MailServer::start().await;
    server.is_mute(1);
    let town = Town::start_with(|config| {
        seeded_outside(config);
        by_post(config, &server);
        if let Some(post) = &mut config.post {
            post.patience = Duration::from_secs(3);
        }
    })
    .await;
    let agent = town.sign_in("agent").await;
    let (first, second) = (handed_over(), handed_over());
    hands_over(&town, &agent, &first).await;
    hands_over(&town, &agent, &second).await;
    let number = async |id| agent.case(id).await.unwrap().summary.number.to_string();
    let (first, second) = (number(first.case_id).await, number(second.case_id).await);
    // Both were on their way when the first was given up.
    let letters = server.letters(1).await;
    assert!(server.was_tried());
    assert!(body(&letters[0]).contains(&second), "the other went: {}", letters[0]);
    town.clock.advance(60_000);
    let letters = server.letters(2).await;
    assert!(body(&letters[1]).contains(&first), "and the first, when it was tried again");
    assert_eq!(server.asked_so_far(), 2, "each once");
}
