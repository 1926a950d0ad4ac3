//! Search everything: articles, talmanus, case types, one's own cases by number or words.

use crate::dom::prelude::*;
use crate::i18n::{K, t, tf};
use crate::state::{App, Reading, drafts};
use crate::transport::query;
use crate::{edge, format, ids};
use contract::KnowledgeSuggest;
use contract::domain::{CaseId, CaseTypeId};
use contract::knowledge::{Suggest, Suggestions};
use leptos::task::spawn_local;
use web_sys::KeyboardEvent;

#[derive(Clone, PartialEq)]
enum Target {
    Read(Reading),
    Type(CaseTypeId),
    Case(CaseId),
}

#[derive(Clone, PartialEq)]
struct Hit {
    section: K,
    title: String,
    more: String,
    target: Target,
}

fn hits(app: App, text: &str, found: &Suggestions) -> Vec<Hit> {
    let wanted = format::folded(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let cases = app.mine.with(|cases| {
        cases
            .iter()
            .filter(|c| {
                c.number.to_string().contains(&wanted)
                    || c.subject.as_ref().is_some_and(|s| format::folded(s.expose()).contains(&wanted))
            })
            .take(5)
            .map(|c| Hit {
                section: K::SearchCases,
                title: c.subject.as_ref().map_or_else(String::new, |s| s.expose().clone()),
                more: c.number.to_string(),
                target: Target::Case(c.id),
            })
            .collect::<Vec<_>>()
    });
    let articles = found.articles.iter().take(7).map(|a| Hit {
        section: K::SearchArticles,
        title: a.title.clone(),
        more: a.line.clone(),
        target: Target::Read(Reading::Article(a.id.clone())),
    });
    let scripts = found.scripts.iter().take(3).map(|s| Hit {
        section: K::SearchScripts,
        title: s.title.clone(),
        more: s.line.clone(),
        target: Target::Read(Reading::Script(s.id.clone())),
    });
    let types = found.case_types.iter().take(4).map(|c| Hit {
        section: K::SearchTypes,
        title: c.title.clone(),
        more: c.line.clone(),
        target: Target::Type(c.id.clone()),
    });
    cases.into_iter().chain(articles).chain(scripts).chain(types).collect()
}

fn open(app: App, target: Target) {
    app.palette.set(false);
    app.view.set(crate::state::View::Desk);
    match target {
        Target::Read(what) => {
            app.reading.set(Some(what));
            edge::focus(if app.tab.get_untracked().is_some() { ids::SUBJECT } else { ids::READER });
        }
        Target::Type(id) => {
            drafts::use_type(app, id);
            edge::focus(ids::NOTE);
        }
        Target::Case(id) => {
            drafts::open_case(app, id);
            edge::focus(ids::CASE_VIEW);
        }
    }
}

/// The palette, over the window but not modal: a call can be answered while it stands open.
pub fn view(app: App) -> AnyView {
    view! { {move || app.palette.get().then(|| palette(app))} }.into_any()
}

fn palette(app: App) -> AnyView {
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(Suggestions::default());
    let active = RwSignal::new(0_usize);
    let asked = StoredValue::new(0_u32);
    let list = Memo::new(move |_| text.with(|text| found.with(|found| hits(app, text, found))));
    let search = move |typed: String| {
        text.set(typed.clone());
        active.set(0);
        let turn = asked.get_value().wrapping_add(1);
        asked.set_value(turn);
        edge::after(50, move || {
            if asked.try_get_value() != Some(turn) {
                return;
            }
            spawn_local(async move {
                let request = Suggest { text: typed, limit: Some(9), ..Suggest::default() };
                if let Ok(reply) = query::<KnowledgeSuggest>(request).await
                    && asked.try_get_value() == Some(turn)
                {
                    found.set(reply);
                }
            });
        });
    };
    let keys = move |event: KeyboardEvent| {
        let count = list.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" => active.update(|a| *a = if *a + 1 < count { *a + 1 } else { 0 }),
            "ArrowUp" => active.update(|a| *a = a.checked_sub(1).unwrap_or(count.saturating_sub(1))),
            "Enter" => {
                if let Some(hit) = list.with_untracked(|l| l.get(active.get_untracked()).cloned()) {
                    open(app, hit.target);
                }
            }
            _ => return,
        }
        edge::reveal(&format!("hit-{}", active.get_untracked()));
        event.prevent_default();
    };
    view! {
        <search id=ids::PALETTE class="palette" aria-label=t(K::HeadSearchLabel)>
            <input id=ids::SEARCH_TEXT type="text" role="combobox" autocomplete="off" spellcheck="false"
                aria-label=t(K::SearchPlaceholder) placeholder=t(K::SearchPlaceholder) aria-autocomplete="list"
                aria-controls="hits" aria-expanded=move || if list.with(Vec::is_empty) { "false" } else { "true" }
                aria-activedescendant=move || (!list.with(Vec::is_empty)).then(|| format!("hit-{}", active.get()))
                on:input=move |e| search(event_target_value(&e)) on:keydown=keys />
            <ul id="hits" role="listbox" aria-label=t(K::SearchTitle)>
                {move || {
                    let mut section = None;
                    list.get()
                        .into_iter()
                        .enumerate()
                        .map(|(index, hit)| {
                            let first = section != Some(hit.section);
                            section = Some(hit.section);
                            let target = hit.target.clone();
                            view! {
                                {first.then(|| view! { <li role="presentation" class="section">{t(hit.section)}</li> })}
                                <li id=format!("hit-{index}") role="option"
                                    aria-selected=move || if active.get() == index { "true" } else { "false" }
                                    on:mousedown=move |event| {
                                        event.prevent_default();
                                        open(app, target.clone());
                                    }>
                                    <span class="line-title">{hit.title}</span><span class="line-more">{hit.more}</span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            <p class="hint" role="status">
                {move || {
                    let n = list.with(Vec::len);
                    match (text.with(|x| x.trim().is_empty()), n) {
                        (true, _) => t(K::SearchHint).to_owned(),
                        (false, 0) => tf(K::SearchNone, &[("text", &text.get())]),
                        (false, n) => tf(K::SearchHits, &[("n", &n.to_string())]),
                    }
                }}
            </p>
        </search>
    }
    .into_any()
}
