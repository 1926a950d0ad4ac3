//! The edge to the browser: clock, randomness, focus, timers. Nothing else reads them.

use contract::domain::Timestamp;
use js_sys::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use leptos::prelude::{request_animation_frame, set_timeout};
use std::time::Duration;
use web_sys::{Document, Element, HtmlElement, MouseEvent, Window};

/// The window; there is always one where this code runs.
pub fn window() -> Window {
    leptos::prelude::window()
}

/// The document.
pub fn document() -> Document {
    leptos::prelude::document()
}

/// This machine's clock.
pub fn local_now() -> Timestamp {
    #[allow(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    Timestamp(js_sys::Date::now() as i64)
}

/// Ten random bytes for an id.
pub fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    if let Ok(crypto) = window().crypto() {
        // Fails only where a browser has no randomness; the id then rests on its time alone.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// What this browser was given to keep under that name.
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Gives this browser something to keep, in clear on its disk: nothing about anybody.
pub fn keep(name: &str, text: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A browser that keeps nothing asks again the next time.
        let _ = storage.set_item(name, text);
    }
}

/// Puts a text on the clipboard, where there is one.
pub fn copy(text: &str) {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).unwrap_or_default();
    let clipboard = get(&get(&window(), "navigator"), "clipboard");
    if let Ok(write) = get(&clipboard, "writeText").dyn_into::<js_sys::Function>() {
        // The text stands in the window too, and can be marked there.
        let _ = write.call1(&clipboard, &text.into());
    }
}

/// Moves the caret to the element of that id, once it is drawn.
pub fn focus(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        if let Some(element) = html(&id) {
            let _ = element.focus();
        }
    });
}

/// What is opened by key has the caret from then on; whoever clicks keeps it where they were.
pub fn follow(pressed: &MouseEvent, id: &str) {
    // A press without a pointer is no click of any count (UI Events, `detail`).
    if pressed.detail() == 0 {
        focus(id);
    }
}

/// Gives the caret to the first element that the selector finds, once it has been drawn.
pub fn focus_found(selector: String) {
    request_animation_frame(move || {
        if let Some(element) = find(&selector) {
            let _ = element.focus();
        }
    });
}

/// The id of the element that has the caret.
pub fn focused() -> String {
    document().active_element().map(|element| element.id()).unwrap_or_default()
}

/// The texts that the page carries under that id, as a list in JSON; none where it carries none.
#[cfg(target_arch = "wasm32")]
pub fn data(id: &str) -> Vec<String> {
    let text = document().get_element_by_id(id).and_then(|element| element.text_content());
    let list = text.and_then(|text| js_sys::JSON::parse(&text).ok()).map(|list| js_sys::Array::from(&list));
    list.into_iter().flatten().filter_map(|text| text.as_string()).collect()
}

/// The element of that id.
pub fn html(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Puts a text into the field of that id.
pub fn fill(id: &str, text: &str) {
    if let Some(field) = html(id).and_then(|e| e.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        field.set_value(text);
    }
}

/// Marks all of what stands in the field of that id, to be copied.
pub fn mark(id: &str) {
    if let Some(field) = html(id).and_then(|e| e.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        field.select();
    }
}

/// The first element that the selector finds.
pub fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

/// Brings an element into view without moving more than needed.
pub fn reveal(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        if let Some(element) = html(&id) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

/// Keeps what is written in where it stands while something above it comes or goes.
pub fn hold_still() {
    let written_in = |field: &Element| field.matches("input, textarea") == Ok(true);
    let Some(field) = document().active_element().filter(written_in) else { return };
    let top = |field: &Element| field.get_bounding_client_rect().top();
    let before = top(&field);
    request_animation_frame(move || {
        // The caret may have been moved on purpose.
        if document().active_element().as_ref() == Some(&field) {
            window().scroll_by_with_x_and_y(0.0, top(&field) - before);
        }
    });
}

/// Opens a native dialog as a modal.
pub fn show_modal(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        if let Some(dialog) = html(&id).and_then(|e| e.dyn_into::<web_sys::HtmlDialogElement>().ok())
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
}

/// Whether a modal dialog stands open.
pub fn modal_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Does it after so many milliseconds.
pub fn after(millis: u64, action: impl FnOnce() + 'static) {
    set_timeout(action, Duration::from_millis(millis));
}

/// Does it when two frames have been painted: what was drawn before can be seen and used.
pub fn after_two_frames(action: impl FnOnce() + 'static) {
    request_animation_frame(move || request_animation_frame(action));
}

/// Listens to an event of the window for as long as the page lives.
pub fn listen<E: JsCast + 'static>(name: &str, capture: bool, handler: impl FnMut(E) + 'static) {
    let mut handler = handler;
    let closure = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| handler(event.unchecked_into()));
    let function = closure.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback_and_bool(name, function, capture);
    closure.forget();
}

/// Sets or clears an attribute of `<html>`.
pub fn root_attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}
