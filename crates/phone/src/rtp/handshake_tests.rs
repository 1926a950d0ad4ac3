//! Two ends of a handshake without a network between them; time is stepped.

use super::*;
use crate::media::{Packetizer, Shield};

const HERE: ([u8; 4], u16) = ([192, 0, 2, 1], 4000);
const THERE: ([u8; 4], u16) = ([192, 0, 2, 2], 5000);

fn clock() -> Instant {
    #[allow(clippy::disallowed_methods, reason = "a beginning to count from")]
    Instant::now()
}

struct End {
    at: SocketAddr,
    handshake: Handshaking,
    outcome: Option<Outcome>,
}

impl End {
    fn new(role: Role, identity: &Identity, theirs: Fingerprint, toward: SocketAddr) -> Self {
        let at = if role == Role::Client { HERE.into() } else { THERE.into() };
        let agreed = Handshake { role, theirs };
        let handshake = Handshaking::new(clock(), identity.clone(), agreed, (at, toward)).unwrap();
        Self { at, handshake, outcome: None }
    }

    /// Hands over what this end says; the datagrams that `lost` names by their number are lost.
    fn tells(&mut self, now: Instant, other: &mut Self, lost: &mut impl FnMut() -> bool) -> bool {
        let mut said = false;
        while let Some((to, datagram)) = self.handshake.outgoing() {
            said = true;
            if to == other.at && !lost() {
                let outcome = other.handshake.hear(now, self.at, &datagram);
                other.outcome = other.outcome.or(outcome);
            }
        }
        said
    }
}

fn ends(of_client: Option<Fingerprint>, of_server: Option<Fingerprint>) -> (End, End) {
    let (client, server) = (Identity::new().unwrap(), Identity::new().unwrap());
    let seen_by_client = of_server.unwrap_or(server.fingerprint());
    let seen_by_server = of_client.unwrap_or(client.fingerprint());
    (
        End::new(Role::Client, &client, seen_by_client, THERE.into()),
        End::new(Role::Server, &server, seen_by_server, HERE.into()),
    )
}

/// Lets both talk until both have come to something, or the limit is long over.
fn talk(client: &mut End, server: &mut End, mut lost: impl FnMut() -> bool) {
    let begun = clock();
    for step in 0..1_000u64 {
        let now = begun + Duration::from_millis(step * 20);
        for end in [&mut *client, &mut *server] {
            let outcome = end.handshake.tick(now);
            end.outcome = end.outcome.or(outcome);
        }
        while client.tells(now, server, &mut lost) | server.tells(now, client, &mut lost) {}
        if client.outcome.is_some() && server.outcome.is_some() {
            return;
        }
    }
    panic!("{:?} {:?}", client.outcome, server.outcome);
}

