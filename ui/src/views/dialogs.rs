//! Native dialogs: keys, settings, unsent, and the two that ask before something happens.

use crate::actions;
use crate::components::typed;
use crate::dom::prelude::*;
use crate::i18n::{self, K, error, t, tf};
use crate::keys::{Group, KeyMap, Line, TABLE};
use crate::state::once::new_id;
use crate::state::{App, Dialog, boot, drafts, phone};
use crate::transport::{change, query};
use crate::views::{checkup, door, header, officer, returns};
use crate::{edge, format};
use contract::desk::{Settings, Theme, Unsent};
use contract::domain::{CaseId, Personal};
use contract::phone::{ChooseDevices, Devices, Headset, VoiceChoice};
use contract::{Nothing, OutboxList, PhoneChooseDevices, PhoneDevices};
use js_sys::wasm_bindgen::JsCast;
use leptos::task::spawn_local;
use web_sys::KeyboardEvent;

const ID: &str = "dialog";

/// The dialog that stands open.
pub fn view(app: App) -> AnyView {
    let before = StoredValue::new_local(None::<web_sys::HtmlElement>);
    view! {
        {move || app.dialog.get().map(|dialog| {
            before.set_value(edge::document().active_element().and_then(|e| e.dyn_into().ok()));
            edge::show_modal(ID);
            let (title, content) = match dialog {
                Dialog::Keys => (t(K::KeysTitle), keys(app)),
                Dialog::Settings => (t(K::SetTitle), settings(app)),
                Dialog::Unsent => (t(K::UnsentTitle), unsent(app)),
                Dialog::Returns => (t(K::ReturnsTitle), returns::view(app)),
                Dialog::Discard(key) => (t(K::CaseDiscard), discard(app, key)),
                Dialog::Dial(number) => (t(K::PhoneDial), dial(app, number)),
                Dialog::Checkup => (t(K::CheckTitle), checkup::view(app)),
                Dialog::Officer => (t(K::OfficerOpen), officer::view(app)),
            };
            let closed = move |_| {
                app.dialog.set(None);
                if let Some(element) = before.get_value() {
                    let _ = element.focus();
                }
            };
            view! {
                <dialog id=ID aria-labelledby="dialog-title" on:close=closed>
                    <div class="dialog-head">
                        <h2 id="dialog-title">{title}</h2>
                        <button type="button" class="plain" id="dialog-close" on:click=move |_| shut()>{t(K::AppClose)}<kbd aria-hidden="true">"Esc"</kbd></button>
                    </div>
                    <div class="dialog-body">{content}</div>
                </dialog>
            }
        })}
    }
    .into_any()
}

/// Closes the dialog that stands open.
pub fn shut() {
    if let Some(dialog) = edge::html(ID).and_then(|e| e.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
        dialog.close();
    }
}

