//! The knowledge pane: suggestions while one types, and what is read.

use crate::components::{button, key, markdown, marked, shortcut};
use crate::dom::prelude::*;
use crate::i18n::{K, t, tf};
use crate::keys::Action;
use crate::state::{App, Reading, drafts};
use crate::transport::query;
use crate::{format, ids};
use contract::domain::ArticleId;
use contract::knowledge::{ArticleView, ChecklistView, Get as Wanted, ScriptView};
use contract::{ArticleGet, ChecklistGet, Code, ScriptGet};
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Most articles in the list; with the two below nine in all, one for each of Alt+1…9.
pub const ARTICLES: usize = 5;
/// Most talmanus.
pub const SCRIPTS: usize = 2;
/// Most checklists.
pub const CHECKLISTS: usize = 2;

thread_local! {
    static TITLES: RefCell<BTreeMap<ArticleId, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// An article's title as last seen, else its id.
pub fn title(_: App, id: &ArticleId) -> String {
    TITLES.with_borrow(|titles| titles.get(id).cloned()).unwrap_or_else(|| id.to_string())
}

fn learn(id: &ArticleId, title: &str) {
    TITLES.with_borrow_mut(|titles| titles.insert(id.clone(), title.to_owned()));
}

/// The pane.
pub fn view(app: App) -> AnyView {
    let reading = Memo::new(move |_| app.reading.get());
    view! {
        <section id=ids::KNOWLEDGE_PANE class="pane knowledge" tabindex="-1" aria-labelledby="knowledge-title">
            <h2 id="knowledge-title" class="pane-title">{t(K::KnowTitle)}</h2>
            <div class="know-split" class:reading=move || reading.with(Option::is_some)>
                {suggestions(app)}
                {move || reading.get().map(|what| reader(app, what))}
            </div>
        </section>
    }
    .into_any()
}

#[derive(Clone, PartialEq)]
struct Line {
    number: u8,
    id: String,
    title: String,
    more: String,
    matched: Vec<String>,
    what: Reading,
}

fn lines(app: App) -> Vec<Line> {
    app.suggestions.with(|s| {
        let articles = s.articles.iter().take(ARTICLES).map(|a| {
            learn(&a.id, &a.title);
            (a.id.to_string(), &a.title, &a.line, &a.matched, Reading::Article(a.id.clone()))
        });
        let scripts = s
            .scripts
            .iter()
            .take(SCRIPTS)
            .map(|x| (x.id.to_string(), &x.title, &x.line, &x.matched, Reading::Script(x.id.clone())));
        let checklists = s
            .checklists
            .iter()
            .take(CHECKLISTS)
            .map(|x| (x.id.to_string(), &x.title, &x.line, &x.matched, Reading::Checklist(x.id.clone())));
        (1..=9)
            .zip(articles.chain(scripts).chain(checklists))
            .map(|(number, (id, title, more, matched, what))| Line {
                number,
                id,
                title: title.clone(),
                more: more.clone(),
                matched: matched.clone(),
                what,
            })
            .collect()
    })
}

fn suggestions(app: App) -> AnyView {
    let list = Memo::new(move |_| lines(app));
    let searching =
        move || drafts::current(app).is_some_and(|w| w.draft.with(|d| !d.subject.expose().trim().is_empty()));
    let of = move |wanted: fn(&Reading) -> bool| {
        list.with(|l| l.iter().filter(|x| wanted(&x.what)).cloned().collect::<Vec<_>>())
    };
    view! {
        <div class="suggestions" aria-label=t(K::KnowSuggestions) role="region">
            <span class="unseen" role="status">
                {move || (!list.with(Vec::is_empty)).then(|| tf(K::KnowLive, &[("n", &list.with(Vec::len).to_string())]))}
            </span>
            {move || list.with(Vec::is_empty).then(|| view! {
                <p class="quiet">{move || t(if searching() { K::KnowNoHit } else { K::KnowEmpty })}</p>
            })}
            {move || section(app, K::KnowArticles, of(|w| matches!(w, Reading::Article(_))))}
            {move || section(app, K::KnowScripts, of(|w| matches!(w, Reading::Script(_))))}
            {move || section(app, K::KnowChecklists, of(|w| matches!(w, Reading::Checklist(_))))}
        </div>
    }
    .into_any()
}

fn section(app: App, title: K, lines: Vec<Line>) -> Option<AnyView> {
    if lines.is_empty() {
        return None;
    }
    let one = move |line: Line| {
        let (what, same) = (line.what.clone(), line.what.clone());
        let number = line.number;
        view! {
            <li>
                <button type="button" class="suggestion" data-id=line.id
                    aria-keyshortcuts=shortcut(app, Action::Suggestion(number))
                    aria-current=move || if app.reading.with(|r| r.as_ref() == Some(&same)) { "true" } else { "false" }
                    on:click=move |_| app.reading.set(Some(what.clone()))>
                    <span class="line-title">{marked(&line.title, &line.matched)}</span>
                    {key(app, Action::Suggestion(number))}
                    <span class="line-more">{marked(&line.more, &line.matched)}</span>
                </button>
            </li>
        }
    };
    Some(view! { <h3>{t(title)}</h3><ul>{lines.into_iter().map(one).collect_view()}</ul> }.into_any())
}

#[derive(Clone)]
enum Found {
    Article(ArticleView),
    Script(ScriptView),
    Checklist(ChecklistView),
}

fn reader(app: App, what: Reading) -> AnyView {
    let found = RwSignal::new(None::<Result<Found, Code>>);
    spawn_local(async move {
        let reply = match what {
            Reading::Article(id) => query::<ArticleGet>(Wanted { id }).await.map(Found::Article),
            Reading::Script(id) => query::<ScriptGet>(Wanted { id }).await.map(Found::Script),
            Reading::Checklist(id) => query::<ChecklistGet>(Wanted { id }).await.map(Found::Checklist),
        };
        // Another may be read by now; then this reader is gone.
        found.try_set(Some(reply.map_err(|error| error.code)));
    });
    view! {
        <article class="reader" id=ids::READER tabindex="-1" aria-live="off">
            <div class="reader-bar">
                {button(app, "step-back-reader", "plain", t(K::KnowBack), Action::Back, move || app.reading.set(None))}
            </div>
            {move || match found.get() {
                None => view! { <p class="quiet late">{t(K::AppLoading)}</p> }.into_any(),
                Some(Err(code)) => view! { <p role="alert">{crate::i18n::error(code)}</p> }.into_any(),
                Some(Ok(Found::Article(view))) => article(app, &view),
                Some(Ok(Found::Script(view))) => script(&view),
                Some(Ok(Found::Checklist(view))) => checklist(&view),
            }}
        </article>
    }
    .into_any()
}

fn article(app: App, view: &ArticleView) -> AnyView {
    let article = view.article.clone();
    learn(&article.id, &article.title);
    let id = article.id.clone();
    let used = Memo::new(move |_| drafts::current(app).map(|w| w.draft.with(|d| d.articles.contains(&id))));
    let late = {
        let review_by = article.review_by.clone();
        move || format::date(app.now.get_untracked()) > review_by
    };
    let internal = article.internal.clone();
    view! {
        <div data-article=article.id.to_string()>
            <p class="kicker">{t(K::KnowArticle)}</p>
            <h3>{article.title.clone()}</h3>
            <p class="question">{article.question.clone()}</p>
            <div class="prose">{markdown(&article.answer)}</div>
            {(!internal.trim().is_empty()).then(|| view! {
                <aside class="internal" aria-label=t(K::KnowInternal)>
                    <p class="kicker">{t(K::KnowInternal)}</p>
                    <div class="prose">{markdown(&internal)}</div>
                </aside>
            })}
            {move || used.get().map(|used| {
                let text = t(if used { K::KnowUsed } else { K::KnowUse });
                view! {
                    <button type="button" id=ids::USE_ARTICLE aria-pressed=if used { "true" } else { "false" }
                        aria-keyshortcuts=shortcut(app, Action::UseArticle) on:click=move |_| drafts::use_article(app)>
                        <span>{text}</span>{key(app, Action::UseArticle)}
                    </button>
                }
            })}
            <p class="source">
                {tf(K::KnowOwner, &[("who", &view.owner_name)])}" · "
                {tf(K::KnowReviewed, &[("date", &article.reviewed)])}
                {late().then(|| view! { <br/><span class="warned">{tf(K::KnowReviewLate, &[("date", &article.review_by)])}</span> })}
            </p>
        </div>
    }
    .into_any()
}

fn script(view: &ScriptView) -> AnyView {
    let steps = view.script.steps.iter().map(|step| {
        view! { <li><h4>{step.title.clone()}</h4><div class="prose">{markdown(&step.text)}</div></li> }
    });
    view! {
        <p class="kicker">{t(K::KnowScript)}</p>
        <h3>{view.script.title.clone()}</h3>
        <ol class="script">{steps.collect_view()}</ol>
    }
    .into_any()
}

fn checklist(view: &ChecklistView) -> AnyView {
    let items = view.checklist.items.iter().map(|item| {
        view! {
            <li>{item.text.clone()}{item.required.then(|| view! { <span class="quiet">" – "{t(K::CaseRequiredMark)}</span> })}</li>
        }
    });
    view! {
        <p class="kicker">{t(K::KnowChecklist)}</p>
        <h3>{view.checklist.title.clone()}</h3>
        <ul class="prose">{items.collect_view()}</ul>
    }
    .into_any()
}
