//! Keeps the phone registered: attempts and their waits, another network, a fallen connection, another server of the
//! same domain and the way back.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use super::{Engine, Event};
use crate::call::{Input, Registration};
use crate::sip::{Incoming, RegisterFault};
use crate::softphone::SoftphoneConfig;
use crate::softphone::link::{Goal, Link, address_toward, back_off};
use crate::softphone::surroundings::Seen;

/// The exchange may be loading its accounts, or an administrator setting ours right. A try a minute locks
/// nothing.
const WRONG_CREDENTIALS_WAIT: Duration = Duration::from_secs(60);
/// Before a fallen connection is made again: an exchange that lets everybody go is not overrun.
const FALLEN_WAIT: Duration = Duration::from_secs(1);

impl Engine {
    fn goal(&self) -> Goal {
        let SoftphoneConfig { server, proxy, transport, trust, credentials, .. } = &self.config;
        let (server, proxy, transport) = (server.clone(), proxy.clone(), *transport);
        let (trust, credentials, resolver) = (trust.clone(), credentials.clone(), self.config.resolver);
        Goal { server, proxy, transport, trust, credentials, resolver }
    }

    /// Registers, on a new endpoint if there is none.
    pub(super) fn attempt(&mut self) {
        if self.returning {
            // What comes of it tells where to register.
            self.next_attempt = Some(Instant::now() + FALLEN_WAIT);
            return;
        }
        if std::mem::replace(&mut self.attempting, true) {
            return;
        }
        self.next_attempt = None;
        let (link, tell) = (self.link.take(), self.tell.clone());
        let goal = self.goal();
        tokio::spawn(async move {
            let (link, result) = match link {
                Some(mut link) => {
                    let result = link.register().await;
                    (Some(link), result)
                }
                None => match Link::open(&goal).await {
                    Ok((link, incoming, result)) => {
                        tokio::spawn(forward(incoming, tell.clone()));
                        (Some(link), result)
                    }
                    Err(fault) => (None, Err(fault)),
                },
            };
            let _ = tell.send(Event::Attempt(link, result));
        });
    }

    /// Asks the first server of the domain whether it is back, when another one has been used for a while and nobody
    /// talks.
    fn go_back(&mut self) {
        let (now, goal, tell) = (self.now(), self.goal(), self.tell.clone());
        let due = self.link.as_ref().and_then(|link| link.choice.back()).is_some_and(|at| at <= now);
        if !due || !self.calls.is_empty() || std::mem::replace(&mut self.returning, true) {
            return;
        }
        tokio::spawn(async move {
            let first = Link::first(&goal).await;
            let link = first.map(|(link, incoming)| {
                tokio::spawn(forward(incoming, tell.clone()));
                link
            });
            let _ = tell.send(Event::Returned(link));
        });
    }

    pub(super) fn returned(&mut self, link: Option<Link>) {
        self.returning = false;
        let now = self.now();
        let idle = self.calls.is_empty();
        match (link, self.link.as_mut()) {
            (Some(first), Some(_)) if idle => {
                if let Some(other) = self.link.take() {
                    tokio::spawn(other.leave());
                }
                (self.endpoint, self.address, self.peer) =
                    (Some(first.endpoint.clone()), Some(first.address), Some(first.peer));
                self.watched = false;
                self.link = Some(first);
                self.watch();
            }
            (first, link) => {
                if let Some(link) = link {
                    link.choice = link.choice.stays(now);
                }
                if let Some(first) = first {
                    tokio::spawn(first.leave());
                }
            }
        }
    }

    /// After sleep or a change of network the exchange may not reach this phone any more.
    pub(super) fn look(&mut self) {
        let Some(peer) = self.peer.filter(|_| !self.attempting) else { return };
        let (wall, at, now) = (self.now(), Instant::now(), address_toward(peer));
        match self.surroundings.look(wall, at, self.address, now) {
            Seen::Same => return self.go_back(),
            // A call's sound stands on the old address; the phone moves when it is over.
            Seen::Moved if !self.calls.is_empty() => return,
            Seen::Moved => self.close_link(),
            Seen::Slept => {}
        }
        self.input(Input::Registration(Registration::Registering));
        self.attempt();
    }

    pub(super) fn attempted(&mut self, mut link: Option<Link>, result: Result<Duration, RegisterFault>) {
        let now = self.now();
        self.attempting = false;
        if let Some(link) = &mut link {
            link.choice = link.choice.since(now);
            self.endpoint = Some(link.endpoint.clone());
            self.address = Some(link.address);
            self.peer = Some(link.peer);
        }
        self.link = link;
        let registration = match result {
            Ok(refresh) => {
                self.failures = 0;
                self.watch();
                self.next_attempt = Some(Instant::now() + refresh);
                Registration::Registered
            }
            Err(fault) => self.failed(fault),
        };
        self.input(Input::Registration(registration));
    }

    /// Hears of it when the connection falls; whatever there is to hear of only once.
    fn watch(&mut self) {
        if let Some(endpoint) = self.endpoint.as_ref().filter(|_| !std::mem::replace(&mut self.watched, true))
        {
            let (fallen, tell) = (endpoint.fallen(), self.tell.clone());
            tokio::spawn(async move {
                fallen.await;
                let _ = tell.send(Event::Fallen);
            });
        }
    }

    pub(super) fn fallen(&mut self) {
        self.watched = false;
        if !self.attempting && self.endpoint.is_some() {
            self.input(Input::Registration(Registration::Registering));
            self.next_attempt = Some(Instant::now() + FALLEN_WAIT);
        }
    }

    fn failed(&mut self, fault: RegisterFault) -> Registration {
        let wrong = fault == RegisterFault::WrongCredentials;
        let retry = if wrong { WRONG_CREDENTIALS_WAIT } else { back_off(self.failures) };
        self.failures = self.failures.saturating_add(1);
        self.next_attempt = Some(Instant::now() + retry);
        if fault == RegisterFault::Unreachable && self.calls.is_empty() {
            // The network may be another one by now: the next attempt begins with a new socket.
            self.close_link();
        }
        let retry_at = Some(self.now() + retry.as_millis() as u64);
        Registration::Failed { reason: fault.into(), retry_at }
    }

    pub(super) fn close_link(&mut self) {
        self.link = None;
        self.address = None;
        if let Some(endpoint) = self.endpoint.take() {
            endpoint.close();
        }
    }
}

async fn forward(mut incoming: UnboundedReceiver<Incoming>, tell: UnboundedSender<Event>) {
    while let Some(next) = incoming.recv().await {
        match next {
            Incoming::Call(call) => {
                if tell.send(Event::Incoming(call)).is_err() {
                    return;
                }
            }
            // A phone is no exchange.
            Incoming::Register(request) => request.reject(405).await,
        }
    }
}
