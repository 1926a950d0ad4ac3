//! How the window reaches its host: through the shell where there is one, else over HTTP to the service that
//! served the page. Decided once at boot; nothing else knows which.

mod http;
mod read;
#[cfg(test)]
mod samples;
mod shapes;
mod tauri;
mod wire;

pub use read::{Read, read, word};
pub(crate) use read::{fields, member, member_or};

use contract::domain::CommandId;
use contract::{Code, Command, Error, Event, Kind};
use js_sys::wasm_bindgen::JsValue;
use js_sys::{JSON, Reflect};
use serde::Serialize;
use std::cell::Cell;
use std::pin::Pin;

/// The two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Tauri,
    Http,
}

thread_local! {
    static CHOSEN: Cell<Transport> = const { Cell::new(Transport::Http) };
}

/// Decides. Before anything else is called.
pub fn choose() {
    CHOSEN.set(if tauri::present() { Transport::Tauri } else { Transport::Http });
}

/// Reads: a query of `C`.
///
/// # Errors
/// The host's, or [`Code::Unavailable`] when it cannot be reached.
pub fn query<C: Command<Reply: Read>>(
    request: C::Request,
) -> impl Future<Output = Result<C::Reply, Error>> + use<C> {
    debug_assert_eq!(C::INFO.kind, Kind::Query);
    query_as::<C, C::Reply>(request)
}

/// Reads what is wanted of a query's reply; what else is in it is passed over.
///
/// # Errors
/// The host's, or [`Code::Unavailable`] when it cannot be reached.
pub fn query_as<C: Command, T: Read>(
    request: C::Request,
) -> impl Future<Output = Result<T, Error>> + use<C, T> {
    rpc::<C, T>(None, &request)
}

/// Changes: a command of `C` under `id`. The same id with the same request can be sent again.
///
/// # Errors
/// The host's, or [`Code::Unavailable`] when it cannot be reached.
pub fn change<C: Command<Reply: Read>>(
    id: CommandId,
    request: &C::Request,
) -> impl Future<Output = Result<C::Reply, Error>> + use<C> {
    rpc::<C, C::Reply>(Some(id), request)
}

/// Changes, without reading the reply: what came of it is told by an event. Done when the host has taken it.
///
/// # Errors
/// The host's, or [`Code::Unavailable`] when it cannot be reached.
pub fn tell<C: Command>(id: CommandId, request: &C::Request) -> Sent {
    send(C::INFO.name, Some(id), written(request))
}

/// A request as text; `None`: it cannot be written as JSON.
pub fn written(request: &impl Serialize) -> Option<String> {
    serde_json::to_string(request).ok()
}

fn rpc<C: Command, T: Read>(
    id: Option<CommandId>,
    request: &C::Request,
) -> impl Future<Output = Result<T, Error>> + use<C, T> {
    let reply = send(C::INFO.name, id, written(request));
    async { self::reply(&reply.await?) }
}

/// Reads a reply.
///
/// # Errors
/// [`Code::ContractMismatch`] when it is of another shape.
pub fn reply<T: Read>(text: &str) -> Result<T, Error> {
    read::read(text).ok_or(Error::from(Code::ContractMismatch))
}

/// What comes back, as text.
pub type Sent = Pin<Box<dyn Future<Output = Result<String, Error>>>>;

/// Sends what [`written`] gave. Neither generic nor part of the caller's own future: one copy for every command.
pub fn send(name: &'static str, id: Option<CommandId>, payload: Option<String>) -> Sent {
    match (payload.map(|payload| body(id, &payload)), CHOSEN.get()) {
        (None, _) => Box::pin(std::future::ready(Err(Code::Internal.into()))),
        (Some(body), Transport::Tauri) => tauri::rpc(name, &body),
        (Some(body), Transport::Http) => Box::pin(async move { http::rpc(name, &body).await }),
    }
}

// A `contract::Call`, whose payload is JSON already.
fn body(id: Option<CommandId>, payload: &str) -> String {
    let id = id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
    format!("{{\"id\":{id},\"payload\":{payload}}}")
}

/// Listens to events. In a browser, signed in: the stream needs the session.
pub fn listen(on: fn(Event), connected: fn(bool)) {
    match CHOSEN.get() {
        Transport::Tauri => tauri::listen(on),
        Transport::Http => http::listen(on, connected),
    }
}

/// Tells the host that the first interactive frame has been painted.
pub fn ready() {
    if CHOSEN.get() == Transport::Tauri {
        tauri::ready();
    }
}

/// A value of JavaScript as JSON text.
fn text(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok().and_then(|text| text.as_string())
}

/// An error as the host sent it; anything else means that the host was not reached.
fn error_from(json: Option<&str>) -> Error {
    json.and_then(read::read).unwrap_or_else(|| Code::Unavailable.into())
}

// `{ "event": name, "data": … }`, as both hosts push it.
fn event(message: &JsValue, on: fn(Event)) {
    let member = |name: &str| Reflect::get(message, &name.into()).ok();
    let name = member("event").and_then(|name| name.as_string()).unwrap_or_default();
    let data = member("data").and_then(|data| text(&data)).unwrap_or_default();
    if let Some(event) = wire::event(&name, &data) {
        on(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domain::Timestamp;

    #[test]
    fn a_body_is_a_call() {
        for id in [None, Some(CommandId::new(Timestamp(1), [7; 10]))] {
            let call: contract::Call = serde_json::from_str(&body(id, r#"{"a":["\"b"]}"#)).unwrap();
            assert_eq!((call.id, call.payload), (id, serde_json::json!({ "a": ["\"b"] })));
        }
    }
}
