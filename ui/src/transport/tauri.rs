//! Through the shell: one command in, one event stream out.

use super::{Sent, error_from, event, text};
use contract::Event;
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

/// `invoke("rpc", { name, call: { id, payload } })`. Under way when this returns: what is asked together does not
/// wait for one another.
pub fn rpc(name: &str, body: &str) -> Sent {
    let asked = JSON::parse(body).and_then(|call| {
        let arguments = Object::new();
        let _ = Reflect::set(&arguments, &"name".into(), &name.into());
        let _ = Reflect::set(&arguments, &"call".into(), &call);
        invoke("rpc", &arguments)
    });
    Box::pin(async {
        let reply = match asked {
            Ok(promise) => JsFuture::from(promise).await,
            Err(error) => Err(error),
        };
        match reply {
            Ok(reply) => text(&reply).ok_or_else(|| error_from(None)),
            Err(error) => Err(error_from(text(&error).as_deref())),
        }
    })
}

fn invoke(command: &str, arguments: &JsValue) -> Result<Promise, JsValue> {
    let invoke = function("core", "invoke").ok_or(JsValue::NULL)?;
    invoke.call2(&JsValue::NULL, &command.into(), arguments)?.dyn_into()
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
    let _ = invoke("ready", &Object::new());
}
