//! `POST /rpc/{name}`.

use super::doors::{Peer, Refused, check_contract};
use crate::caller::{Caller, CookieChange};
use crate::core::Core;
use crate::hash;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::{Call, Code, CommandInfo, Error, Home, command, dispatch_service};
use futures_util::StreamExt;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The largest body, bytes.
const LARGEST: usize = 256 * 1024;
/// A body comes within this.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How much of a too large body is taken in before the connection is closed on it, bytes.
const HEARD_OUT: usize = 4 * 1024 * 1024;

/// Answers a command.
pub(super) async fn answer(
    State(core): State<Arc<Core>>,
    Path(name): Path<String>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let info = command(&name).filter(|info| info.home != Home::Desk);
    let label = info.map_or("unknown", |info| info.name);
    let outcome = match info {
        Some(info) => core.call(info, peer, &headers, body).await,
        None => Err(Error::new(Code::NotFound, "no such command")),
    };
    let word = match &outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => serde_json::to_value(error.code)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default(),
    };
    tracing::debug!(command = label, outcome = word, "answered");
    core.metrics.answered(label, word);
    outcome.unwrap_or_else(|error| Refused(error).into_response())
}

impl Core {
    async fn call(
        self: &Arc<Self>,
        info: &'static CommandInfo,
        peer: std::net::SocketAddr,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, Error> {
        check_contract(headers)?;
        // Who calls is known before their body is taken in.
        let mut caller = self.caller(headers, peer, [0; 32]).await?;
        caller.check(info)?;
        let call = tokio::time::timeout(BODY_WITHIN, read(headers, body));
        let call = call.await.map_err(|_| crate::failure::invalid("the body came too slowly"))??;
        caller.payload = hash::of(&[info.name.as_bytes(), call.payload.to_string().as_bytes()]);
        caller.waited = call.waited;
        // A caller that hangs up does not stop what it asked for halfway.
        let core = Arc::clone(self);
        let work = async move {
            let reply = dispatch_service(&*core, &caller, info.name, call).await;
            (reply, caller)
        };
        let (reply, caller) =
            tokio::spawn(work).await.map_err(|_| crate::failure::internal("a command ended by a defect"))?;
        Ok(self.response(&reply?, &caller))
    }

    fn response(&self, reply: &Value, caller: &Caller) -> Response {
        let mut response = ([(header::CACHE_CONTROL, "no-store")], axum::Json(reply)).into_response();
        let cookie = caller.cookie.get().map(|change| match change {
            CookieChange::Set(token) => self.set_cookie(Some(token)),
            CookieChange::Clear => self.set_cookie(None),
        });
        if let Some(value) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            response.headers_mut().insert(header::SET_COOKIE, value);
        }
        response
    }
}

/// Takes in and forgets what is still being sent, within bounds: a caller whose connection is closed while it
/// sends would see a lost network instead of the refusal.
async fn hear_out(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut left = HEARD_OUT;
    while let Some(Ok(chunk)) = chunks.next().await
        && left > chunk.len()
    {
        left -= chunk.len();
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Call, Error> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(crate::failure::invalid("a command is application/json"));
    }
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > LARGEST as u64) {
        hear_out(body).await;
        return Err(Code::TooLarge.into());
    }
    let bytes = to_bytes(body, LARGEST).await.map_err(|_| Error::from(Code::TooLarge))?;
    // serde's own text can quote what was sent.
    serde_json::from_slice(&bytes).map_err(|_| crate::failure::invalid("not a call: {\"id\", \"payload\"}"))
}
