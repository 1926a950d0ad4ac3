//! `GET /events`: what is pushed, as server-sent events (HTML Living Standard, 9.2).

use super::doors::{Peer, Refused, check_contract};
use crate::caller::Caller;
use crate::core::Core;
use crate::feed::{Item, Missed, Told};
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use contract::{Code, Error, Event};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use store::{Cursor, Session, User};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::mpsc;

/// A comment so often, so that proxies and desks know that the line is alive.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// A receiver that takes nothing for so long has gone.
const TAKES_WITHIN: Duration = Duration::from_secs(15);
/// Lines that a slow receiver may lie behind before its turn waits.
const LINES: usize = 64;

/// Begins a stream.
pub(super) async fn stream(
    State(core): State<Arc<Core>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
) -> Response {
    match begin(core, peer, &headers).await {
        Ok(response) => response,
        Err(error) => Refused(error).into_response(),
    }
}

async fn begin(core: Arc<Core>, peer: std::net::SocketAddr, headers: &HeaderMap) -> Result<Response, Error> {
    check_contract(headers)?;
    let caller: Caller = core.caller(headers, peer, [0; 32]).await?;
    let (session, user) = caller.signed_in.ok_or(Code::Unauthenticated)?;
    let last = headers.get("last-event-id").map(|value| value.to_str().ok().and_then(|id| id.parse().ok()));
    // Listening begins before what was missed is read, so that nothing falls between.
    let feed = core.feed.listen();
    let from = *core.store.head().borrow();
    let missed = match last {
        None => Missed::Items(Vec::new()),
        Some(None) => Missed::TooMuch(from),
        Some(Some(cursor)) => core.missed(Cursor(cursor)).await?,
    };
    let (lines, receiver) = mpsc::channel(LINES);
    let receiving = Receiving { core, session, user, lines, told: Cursor(0) };
    tokio::spawn(receiving.run(feed, missed, from));
    let body = futures_util::stream::unfold(receiver, |mut receiver| async {
        let line: String = receiver.recv().await?;
        Some((Ok::<_, Infallible>(line), receiver))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Proxies that buffer would hold events back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// One receiver.
struct Receiving {
    core: Arc<Core>,
    session: Session,
    user: User,
    lines: mpsc::Sender<String>,
    told: Cursor,
}

/// The receiver has gone, or its session has ended.
struct Over;

impl Receiving {
    async fn run(mut self, feed: Receiver<Item>, missed: Missed, from: Cursor) {
        self.core.metrics.stream(1);
        self.core.presence.came(self.user.id, self.session.door);
        // How it ended tells nothing more.
        let _ = self.tell(feed, missed, from).await;
        self.core.presence.went(self.user.id, self.session.door, self.core.now());
        self.core.metrics.stream(-1);
    }

    async fn tell(&mut self, mut feed: Receiver<Item>, missed: Missed, from: Cursor) -> Result<(), Over> {
        self.line(format!("retry: 2000\nid: {}\n: svarsplats\n\n", from.0)).await?;
        match missed {
            Missed::Items(items) => {
                for item in items {
                    self.item(&item).await?;
                }
            }
            Missed::TooMuch(head) => self.event(head, &Event::Resync).await?,
        }
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.reset();
        loop {
            tokio::select! {
                item = feed.recv() => match item {
                    Ok(item) => self.item(&item).await?,
                    Err(RecvError::Lagged(_)) => {
                        let head = *self.core.store.head().borrow();
                        self.event(head, &Event::Resync).await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                _ = heartbeat.tick() => {
                    self.still_signed_in(self.told).await?;
                    self.line(":\n\n".into()).await?;
                }
                () = self.lines.closed() => return Ok(()),
                () = self.core.stopped() => return Ok(()),
            }
        }
    }

    async fn item(&mut self, item: &Item) -> Result<(), Over> {
        let (cursor, told) = (&item.0, &item.1);
        if let Told::SignedOut { user } = told
            && *user == self.user.id
        {
            return self.still_signed_in(*cursor).await;
        }
        match self.core.event_for(told, &self.user) {
            Some(event) => self.event(*cursor, &event).await,
            None => Ok(()),
        }
    }

    /// Ends the stream when the session has ended; the receiver is told.
    async fn still_signed_in(&mut self, cursor: Cursor) -> Result<(), Over> {
        let found = self.core.store.session(self.session.token).await;
        let holds =
            found.ok().flatten().is_some_and(|(session, user)| session.holds(self.core.now()) && user.active);
        if holds {
            return Ok(());
        }
        self.event(cursor, &Event::SignedOut).await?;
        Err(Over)
    }

    async fn event(&mut self, cursor: Cursor, event: &Event) -> Result<(), Over> {
        // What was missed may be told once more as it is now; the id never goes back.
        self.told = self.told.max(cursor);
        match serde_json::to_string(event) {
            Ok(json) => self.line(format!("id: {}\ndata: {json}\n\n", self.told.0)).await,
            Err(_) => {
                tracing::error!("an event is no JSON");
                Ok(())
            }
        }
    }

    async fn line(&self, line: String) -> Result<(), Over> {
        self.lines.send_timeout(line, TAKES_WITHIN).await.map_err(|_| Over)
    }
}
