//! What operations ask.

use crate::core::Core;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use exchange::Reachability;
use std::sync::Arc;

/// 200 when the store answers, else 503.
pub(super) async fn health(State(core): State<Arc<Core>>) -> Response {
    match core.store.next_due().await {
        Ok(_) => (StatusCode::OK, "ok\n").into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response(),
    }
}

/// Counters and gauges.
pub(super) async fn metrics(State(core): State<Arc<Core>>) -> Response {
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
