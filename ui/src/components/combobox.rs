//! The case type, found by typing: an editable combobox with a list, as the ARIA practices describe it.

use crate::dom::prelude::*;
use crate::i18n::{K, t, tf};
use crate::state::drafts::Writing;
use crate::state::structure::{CaseType, Structure};
use crate::state::{App, drafts};
use crate::{edge, format, ids};
use contract::domain::CaseTypeId;
use web_sys::KeyboardEvent;

/// Most lines in the list.
const LINES: usize = 8;

#[derive(Clone, PartialEq)]
struct Line {
    id: CaseTypeId,
    name: String,
    group: String,
    rosa: u8,
    suggested: bool,
}

fn line(structure: &Structure, case_type: &CaseType, suggested: bool) -> Line {
    Line {
        id: case_type.id.clone(),
        name: case_type.name.clone(),
        group: format::group_name(structure, &case_type.group),
        rosa: u8::from(case_type.rosa),
        suggested,
    }
}

// A name that begins with what is typed comes first, then a word that does, then a keyword.
fn rank(case_type: &CaseType, typed: &str) -> Option<u8> {
    let name = format::folded(&case_type.name);
    let begins = |text: &str| text.split([' ', '-']).any(|word| word.starts_with(typed));
    if name.starts_with(typed) {
        Some(0)
    } else if begins(&name) {
        Some(1)
    } else if case_type.keywords.iter().any(|k| begins(&format::folded(k))) {
        Some(2)
    } else if typed.split_whitespace().all(|word| {
        let begin = |text: &str| text.split([' ', '-']).any(|one| one.starts_with(word));
        begin(&name) || case_type.keywords.iter().any(|k| begin(&format::folded(k)))
    }) {
        Some(3)
    } else if name.contains(typed) {
        Some(4)
    } else {
        None
    }
}

/// So many of the suggestions are marked as such: a mark on every second line says nothing.
const MARKED: usize = 3;

fn lines(app: App, typed: &str) -> Vec<Line> {
    let suggested: Vec<CaseTypeId> =
        app.suggestions.with(|s| s.case_types.iter().map(|c| c.id.clone()).collect());
    let is_suggested = |c: &CaseType| suggested.iter().take(MARKED).any(|id| *id == c.id);
    app.structure.with(|structure| {
        let typed = format::folded(typed);
        if typed.is_empty() {
            let mut all: Vec<Line> = suggested
                .iter()
                .filter_map(|id| structure.case_type(id))
                .map(|c| line(structure, c, is_suggested(c)))
                .collect();
            if all.is_empty() {
                all = structure.case_types.iter().map(|c| line(structure, c, false)).collect();
                all = format::sorted(all, |l| format::sort_key(&l.name));
            }
            all.truncate(LINES);
            return all;
        }
        let found: Vec<(u8, Line)> = structure
            .case_types
            .iter()
            .filter_map(|c| rank(c, &typed).map(|r| (r, line(structure, c, is_suggested(c)))))
            .collect();
        let found = format::sorted(found, |(rank, l)| format!("{rank}{}", format::sort_key(&l.name)));
        found.into_iter().take(LINES).map(|(_, line)| line).collect()
    })
}

/// The control.
pub fn case_type(app: App, writing: Writing) -> AnyView {
    let chosen = Memo::new(move |_| writing.case_type(app).map(|c| c.name));
    // What is typed while searching; `None`: the chosen type's name is shown.
    let typed = RwSignal::new(None::<String>);
    let open = RwSignal::new(false);
    let active = RwSignal::new(0_usize);
    let list = Memo::new(move |_| typed.with(|text| lines(app, text.as_deref().unwrap_or_default())));
    let choose = move |id: CaseTypeId| {
        drafts::use_type(app, id);
        typed.set(None);
        open.set(false);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() {
            return;
        }
        let count = list.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if !open.get_untracked() => open.set(true),
            "ArrowDown" => active.update(|a| *a = if *a + 1 < count { *a + 1 } else { 0 }),
            "ArrowUp" => active.update(|a| *a = a.checked_sub(1).unwrap_or(count.saturating_sub(1))),
            "Enter" if open.get_untracked() => {
                if let Some(line) = list.with_untracked(|l| l.get(active.get_untracked()).cloned()) {
                    choose(line.id);
                    // What is typed next is about the question: here it would be lost.
                    if let Some(note) = edge::html(ids::NOTE) {
                        let _ = note.focus();
                    }
                }
            }
            "Escape" if open.get_untracked() => {
                typed.set(None);
                open.set(false);
            }
            // What stands first is taken along when one goes on: typing and Tab is enough.
            "Tab" if open.get_untracked() && typed.with_untracked(Option::is_some) => {
                if let Some(line) = list.with_untracked(|l| l.get(active.get_untracked()).cloned()) {
                    choose(line.id);
                }
                return;
            }
            _ => return,
        }
        edge::reveal(&format!("type-{}", active.get_untracked()));
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div class="combobox">
            <input
                id=ids::CASE_TYPE
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-autocomplete="list"
                aria-controls="case-type-list"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-activedescendant=move || {
                    (open.get() && !list.with(Vec::is_empty)).then(|| format!("type-{}", active.get()))
                }
                placeholder=t(K::CaseTypeHint)
                prop:value=move || typed.get().or_else(|| chosen.get()).unwrap_or_default()
                on:input=move |event| {
                    typed.set(Some(event_target_value(&event)));
                    active.set(0);
                    open.set(true);
                }
                on:focus=move |_| {
                    active.set(0);
                    open.set(chosen.get_untracked().is_none());
                }
                on:blur=move |_| {
                    typed.set(None);
                    open.set(false);
                }
                on:keydown=on_key
            />
            <ul id="case-type-list" role="listbox" aria-label=t(K::CaseType) hidden=move || !open.get()>
                {move || {
                    list.get()
                        .into_iter()
                        .enumerate()
                        .map(|(index, line)| {
                            let id = line.id.clone();
                            view! {
                                <li
                                    id=format!("type-{index}")
                                    role="option"
                                    data-type=line.id.to_string()
                                    aria-selected=move || if active.get() == index { "true" } else { "false" }
                                    on:mousedown=move |event| {
                                        event.prevent_default();
                                        choose(id.clone());
                                    }
                                >
                                    <span class="line-title">{line.name}</span>
                                    <span class="line-more">
                                        {line.suggested.then(|| view! { <em>{t(K::CaseTypeSuggested)}" · "</em> })}
                                        {line.group}" · "{tf(K::CaseRosa, &[("n", &line.rosa.to_string())])}
                                    </span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
                <li class="none" role="option" aria-disabled="true" aria-selected="false"
                    hidden=move || !list.with(Vec::is_empty)>
                    {t(K::CaseTypeNone)}
                </li>
            </ul>
            <span class="unseen" aria-live="polite">
                {move || {
                    (open.get() && typed.with(Option::is_some))
                        .then(|| tf(K::CaseTypeCount, &[("n", &list.with(Vec::len).to_string())]))
                }}
            </span>
        </div>
    }
    .into_any()
}
