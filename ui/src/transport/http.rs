//! Over HTTP, same origin: `POST /rpc/{name}` and `GET /events`.

use super::{error_from, event};
use contract::{Code, Error, Event};
use js_sys::JSON;
use js_sys::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use std::cell::RefCell;
use wasm_bindgen_futures::JsFuture;
use web_sys::{EventSource, MessageEvent, Request, RequestCredentials, RequestInit, Response};

thread_local! {
    static STREAM: RefCell<Option<EventSource>> = const { RefCell::new(None) };
}

/// One call. A status that is no success carries the error.
pub async fn rpc(name: &str, body: &str) -> Result<String, Error> {
    let unavailable = |_: JsValue| Error::from(Code::Unavailable);
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_body(&body.into());
    let request = Request::new_with_str_and_init(&format!("/rpc/{name}"), &init).map_err(unavailable)?;
    request.headers().set("content-type", "application/json").map_err(unavailable)?;
    let response =
        JsFuture::from(crate::edge::window().fetch_with_request(&request)).await.map_err(unavailable)?;
    let response: Response = response.dyn_into().map_err(unavailable)?;
    let text = JsFuture::from(response.text().map_err(unavailable)?).await.map_err(unavailable)?;
    let text = text.as_string().unwrap_or_default();
    if response.ok() { Ok(text) } else { Err(error_from(Some(&text))) }
}

/// The stream of events; the browser connects again by itself, and then everything is read again.
pub fn listen(on: fn(Event), connected: fn(bool)) {
    STREAM.with_borrow_mut(|stream| {
        if let Some(old) = stream.take() {
            old.close();
        }
        let Ok(source) = EventSource::new("/events") else { return };
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(pushed) = message.data().as_string().and_then(|json| JSON::parse(&json).ok()) {
                event(&pushed, on);
            }
        });
        source.set_onmessage(Some(message.as_ref().unchecked_ref()));
        message.forget();
        let opened = Closure::<dyn Fn()>::new(move || connected(true));
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();
        let lost = Closure::<dyn Fn()>::new(move || connected(false));
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        lost.forget();
        *stream = Some(source);
    });
}
