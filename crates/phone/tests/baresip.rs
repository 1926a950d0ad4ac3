//! Calls with an independent peer: baresip follows the phone's REFER, and encrypts. Skipped, and said so, where it is not
//! installed.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;
#[path = "../../../tests/src/excuse.rs"]
mod excuse;

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::{CallState, EndCause, PhoneCommand, Side, Transfer, TransferFailure};
use phone::media::Encryption;
use phone::sip::{DigestAlgorithm, Transport};

const MODULES: &str = "/usr/lib/baresip/modules";
const LIMIT: u64 = 30_000;

struct Peer {
    child: Child,
    folder: PathBuf,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A baresip that says a tone and calls the phone.
fn baresip(to: &str, account: &str) -> Option<Peer> {
    excuse::or_skip(Path::new(MODULES).is_dir().then_some(()), "no baresip on this machine")?;
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = std::env::temp_dir().join(format!("svarsplats-baresip-{port}"));
    std::fs::create_dir_all(&folder).unwrap();
    let config = format!(
        "sip_listen 127.0.0.1:{port}\nmodule_path {MODULES}\naudio_source ausine,1000\nausrc_srate 48000\nausrc_channels 2\n\
         audio_player aubridge,none\nmodule g711.so\nmodule srtp.so\nmodule ausine.so\nmodule aubridge.so\n\
         module_app account.so\nmodule_app menu.so\n"
    );
    std::fs::write(folder.join("config"), config).unwrap();
    std::fs::write(folder.join("accounts"), format!("<sip:0701740605@127.0.0.1>;regint=0{account}\n"))
        .unwrap();
    let mut command = Command::new("baresip");
    command.arg("-4").arg("-n").arg("127.0.0.1").arg("-f").arg(&folder).arg("-e").arg(format!("/dial {to}"));
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    excuse::or_skip(started.ok().map(|child| Peer { child, folder }), "no baresip on this machine")
}

async fn registered(encryption: Encryption) -> (Exchange, Desk, String) {
    let mut exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let mut desk =
        Desk::start(exchange.server(), Transport::Udp, DeskOptions { encryption, ..DeskOptions::default() });
    desk.registered().await;
    let contact = within("the binding", exchange.contact.wait_for(Option::is_some)).await;
    let contact = contact.unwrap().clone().unwrap();
    (exchange, desk, contact)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_party_is_transferred_and_a_refusal_gives_it_back() {
    let (mut exchange, mut desk, contact) = registered(Encryption::Off).await;
    let Some(_peer) = baresip(&contact, "") else { return };
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    desk.stands(call, CallState::InCall).await;
    desk.hears(true).await;

    let transfer = PhoneCommand::Transfer { call, target: "0846500402".into(), limit_ms: LIMIT };
    desk.phone.command(transfer.clone());
    let (target, _) = exchange.called().await;
    assert!(desk.stands(call, CallState::Held).await.hold.here);
    target.leg().reject(486);
    desk.transfer(call, Transfer::Failed { reason: TransferFailure::Refused { status: 486 } }).await;
    desk.stands(call, CallState::InCall).await;
    desk.hears(true).await;

    desk.phone.command(transfer);
    let (mut target, parts) = exchange.called().await;
    assert_eq!(parts.called, "0846500402");
    desk.transfer(call, Transfer::Trying).await;
    let (sdp, _) = target.answer_sdp(&parts.offer);
    target.leg().answer(sdp).unwrap();
    assert_eq!(desk.ended(call).await, EndCause::Transferred { by: Side::Here });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_encrypted_with_a_foreign_party_also_after_hold() {
    for (encryption, account) in
        [(Encryption::Require, ";mediaenc=srtp-mand"), (Encryption::Prefer, ";mediaenc=srtp")]
    {
        let (_exchange, mut desk, contact) = registered(encryption).await;
        let Some(_peer) = baresip(&contact, account) else { return };
        let call = desk.active(CallState::Ringing).await;
        desk.answer(call);
        desk.hears(true).await;
        desk.encrypted(call, true).await;
        desk.phone.command(PhoneCommand::Hold { call });
        desk.stands(call, CallState::Held).await;
        desk.hears(false).await;
        desk.phone.command(PhoneCommand::Resume { call });
        assert!(desk.stands(call, CallState::InCall).await.encrypted);
        desk.hears(true).await;
        desk.phone.command(PhoneCommand::HangUp { call });
        assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::Here });
    }
}
