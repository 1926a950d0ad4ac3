//! The window, and what crosses its border.

use crate::arguments::is_link;
use crate::notifications::{Notifications, Order, Seen};
use contract::{Call, Code, Error, Event};
use desk::{Desk, Stage};
use serde_json::Value;
use tauri::{
    AppHandle, Emitter, Manager, State, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent,
};
use tokio::sync::broadcast::error::RecvError;

const MAIN: &str = "main";
/// The name of the one event stream.
const EVENTS: &str = "svarsplats";
/// A call of the window larger than this is refused: nobody types it.
const LARGEST_CALL: usize = 512 * 1024;

/// The one command: a name, and a call of the contract.
#[tauri::command]
pub async fn rpc(desk: State<'_, Desk>, name: String, call: Value) -> Result<Value, Error> {
    if name.len() > 64 || call.to_string().len() > LARGEST_CALL {
        return Err(Code::TooLarge.into());
    }
    let call: Call = serde_json::from_value(call).map_err(|_| Error::new(Code::Invalid, "not a call"))?;
    let desk = desk.inner().clone();
    desk.rpc(&name, call).await
}

/// The interface can be worked in, and what is heavy at the start begins. With `SVARSPLATS_READY` the moment is
/// told, for measuring the start.
#[tauri::command]
#[allow(clippy::disallowed_methods, reason = "told to whoever measures, never used by a rule")]
pub fn ready(desk: State<'_, Desk>) {
    desk.window_is(Stage::Drawn);
    if std::env::var_os("SVARSPLATS_READY").is_some() {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        println!("ready {}", since.as_millis());
    }
}

/// Opens the window.
pub fn open(app: &tauri::App) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Svarsplats")
        .inner_size(1280.0, 800.0)
        .min_inner_size(480.0, 360.0)
        // Ctrl with +, - and 0, as in a browser (WCAG 1.4.4).
        .zoom_hotkeys_enabled(true)
        // Only the interface itself is shown here, whatever a text holds.
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    Ok(())
}

/// A second start raises the first window, and hands over its link.
pub fn second_start(app: &AppHandle, words: &[String]) {
    raise(app);
    let link = words.iter().skip(1).find(|word| is_link(word));
    if let (Some(link), Some(desk)) = (link, app.try_state::<Desk>()) {
        desk.dial_requested(link);
    }
}

fn raise(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if shown.is_err() {
            tracing::info!("the window could not be raised");
        }
    }
}

/// Closing is refused while a call is offered or goes on (rules.md 6); the window tells why.
pub fn on_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && let Some(desk) = window.try_state::<Desk>()
        && desk.in_call()
    {
        api.prevent_close();
        desk.close_refused();
    }
}

/// Passes what happens on to the window, and to the notification server while the window is hidden.
pub fn forward_events(app: AppHandle, desk: Desk) {
    let mut events = desk.events();
    tauri::async_runtime::spawn(async move {
        let mut seen = Seen::default();
        let notifications = Notifications::start(desk);
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => Event::Resync,
                Err(RecvError::Closed) => return,
            };
            if let Some(order) = seen.learn(&event)
                && (order == Order::Withdraw || hidden(&app))
            {
                notifications.order(order);
            }
            if app.emit_to(MAIN, EVENTS, &event).is_err() {
                tracing::info!("the window is not there to hear");
            }
        }
    });
}

fn hidden(app: &AppHandle) -> bool {
    let seen = |window: &WebviewWindow| {
        window.is_visible().unwrap_or(true)
            && !window.is_minimized().unwrap_or(false)
            && window.is_focused().unwrap_or(true)
    };
    !app.get_webview_window(MAIN).is_some_and(|window| seen(&window))
}
