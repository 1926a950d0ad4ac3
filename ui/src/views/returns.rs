//! What came back from the groups, for the team lead: how often, why, and the newest.

use crate::dom::prelude::*;
use crate::i18n::{self, K, t};
use crate::state::{App, View, drafts};
use crate::transport::query;
use crate::views::dialogs::shut;
use crate::{edge, format, ids};
use contract::ReturnsList;
use contract::cases::{ListReturns, ReturnCount, ReturnList, ReturnedCase};
use contract::domain::ResponseGroupId;
use contract::domain::handoff::HandoffStage;
use leptos::task::spawn_local;

/// How far back.
const DAYS: u16 = 30;

/// The content of the dialog.
pub fn view(app: App) -> AnyView {
    let list = RwSignal::new(None::<ReturnList>);
    spawn_local(async move {
        match query::<ReturnsList>(ListReturns { days: DAYS }).await {
            Ok(found) => drop(list.try_set(Some(found))),
            Err(error) => app.fail(&error),
        }
    });
    view! { {move || list.get().map(|list| content(app, list))} }.into_any()
}

fn content(app: App, list: ReturnList) -> AnyView {
    if list.counts.is_empty() {
        return view! { <p>{t(K::ReturnsNone)}</p> }.into_any();
    }
    let group = move |id: &ResponseGroupId| app.structure.with_untracked(|s| format::group_name(s, id));
    let count = |line: &ReturnCount| {
        view! {
            <tr>
                <th scope="row">{group(&line.group)}</th>
                <td>{why(line.expired, line.why.clone())}</td>
                <td>{line.count.to_string()}</td>
            </tr>
        }
    };
    let now = app.now.get_untracked();
    let one = |back: &ReturnedCase| {
        let id = back.case.id;
        let open = move |_| {
            shut();
            app.view.set(View::Desk);
            drafts::open_case(app, id);
            edge::focus(ids::CASE_VIEW);
        };
        let more = format!(
            " {} · {} · {}",
            format::when(back.at, now),
            group(&back.group),
            why(back.expired, back.why.clone())
        );
        view! { <li><button type="button" class="plain" on:click=open>{back.case.number.to_string()}</button>{more}</li> }
    };
    view! {
        <p class="quiet">{t(K::ReturnsLead)}</p>
        <table>
            <thead><tr><th scope="col">{t(K::ReturnsGroup)}</th><th scope="col">{t(K::ReturnsWhy)}</th><th scope="col">{t(K::ReturnsCount)}</th></tr></thead>
            <tbody>{list.counts.iter().map(count).collect_view()}</tbody>
        </table>
        <h3>{t(K::ReturnsNewest)}</h3>
        <ol class="unsent">{list.newest.iter().map(one).collect_view()}</ol>
    }
    .into_any()
}

fn why(expired: bool, why: Option<String>) -> String {
    let stage = if expired { HandoffStage::Expired } else { HandoffStage::Returned };
    why.unwrap_or_else(|| i18n::stage(stage).to_owned())
}
