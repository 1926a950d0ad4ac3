//! Through the shell: one command in, one event stream out.

use super::{error_from, event, text};
use contract::{Error, Event};
use js_sys::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use js_sys::{Function, JSON, Object, Promise, Reflect};
use wasm_bindgen_futures::JsFuture;

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

fn function(module: &str, name: &str) -> Option<Function> {
    let api = get(&crate::edge::window(), "__TAURI__")?;
    get(&get(&api, module)?, name)?.dyn_into().ok()
}

/// Whether the shell is there.
pub fn present() -> bool {
    function("core", "invoke").is_some()
}

/// `invoke("rpc", { name, call: { id, payload } })`.
pub async fn rpc(name: &str, body: &str) -> Result<String, Error> {
    let call = JSON::parse(body).map_err(|_| error_from(None))?;
    let arguments = Object::new();
    let _ = Reflect::set(&arguments, &"name".into(), &name.into());
    let _ = Reflect::set(&arguments, &"call".into(), &call);
    match invoke("rpc", &arguments).await {
        Ok(reply) => text(&reply).ok_or_else(|| error_from(None)),
        Err(error) => Err(error_from(text(&error).as_deref())),
    }
}

async fn invoke(command: &str, arguments: &JsValue) -> Result<JsValue, JsValue> {
    let invoke = function("core", "invoke").ok_or(JsValue::NULL)?;
    let promise: Promise = invoke.call2(&JsValue::NULL, &command.into(), arguments)?.dyn_into()?;
    JsFuture::from(promise).await
}

/// The stream of events.
pub fn listen(on: fn(Event)) {
    let Some(listen) = function("event", "listen") else { return };
    let handler = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
        if let Some(payload) = get(&message, "payload") {
            event(&payload, on);
        }
    });
    let _ = listen.call2(&JsValue::NULL, &"svarsplats".into(), handler.as_ref());
    handler.forget();
}

/// `invoke("ready")`.
pub fn ready() {
    leptos::task::spawn_local(async {
        // A host that does not measure its start does not know the command.
        let _ = invoke("ready", &Object::new()).await;
    });
}
