//! What operations ask.

use super::doors::{Peer, Refused};
use crate::core::Core;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::Code;
use exchange::Reachability;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::Commit;

/// How long an answer of [`health`] stands, milliseconds: anybody may ask.
const STANDS: i64 = 1_000;

/// 200 when the store writes and every part runs, else 503.
pub(super) async fn health(State(core): State<Arc<Core>>) -> Response {
    if core.is_well().await {
        (StatusCode::OK, "ok\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "a part of the service does not answer\n").into_response()
    }
}

impl Core {
    async fn is_well(&self) -> bool {
        if self.broken.load(Ordering::Relaxed) {
            return false;
        }
        let now = self.now();
        let mut last = self.health.lock().await;
        match *last {
            Some((at, well)) if (0..STANDS).contains(&now.0.saturating_sub(at.0)) => well,
            _ => {
                // An empty commit passes the writing thread and changes nothing.
                let well = self.store.commit(Commit::default()).await.is_ok();
                *last = Some((now, well));
                well
            }
        }
    }
}

/// Counters and gauges, for whoever watches from this computer: queue loads are nobody else's.
pub(super) async fn metrics(
    State(core): State<Arc<Core>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
) -> Response {
    if !core.address(&headers, peer).is_loopback() {
        return Refused(Code::Forbidden.into()).into_response();
    }
    let mut gauges = vec![("svarsplats_changes_position".to_owned(), core.store.head().borrow().0)];
    if let Some(exchange) = &core.exchange {
        let reachable = *exchange.reachability().borrow() == Reachability::Reachable;
        gauges.push(("svarsplats_exchange_reachable".to_owned(), i64::from(reachable)));
    }
    for queue in core.queues.all(&core.reference.now().structure, core.now()) {
        let label = |name: &str| format!("svarsplats_queue_{name}{{queue=\"{}\"}}", queue.queue);
        gauges.push((label("waiting"), queue.waiting.into()));
        gauges.push((label("ready"), queue.ready.into()));
        gauges.push((label("offered_today"), queue.offered.into()));
        gauges.push((label("answered_today"), queue.answered.into()));
        gauges.push((label("abandoned_today"), queue.abandoned.into()));
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], core.metrics.text(&gauges)).into_response()
}