fn keys(app: App) -> AnyView {
    // The line whose next key press is taken; what was wrong with the last.
    let taking = RwSignal::new(None::<&'static str>);
    let wrong = RwSignal::new(None::<String>);
    let groups = [
        (Group::Phone, K::KeysGroupPhone),
        (Group::Case, K::KeysGroupCase),
        (Group::Knowledge, K::KeysGroupKnowledge),
        (Group::Move, K::KeysGroupMove),
        (Group::Inbox, K::KeysGroupInbox),
    ];
    let keep = move |map: &KeyMap| {
        let mut settings = app.settings.get_untracked();
        settings.keys = map.own();
        boot::keep_settings(settings);
    };
    let press = move |line: &'static Line, event: &KeyboardEvent| {
        if taking.get_untracked() != Some(line.name) || event.key() == "Tab" {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        if event.key() == "Escape" {
            return taking.set(None);
        }
        let Some(chord) = actions::chord(event) else { return };
        let map = app.keys.get_untracked();
        if !chord.fit() {
            return wrong.set(Some(tf(K::KeysUnfit, &[("key", &chord.to_string())])));
        }
        if let Some(other) = map.taken(&chord, line.name) {
            return wrong
                .set(Some(tf(K::KeysTaken, &[("key", &chord.to_string()), ("what", &other.label())])));
        }
        taking.set(None);
        wrong.set(None);
        keep(&map.with(line.name, &chord));
    };
    let row = move |line: &'static Line| {
        let shown = move || app.keys.with(|k| k.keys(line)).join(" / ").replace("Escape", "Esc");
        let mine = move || taking.get() == Some(line.name);
        view! {
            <tr>
                <th scope="row">{line.label()}</th>
                <td><kbd>{shown}</kbd></td>
                <td>
                    <button type="button" class="plain small" aria-label=tf(K::KeysChangeLabel, &[("what", &line.label())])
                        on:click=move |_| taking.set(Some(line.name)) on:keydown=move |e| press(line, &e)>
                        {move || t(if mine() { K::KeysPress } else { K::KeysChange })}
                    </button>
                </td>
            </tr>
        }
    };
    let section = move |(group, title): (Group, K)| {
        view! {
            <section>
                <h3>{t(title)}</h3>
                <table class="keys"><tbody>{TABLE.iter().filter(|l| l.group == group).map(row).collect_view()}</tbody></table>
            </section>
        }
    };
    view! {
        <p class="quiet">{t(K::KeysLead)}</p>
        <p class="wrong" role="alert">{move || wrong.get()}</p>
        <div class="key-columns">{groups.into_iter().map(section).collect_view()}</div>
        <button type="button" on:click=move |_| keep(&KeyMap::default())>{t(K::KeysReset)}</button>
    }
    .into_any()
}

fn options(all: Vec<(String, String)>, chosen: impl Fn() -> String + Copy + Send + 'static) -> AnyView {
    all.into_iter()
        .map(|(value, text)| {
            let mine = value.clone();
            view! { <option value=value selected=move || chosen() == mine>{text}</option> }
        })
        .collect_view()
        .into_any()
}

fn settings(app: App) -> AnyView {
    let keep = move |change: &dyn Fn(&mut Settings)| {
        let mut settings = app.settings.get_untracked();
        change(&mut settings);
        boot::keep_settings(settings);
    };
    let language = move || app.settings.with(|s| s.locale.clone().unwrap_or_else(|| "sv".to_owned()));
    let theme = move || app.settings.with(|s| s.theme.map(i18n::wire).unwrap_or_default());
    let languages = vec![("sv".to_owned(), "Svenska".to_owned()), ("en".to_owned(), "English".to_owned())];
    let themes = vec![
        (String::new(), t(K::SetSystem).to_owned()),
        ("light".to_owned(), t(K::SetLight).to_owned()),
        ("dark".to_owned(), t(K::SetDark).to_owned()),
    ];
    let set_language = move |tag: String| keep(&|s| s.locale = Some(tag.clone()));
    let set_theme = move |name: String| {
        keep(&|s| {
            s.theme = match name.as_str() {
                "light" => Some(Theme::Light),
                "dark" => Some(Theme::Dark),
                _ => None,
            };
        });
    };
    let release = app.handshake.with_untracked(|h| h.as_ref().map(|h| h.release.clone()).unwrap_or_default());
    let in_desk = app.capabilities().offline;
    let signed_in = app.me.with_untracked(Option::is_some);
    view! {
        <div class="settings">
            <div class="field">
                <label for="set-language">{t(K::SetLanguage)}</label>
                <select id="set-language" prop:value=language on:change=typed(set_language)>{options(languages, language)}</select>
            </div>
            <div class="field">
                <label for="set-theme">{t(K::SetTheme)}</label>
                <select id="set-theme" prop:value=theme on:change=typed(set_theme)>{options(themes, theme)}</select>
            </div>
            {app.capabilities().phone.then(|| sound(app))}
            <section>
                <h3>{t(K::SetAccount)}</h3>
                <div class="row">
                    {signed_in.then(|| header::sign_out(app))}
                    {in_desk.then(|| view! {
                        <button type="button" id="leave" on:click=move |_| { shut(); door::leave(app); }>{t(K::SetLeave)}</button>
                    })}
                </div>
                {in_desk.then(|| view! { <p class="hint">{t(K::SetLeaveText)}</p> })}
            </section>
            <p class="quiet">{tf(K::SetRelease, &[("release", &release)])}</p>
        </div>
    }
    .into_any()
}

