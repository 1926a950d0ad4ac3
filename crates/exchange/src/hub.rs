//! Fan-out of events to those who listen.

use crate::Reported;
use futures_util::Stream;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Events as they happen; ends with the exchange.
#[derive(Debug)]
pub struct EventStream(UnboundedReceiver<Reported>);

impl EventStream {
    /// The next event; `None` when the exchange has stopped.
    pub async fn next(&mut self) -> Option<Reported> {
        self.0.recv().await
    }
}

impl Stream for EventStream {
    type Item = Reported;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Reported>> {
        self.0.poll_recv(context)
    }
}

/// What an adapter sends its events through.
///
/// What is told before anybody listens is kept for the first who does: an adapter may be connected before
/// the service has begun, and a call that joined in between must not be lost.
#[derive(Debug, Default)]
pub struct Hub {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    listeners: Vec<UnboundedSender<Reported>>,
    /// Until the first listener.
    early: Vec<Reported>,
    begun: bool,
}

impl Hub {
    /// A new listener. Unbounded: calls are few, and a lost event would leave an agent in a wrong state.
    pub fn listen(&self) -> EventStream {
        let (sender, receiver) = unbounded_channel();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.begun = true;
        for event in std::mem::take(&mut inner.early) {
            // The receiver is in our hands.
            let _ = sender.send(event);
        }
        inner.listeners.push(sender);
        EventStream(receiver)
    }

    /// Sends to everyone who still listens.
    pub fn send(&self, event: &Reported) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.begun {
            inner.early.push(event.clone());
        }
        inner.listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }
}
