//! The interface: what an agent and a case officer see. The same in the desk's window and in a browser.

mod actions;
mod components;
mod dom;
mod edge;
mod format;
mod i18n;
mod ids;
mod keys;
mod markdown;
mod signal;
mod state;
mod transport;
mod views;

fn main() {
    transport::choose();
    leptos::mount::mount_to_body(|| {
        let app = state::app();
        actions::listen(app);
        state::boot::begin(app);
        // Texts are read once: another language draws the root anew, and the state stays.
        dom::mount(move || {
            app.language.track();
            views::root(app)
        });
    });
}
