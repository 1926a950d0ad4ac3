//! The stories' own exchange: real telephones reach each other through it, and desks are told who calls.

use stories::peers::asterisk::Asterisk;
use stories::peers::baresip::{Baresip, VOICE};
use stories::sound::{Sink, hears};

#[tokio::test]
async fn a_caller_hears_an_echo_of_themselves() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let mut caller = Baresip::caller(&asterisk, "+46701740612").await;
    caller.dial("7002").await;
    caller.answered().await;
    hears(Sink::Caller, f64::from(VOICE)).await;
}

#[tokio::test]
async fn a_queue_offers_a_call_to_a_ready_desk_and_says_what_it_is_about() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let mut colleague = Baresip::colleague(&asterisk, "1002", 700).await;
    let mut ami = asterisk.ami().await;
    ami.add_to_queue("bygg", "1002").await;
    let mut caller = Baresip::caller(&asterisk, "+46701740612").await;
    caller.dial("bygg").await;
    caller.answered().await;
    let told = ami.event("QueueCallerJoin", |event| event["Queue"] == "bygg").await;
    assert_eq!(told["CallerIDNum"], "+46701740612");
    for header in ["X-Svarsplats-Entry: kommunen", "X-Svarsplats-Queue: bygg", "X-Svarsplats-Waited: "] {
        colleague.sip_line(header).await;
    }
    let call = colleague.sip_line("X-Svarsplats-Call: ").await;
    let (_, id) = call.split_once(": ").unwrap();
    assert!(uuid::Uuid::parse_str(id.trim()).is_ok(), "{call}");
    hears(Sink::Colleague, f64::from(VOICE)).await;
    hears(Sink::Caller, 700.0).await;
    caller.hang_up().await;
    colleague.ended().await;
}

#[tokio::test]
async fn the_menu_leads_to_the_queue_that_was_chosen() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let mut colleague = Baresip::colleague(&asterisk, "1002", 700).await;
    let mut ami = asterisk.ami().await;
    ami.add_to_queue("aldre", "1002").await;
    let mut caller = Baresip::caller(&asterisk, "+46701740613").await;
    caller.dial("+46846500400").await;
    caller.answered().await;
    caller.press('2').await;
    colleague.sip_line("X-Svarsplats-Menu: 2").await;
    colleague.sip_line("X-Svarsplats-Queue: aldre").await;
}