fn sound(app: App) -> AnyView {
    let devices = RwSignal::new(None::<Devices>);
    spawn_local(async move {
        match query::<PhoneDevices>(Nothing {}).await {
            Ok(found) => {
                devices.try_set(Some(found));
            }
            Err(error) => app.fail(&error),
        }
    });
    let choose = move |change: &dyn Fn(&mut ChooseDevices)| {
        let Some(mut request) = devices.with_untracked(|d| d.as_ref().map(|d| d.chosen.clone())) else {
            return;
        };
        change(&mut request);
        spawn_local(async move {
            match change_devices(request).await {
                Ok(found) => {
                    devices.try_set(Some(found));
                }
                Err(error) => app.fail(&error),
            }
        });
    };
    let one = move |id: &'static str,
                    label: K,
                    names: Vec<contract::phone::SoundDevice>,
                    read: fn(&ChooseDevices) -> &Option<String>,
                    write: fn(&mut ChooseDevices, Option<String>)| {
        let chosen =
            move || devices.with(|d| d.as_ref().and_then(|d| read(&d.chosen).clone()).unwrap_or_default());
        let mut all = vec![(String::new(), t(K::SetDefaultDevice).to_owned())];
        all.extend(names.into_iter().map(|device| (device.id, device.name)));
        let set = move |name: String| choose(&|c| write(c, Some(name.clone()).filter(|n| !n.is_empty())));
        view! {
            <div class="field">
                <label for=id>{t(label)}</label>
                <select id=id prop:value=chosen on:change=typed(set)>{options(all, chosen)}</select>
            </div>
        }
    };
    let tick = move |id: &'static str, label: K, part: fn(&mut VoiceChoice) -> &mut bool| {
        let on = move || devices.with(|d| d.as_ref().is_some_and(|d| *part(&mut d.chosen.voice.clone())));
        let toggle = move |_| {
            choose(&|c| {
                let on = part(&mut c.voice);
                *on = !*on;
            });
        };
        view! {
            <label class="tick">
                <input type="checkbox" id=id prop:checked=on on:change=toggle />
                <span>{t(label)}</span>
            </label>
        }
    };
    let lists =
        Memo::new(move |_| devices.with(|d| d.as_ref().map(|d| (d.inputs.clone(), d.outputs.clone()))));
    let headsets = move || devices.with(|d| d.as_ref().map(|d| buttons(&d.headsets)));
    view! {
        <section>
            <h3>{t(K::SetSound)}</h3>
            {move || lists.get().map(|(inputs, outputs)| {
                if inputs.is_empty() && outputs.is_empty() {
                    return view! { <p class="quiet">{t(K::SetNoDevices)}</p> }.into_any();
                }
                view! {
                    {one("set-microphone", K::SetMicrophone, inputs, |c| &c.microphone, |c, v| c.microphone = v)}
                    {one("set-speaker", K::SetSpeaker, outputs.clone(), |c| &c.speaker, |c, v| c.speaker = v)}
                    {one("set-ring", K::SetRing, outputs, |c| &c.ring, |c, v| c.ring = v)}
                    {tick("set-echo", K::SetVoiceEcho, |v| &mut v.echo)}
                    {tick("set-noise", K::SetVoiceNoise, |v| &mut v.noise)}
                    {tick("set-gain", K::SetVoiceGain, |v| &mut v.gain)}
                }
                .into_any()
            })}
            {headsets}
            <button type="button" id="check-phone" on:click=move |_| app.dialog.set(Some(Dialog::Checkup))>{t(K::CheckTitle)}</button>
        </section>
    }
    .into_any()
}

