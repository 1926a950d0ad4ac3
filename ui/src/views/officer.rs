//! In practice: how one is the group as well, in a browser on this computer.

use crate::components::typed;
use crate::dom::prelude::*;
use crate::i18n::{K, t};
use crate::state::once::new_id;
use crate::state::{App, Dialog, Screen};
use crate::transport::change;
use crate::views::dialogs;
use crate::{edge, format, ids};
use contract::PracticeOfficer;
use contract::domain::ResponseGroupId;
use contract::session::{OfficerAccess, OfficerOf};
use leptos::task::spawn_local;

/// The way there, for whoever hands over at this desk.
pub fn entry(app: App) -> AnyView {
    let here = Memo::new(move |_| {
        app.me.track();
        app.screen.get() == Screen::Ready && app.capabilities().offline && app.at_front()
    });
    view! {
        {move || here.get().then(|| view! {
            <button type="button" id=ids::OFFICER class="plain small" on:click=move |_| app.dialog.set(Some(Dialog::Officer))>
                {t(K::OfficerOpen)}
            </button>
        })}
    }
    .into_any()
}

/// The content of the dialog.
pub fn view(app: App) -> AnyView {
    let groups = groups(app);
    // Of each group that was chosen: replies may overtake one another.
    let access = RwSignal::new(Vec::<(ResponseGroupId, OfficerAccess)>::new());
    let group = RwSignal::new(None::<ResponseGroupId>);
    let ask = move |chosen: Option<ResponseGroupId>| {
        group.set(chosen.clone());
        let Some(chosen) = chosen else { return };
        spawn_local(async move {
            let request = OfficerOf { group: chosen.clone() };
            match change::<PracticeOfficer>(new_id(), &request).await {
                Ok(found) => access.update(|all| all.push((chosen, found))),
                Err(error) => {
                    dialogs::shut();
                    app.fail(&error);
                }
            }
        });
    };
    let first = handed(app).filter(|handed| groups.iter().any(|(id, _)| id == handed));
    ask(first.or_else(|| groups.first().map(|(id, _)| id.clone())));
    let value = move || group.get().map(|id| id.to_string()).unwrap_or_default();
    let told = move |read: fn(&OfficerAccess) -> &String| {
        let chosen = group.get();
        let of = |all: &Vec<(ResponseGroupId, OfficerAccess)>| {
            all.iter().find(|(id, _)| Some(id) == chosen.as_ref()).map(|(_, access)| read(access).clone())
        };
        access.with(of).unwrap_or_default()
    };
    let one = move |id: &'static str, label: K, read: fn(&OfficerAccess) -> &String| {
        view! {
            <div class="field">
                <label for=id>{t(label)}</label>
                <input type="text" id=id readonly prop:value=move || told(read) on:focus=move |_| edge::mark(id) />
            </div>
        }
    };
    view! {
        <div class="settings">
            <p>{t(K::OfficerLead)}</p>
            <div class="field">
                <label for="officer-group">{t(K::OfficerGroup)}</label>
                <select id="officer-group" prop:value=value on:change=typed(move |id| ask(id.parse().ok()))>
                    {groups
                        .into_iter()
                        .map(|(id, name)| {
                            let id = id.to_string();
                            let mine = id.clone();
                            view! { <option value=id selected=move || value() == mine>{name}</option> }
                        })
                        .collect_view()}
                </select>
            </div>
            {one("officer-address", K::StartAddress, |access| &access.address)}
            {one("officer-user", K::SigninUser, |access| &access.user)}
            {one("officer-password", K::SigninPassword, |access| access.password.expose())}
            <p class="quiet">{t(K::OfficerOnlyHere)}</p>
        </div>
    }
    .into_any()
}

/// The groups whose officers work in the system, by name: not one's own, and none that is reached by letter.
fn groups(app: App) -> Vec<(ResponseGroupId, String)> {
    let own = app.me.with_untracked(|me| me.as_ref().map(|me| me.group.clone()));
    let groups = app.structure.with_untracked(|s| {
        let theirs = s.groups.iter().filter(|group| !group.outside && own.as_ref() != Some(&group.id));
        theirs.map(|group| (group.id.clone(), group.name.clone())).collect()
    });
    format::sorted(groups, |(_, name)| format::sort_key(name))
}

/// The group that was handed something last: whoever practises goes on there.
fn handed(app: App) -> Option<ResponseGroupId> {
    let sent = app.outgoing.with_untracked(|all| all.iter().rev().find_map(|one| one.handed.clone()));
    let mine = || app.mine.with_untracked(|all| all.iter().find_map(|case| case.group.clone()));
    sent.map(|(_, group)| group).or_else(mine)
}