fn keys(end: &End) -> Keys {
    match end.outcome {
        Some(Outcome::Keys(keys)) => keys,
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_ends_get_keys_with_which_the_other_opens_what_one_seals() {
    let (mut client, mut server) = ends(None, None);
    talk(&mut client, &mut server, || false);
    let (here, there) = (keys(&client), keys(&server));
    assert_eq!((here.ours, here.theirs, here.suite), (there.theirs, there.ours, Suite::Sha1With80));
    let (mut here, mut there) = (Shield::new(here).unwrap(), Shield::new(there).unwrap());
    let mut packet = Vec::new();
    Packetizer::new(7, 1, 0).packet(8, &[3; 160], 160, &mut packet);
    let plain = packet.clone();
    assert!(here.seal(&mut packet));
    assert_eq!(there.open(&packet), Some(&plain[..]));
}

#[test]
fn a_handshake_goes_on_over_loss() {
    for seed in 1..=5u64 {
        let (mut client, mut server) = ends(None, None);
        let mut chance = seed;
        // One datagram in five.
        talk(&mut client, &mut server, || {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (chance >> 33) % 5 == 0
        });
        assert_eq!(keys(&client).ours, keys(&server).theirs);
    }
}

#[test]
fn a_certificate_that_nobody_named_is_told_and_gives_no_key() {
    let stranger = Identity::new().unwrap().fingerprint();
    let wrong = Some(Outcome::Failed(KeysFault::WrongFingerprint));
    let (mut client, mut server) = ends(None, Some(stranger));
    talk(&mut client, &mut server, || false);
    assert_eq!(client.outcome, wrong);
    let (mut client, mut server) = ends(Some(stranger), None);
    talk(&mut client, &mut server, || false);
    assert_eq!(server.outcome, wrong);
}

#[test]
fn somebody_else_on_the_way_neither_gets_in_nor_stops_it() {
    let (mut client, mut server) = ends(None, None);
    let thief = Identity::new().unwrap();
    let mut stranger = End::new(Role::Client, &thief, server.handshake.identity.fingerprint(), THERE.into());
    stranger.at = ([203, 0, 113, 9], 6000).into();
    let now = clock();
    while stranger.tells(now, &mut server, &mut || false) | server.tells(now, &mut stranger, &mut || false) {}
    assert_eq!(server.outcome, None);
    talk(&mut client, &mut server, || false);
    assert_eq!(keys(&client).ours, keys(&server).theirs);
}

#[test]
fn an_end_that_says_nothing_is_told_in_time() {
    for role in [Role::Client, Role::Server] {
        let identity = Identity::new().unwrap();
        let mut end = End::new(role, &identity, identity.fingerprint(), THERE.into());
        let begun = clock();
        assert_eq!(end.handshake.tick(begun + LIMIT - AGAIN), None);
        let told = end.handshake.tick(begun + LIMIT + AGAIN);
        assert_eq!(told, Some(Outcome::Failed(KeysFault::NoAnswer)));
        assert_eq!(end.handshake.tick(begun + 2 * LIMIT), None, "told once");
    }
}

/// A well-framed record.
fn record(kind: u8, epoch: u8, number: u8, body: &[u8]) -> Vec<u8> {
    let head = [kind, 254, 253, 0, epoch, 0, 0, 0, 0, 9, number, 0, body.len() as u8];
    [&head[..], body].concat()
}

#[test]
fn what_anybody_can_write_neither_ends_a_handshake_nor_is_remembered() {
    let (mut client, mut server) = ends(None, None);
    let now = clock();
    for (number, kind) in [20, 21, 22, 23, 60].into_iter().cycle().take(200).enumerate() {
        for (epoch, body) in [(0, [2, 40]), (1, [2, 40]), (0, [1, 0])] {
            let noise = record(kind, epoch, number as u8, &body);
            for from in [([203, 0, 113, 9], 6000 + number as u16), HERE] {
                assert_eq!(server.handshake.hear(now, from.into(), &noise), None);
            }
            assert_eq!(client.handshake.hear(now, ([203, 0, 113, 9], 6000).into(), &noise), None);
        }
        let alert = record(ALERT, 0, number as u8, &[2, 40]);
        assert_eq!(client.handshake.hear(now, THERE.into(), &alert), None);
    }
    assert_eq!(server.handshake.endpoint.get_connections_keys().count(), 0);
    for number in 0..200 {
        let from = ([203, 0, 113, 9], 6000 + u16::from(number));
        let hello = record(HANDSHAKE, 0, number, &[CLIENT_HELLO; 90]);
        assert_eq!(server.handshake.hear(now, from.into(), &hello), None);
    }
    assert!(server.handshake.endpoint.get_connections_keys().count() <= STRANGERS);
    talk(&mut client, &mut server, || false);
    assert_eq!(keys(&client).ours, keys(&server).theirs);
}

#[test]
fn a_network_that_is_gone_for_seconds_is_bridged() {
    let (mut client, mut server) = ends(None, None);
    // Some datagrams come through, and then none until both have given up saying the same again.
    let begun = clock();
    for step in 0..250u64 {
        let now = begun + Duration::from_millis(step * 20);
        let gone = (5..200).contains(&step);
        for end in [&mut client, &mut server] {
            let outcome = end.handshake.tick(now);
            end.outcome = end.outcome.or(outcome);
        }
        let mut come = if step < 5 { 2 } else { u32::MAX };
        let mut lost = || {
            come = come.saturating_sub(1);
            gone || come == 0
        };
        while client.tells(now, &mut server, &mut lost) | server.tells(now, &mut client, &mut lost) {}
    }
    assert_eq!(keys(&client).ours, keys(&server).theirs);
}

#[test]
fn an_end_that_takes_its_time_while_the_call_rings_is_waited_for() {
    let (mut client, mut server) = ends(None, None);
    let mut now = clock();
    let answered = now + Duration::from_secs(45);
    // Until it is answered nothing that is said arrives.
    while now < answered {
        now += Duration::from_millis(20);
        client.handshake.waits(now);
        assert_eq!(client.handshake.tick(now), None);
        while client.handshake.outgoing().is_some() {}
    }
    while client.outcome.is_none() && now < answered + LIMIT {
        now += Duration::from_millis(20);
        for end in [&mut client, &mut server] {
            end.handshake.waits(now);
            let outcome = end.handshake.tick(now);
            end.outcome = end.outcome.or(outcome);
        }
        while client.tells(now, &mut server, &mut || false) | server.tells(now, &mut client, &mut || false) {}
    }
    assert_eq!(keys(&client).ours, keys(&server).theirs);
}
