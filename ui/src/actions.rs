//! What keys do. Most press the control that is on screen: then key, mouse and screen reader do the same.

use crate::keys::{Action, Chord};
use crate::state::{App, Dialog, Reading, View, drafts, knowledge, outgoing, phone};
use crate::{edge, ids};
use js_sys::wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// Listens to the keyboard for as long as the page lives.
pub fn listen(app: App) {
    edge::listen::<KeyboardEvent>("keydown", true, move |event| {
        let Some(chord) = chord(&event) else { return };
        if app.screen.get_untracked() != crate::state::Screen::Ready {
            return;
        }
        let Some(action) = app.keys.with_untracked(|keys| keys.action(&chord)) else { return };
        // A modal dialog has its own keys, but no caller waits until it is closed.
        if edge::modal_open() && !(of_a_call(action) && phone::lives(app)) {
            return;
        }
        if perform(app, action) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
}

const fn of_a_call(action: Action) -> bool {
    matches!(action, Action::Answer | Action::HangUp | Action::Hold | Action::Mute)
}

/// The chord of a key press; `None` for AltGr, and for keys that only hold.
pub fn chord(event: &KeyboardEvent) -> Option<Chord> {
    let (ctrl, alt) = (event.ctrl_key() || event.meta_key(), event.alt_key());
    // Windows tells AltGr as Ctrl+Alt.
    if (ctrl && alt) || event.get_modifier_state("AltGraph") || event.is_composing() {
        return None;
    }
    let key = event.key();
    if ["Control", "Alt", "Shift", "Meta", "Dead", "Process", "Unidentified"].contains(&key.as_str()) {
        return None;
    }
    let code = event.code();
    let named = code.strip_prefix("Key").or_else(|| code.strip_prefix("Digit"));
    // With Alt held some systems send another character; the place of the key tells the letter.
    let single = key.chars().count() == 1;
    let key = match named {
        Some(named) if alt && single && !key.is_ascii() => named.to_owned(),
        _ if single => crate::format::upper_case(&key),
        _ => key,
    };
    Some(Chord { ctrl, alt, shift: event.shift_key() && !(single && !ctrl && !alt), key })
}

fn press(id: &str) -> bool {
    match edge::html(id) {
        Some(button) => {
            button.click();
            true
        }
        None => false,
    }
}

/// Does it; `false` when there is nothing to do and the key keeps its usual meaning.
fn perform(app: App, action: Action) -> bool {
    match action {
        Action::Help => app.dialog.set(Some(Dialog::Keys)),
        Action::Settings => app.dialog.set(Some(Dialog::Settings)),
        Action::Answer => phone::answer(app),
        Action::HangUp => phone::hang_up(app),
        Action::Hold => phone::hold(app),
        Action::Mute => phone::mute(app),
        Action::Transfer => return phone::transfer(app),
        Action::Dial => focus(ids::DIAL_NUMBER),
        Action::Keys => {
            focus(ids::KEYS);
            return press(ids::KEYPAD);
        }
        Action::Conference => return phone::conference(app),
        Action::Redial => return press(ids::REDIAL),
        Action::ToggleReady if app.at_front() => phone::toggle_ready(app),
        Action::Prolong => return press(ids::PROLONG),
        Action::Finish => return press(ids::FINISH),
        Action::PracticeNext => return press(ids::PRACTICE_NEXT),
        Action::NewCase if app.at_front() => {
            app.view.set(View::Desk);
            drafts::begin(app);
            focus(ids::SUBJECT);
        }
        Action::Register => {
            return press(ids::SEND)
                || press(ids::GIVE_BACK_SEND)
                || press(ids::REGISTER)
                || press(ids::REWRITE_SAVE)
                || press(ids::ANSWER_SAVE);
        }
        Action::HandOver => return press(ids::HAND_OVER),
        Action::Undo => outgoing::undo(app),
        Action::CloseTab => match app.tab.get_untracked() {
            Some(key) if app.view.get_untracked() == View::Desk => drafts::ask_to_close(app, key),
            _ => return false,
        },
        Action::NextTab => step_tab(app, 1),
        Action::PreviousTab => step_tab(app, -1),
        Action::Suggestion(n) => knowledge::open_nth(app, n),
        Action::UseArticle => drafts::use_article(app),
        Action::NextPane => step_pane(true),
        Action::PreviousPane => step_pane(false),
        Action::Search => open_palette(app),
        Action::Mine => return press("mine"),
        Action::Back => return back(app),
        Action::Accept => return press(ids::ACCEPT),
        Action::GiveBack => return press(ids::GIVE_BACK),
        Action::CloseCase => return press(ids::CLOSE_CASE),
        Action::Acknowledge => return press(ids::ACKNOWLEDGE),
        Action::Ask => return press(ids::ASK),
        Action::Reply => return press(ids::REPLY),
        Action::ToggleReady | Action::NewCase => return false,
    }
    true
}

fn focus(id: &str) {
    edge::focus(id);
}

/// Opens the palette.
pub fn open_palette(app: App) {
    app.palette.set(true);
    focus(ids::SEARCH_TEXT);
}

fn step_tab(app: App, by: isize) {
    let next = app.tabs.with_untracked(|tabs| {
        let shown = app.tab.get_untracked();
        let at = tabs.iter().position(|t| Some(t.key) == shown)?;
        let count = isize::try_from(tabs.len()).ok()?;
        let next = (isize::try_from(at).ok()? + by).rem_euclid(count);
        tabs.get(usize::try_from(next).ok()?).map(|t| t.key)
    });
    if let Some(key) = next {
        drafts::select(app, key);
        focus(ids::SUBJECT);
    }
}

/// Opens the nth of what is listed: articles first, then talmanus, then checklists, as the pane numbers them.
pub fn open_suggestion(app: App, n: u8) {
    let wanted = usize::from(n).saturating_sub(1);
    let found = app.suggestions.with_untracked(|s| {
        let articles = s.articles.iter().map(|a| Reading::Article(a.id.clone()));
        let scripts = s.scripts.iter().map(|x| Reading::Script(x.id.clone()));
        let checklists = s.checklists.iter().map(|x| Reading::Checklist(x.id.clone()));
        articles
            .take(crate::views::knowledge::ARTICLES)
            .chain(scripts.take(crate::views::knowledge::SCRIPTS))
            .chain(checklists.take(crate::views::knowledge::CHECKLISTS))
            .nth(wanted)
    });
    if found.is_some() {
        app.reading.set(found);
    }
}

fn step_pane(forward: bool) {
    let panes: Vec<HtmlElement> =
        [ids::PHONE_PANE, ids::CASE_PANE, ids::KNOWLEDGE_PANE, ids::INBOX_PANE, "read-pane"]
            .iter()
            .filter_map(|id| edge::html(id))
            .collect();
    let active = edge::document().active_element();
    let at = panes.iter().position(|pane| {
        active.as_ref().is_some_and(|a| pane.contains(Some(a.unchecked_ref::<web_sys::Node>())))
    });
    let count = panes.len();
    if count == 0 {
        return;
    }
    let next = match (at, forward) {
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
        (None, true) => 0,
        (None, false) => count - 1,
    };
    if let Some(pane) = panes.get(next) {
        let _ = pane.focus();
    }
}

/// One step back: the palette, the preview, the reader, the message, from the case to the list.
fn back(app: App) -> bool {
    if app.palette.get_untracked() {
        app.palette.set(false);
        focus(if app.tab.get_untracked().is_some() { ids::SUBJECT } else { ids::SEARCH });
        return true;
    }
    // An open list or menu has Esc to itself.
    if edge::find("[role=combobox][aria-expanded=true]:focus, :popover-open").is_some() {
        return false;
    }
    if press("step-back") {
        return true;
    }
    if app.reading.get_untracked().is_some() {
        app.reading.set(None);
        return true;
    }
    if app.message.get_untracked().is_some() {
        app.message.set(None);
        return true;
    }
    if edge::find("#read-pane:focus-within").is_some() {
        // A case that is closed has left the list.
        let rows = [".inbox-row[aria-current=true]", ".inbox-row", "#inbox-pane"];
        if let Some(row) = rows.iter().find_map(|row| edge::find(row)) {
            let _ = row.focus();
        }
        return true;
    }
    false
}
