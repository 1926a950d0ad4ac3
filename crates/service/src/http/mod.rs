//! The service's doors: commands, events, the interface, and what operations need.

mod doors;
mod events;
mod few;
mod interface;
mod openapi;
mod operations;
mod outside;
mod rpc;
mod serve;

pub use serve::ServeError;
pub(crate) use serve::{Running, certificate, serve};

use crate::core::Core;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;

/// Scripts and wasm of the interface alone; nothing may frame it.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
    font-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'none'";

/// Every route.
pub(crate) fn router(core: Arc<Core>) -> Router {
    let guarded = Router::new()
        .route("/rpc/{name}", post(rpc::answer))
        .route("/events", get(events::stream))
        .route(
            "/lank/{link}",
            get(outside::show).post(outside::step).layer(DefaultBodyLimit::max(outside::LARGEST)),
        )
        .route("/openapi.json", get(openapi::document))
        .fallback(interface::file)
        .layer(from_fn_with_state(Arc::clone(&core), doors::check));
    Router::new()
        .route("/healthz", get(operations::health))
        .route("/metrics", get(operations::metrics))
        .merge(guarded)
        .layer(from_fn_with_state(Arc::clone(&core), doors::through_proxy))
        .layer(from_fn(outside::people_read))
        .layer(from_fn(harden))
        .with_state(core)
}

async fn harden(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A page of its own says what it needs.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}