/// Whose buttons are used.
fn buttons(headsets: &[Headset]) -> AnyView {
    let line = |Headset { name, used }: &Headset| {
        let key = if *used { K::SetButtonsUsed } else { K::SetButtonsDenied };
        tf(key, &[("name", name)])
    };
    let mut lines: Vec<String> = headsets.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(t(K::SetButtonsNone).to_owned());
    }
    let lines = lines.into_iter().map(|line| view! { <p class="quiet">{line}</p> }).collect_view();
    view! { <div id="set-buttons">{lines}</div> }.into_any()
}

async fn change_devices(request: ChooseDevices) -> Result<Devices, contract::Error> {
    change::<PhoneChooseDevices>(new_id(), &request).await
}

fn unsent(app: App) -> AnyView {
    let list = RwSignal::new(None::<Vec<Unsent>>);
    spawn_local(async move {
        let found = query::<OutboxList>(Nothing {}).await.map(|l| l.unsent).unwrap_or_default();
        list.try_set(Some(found));
    });
    let one = |unsent: Unsent| {
        let what = t(match unsent.command.as_str() {
            "cases.register" => K::CmdCasesRegister,
            "handoff.send" => K::CmdHandoffSend,
            _ => K::CmdOther,
        });
        let state = match unsent.refused {
            Some(code) => format!("{}: {}", t(K::UnsentRefused), error(code)),
            None => t(K::UnsentWaiting).to_owned(),
        };
        view! { <li><time>{format::time(unsent.at)}</time>" "<strong>{what}</strong>" – "{state}</li> }
    };
    let of_others = move || {
        let n = app.desk.with(|d| d.as_ref().map_or(0, |d| d.of_others));
        (n > 0).then(|| view! { <p>{tf(K::UnsentOfOthers, &[("n", &n.to_string())])}</p> })
    };
    view! {
        {of_others}
        {move || list.get().map(|list| if list.is_empty() {
            view! { <p>{t(K::UnsentNone)}</p> }.into_any()
        } else {
            view! { <p class="quiet">{t(K::UnsentLead)}</p><ol class="unsent">{list.into_iter().map(one).collect_view()}</ol> }
                .into_any()
        })}
    }
    .into_any()
}

fn discard(app: App, key: CaseId) -> AnyView {
    let name = app.tabs.with_untracked(|tabs| {
        tabs.iter().find(|t| t.key == key).and_then(|t| match t.kind {
            drafts::TabKind::Draft(w) => Some(w.draft.with_untracked(|d| d.subject.expose().clone())),
            drafts::TabKind::Case => None,
        })
    });
    let name = name.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| t(K::CaseUntitled).to_owned());
    view! {
        <p>{tf(K::CaseDiscardAsk, &[("name", &name)])}</p>
        <p>{t(K::CaseDiscardText)}</p>
        <div class="row">
            <button type="button" id="keep" autofocus on:click=move |_| shut()>{t(K::CaseKeep)}</button>
            <button type="button" id="discard" class="end" on:click=move |_| {
                shut();
                drafts::discard(app, key);
            }>{t(K::CaseDiscard)}</button>
        </div>
    }
    .into_any()
}

fn dial(app: App, number: Personal<String>) -> AnyView {
    let shown = format::number(number.expose());
    view! {
        <p>{tf(K::PhoneDialConfirm, &[("number", &shown)])}</p>
        <div class="row">
            <button type="button" id="dial-confirm" class="primary" autofocus on:click=move |_| {
                shut();
                phone::dial(app, number.expose().clone());
            }>{t(K::PhoneDialGo)}</button>
            <button type="button" on:click=move |_| shut()>{t(K::AppCancel)}</button>
        </div>
    }
    .into_any()
}
