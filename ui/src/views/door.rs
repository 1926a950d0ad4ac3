//! Before work: first choice, start, passphrase, sign-in.

use crate::dom::prelude::*;
use crate::i18n::{K, error, step, t, tf};
use crate::state::once::new_id;
use crate::state::{App, Screen, boot, drafts};
use crate::transport::{Sent, change, reply, tell};
use crate::{edge, ids};
use contract::desk::{Connect, DeskView, StartStep, Unlock};
use contract::domain::Personal;
use contract::session::SignIn as SignInRequest;
use contract::{
    Code, Command, DeskConnect, DeskLeave, DeskPractice, DeskTryAgain, DeskUnlock, Error, Nothing, SignIn,
};
use leptos::ev::SubmitEvent;
use leptos::task::spawn_local;

/// The screen before work.
pub fn view(app: App, screen: &Screen) -> AnyView {
    app.message.set(None);
    let (phase, content) = match screen {
        Screen::Loading | Screen::Ready => ("loading", loading()),
        Screen::Failed(code) => ("failed", failed(*code)),
        Screen::Choose => ("choose", choose(app)),
        Screen::Starting(now) => ("starting", starting(*now)),
        Screen::Passphrase { new } => ("passphrase", passphrase(app, *new)),
        Screen::KeyMissing => ("key_missing", key_missing()),
        Screen::Stopped(code) => ("stopped", stopped(app, *code)),
        Screen::SignIn(address) => ("sign_in", sign_in(app, address.clone())),
    };
    view! {
        <main class="door" data-phase=phase>
            <div class="door-card">
                <p class="wordmark">{super::header::mark()}<span>{t(K::AppName)}</span></p>
                {content}
                {super::message(app)}
            </div>
        </main>
    }
    .into_any()
}

// Nothing for 300 ms: what is quick needs no word.
fn loading() -> AnyView {
    view! { <p class="late" aria-live="polite">{t(K::AppLoading)}</p> }.into_any()
}

fn failed(code: Code) -> AnyView {
    view! { <h1>{t(K::StatusNone)}</h1><p role="alert">{error(code)}</p> }.into_any()
}

/// Asks the desk for something that changes how it stands.
fn ask<C>(app: App, busy: RwSignal<bool>, request: C::Request)
where
    C: Command<Reply = DeskView>,
{
    if !busy.get_untracked() {
        asked(app, busy, tell::<C>(new_id(), &request));
    }
}

// One copy for every command.
fn asked(app: App, busy: RwSignal<bool>, sent: Sent) {
    busy.set(true);
    app.message.set(None);
    spawn_local(async move {
        let view: Result<DeskView, Error> = sent.await.and_then(|text| reply(&text));
        busy.set(false);
        match view {
            Ok(view) => app.take_desk(view),
            Err(error) => app.fail(&error),
        }
    });
}

/// Back to the first choice; what is written is kept first.
pub fn leave(app: App) {
    let busy = RwSignal::new(false);
    spawn_local(async move {
        drafts::keep_all(app).await;
        ask::<DeskLeave>(app, busy, Nothing {});
    });
}

// As people write an address, and read it aloud.
fn with_scheme(address: &str) -> String {
    if address.contains("://") { address.to_owned() } else { format!("https://{address}") }
}

fn choose(app: App) -> AnyView {
    let busy = RwSignal::new(false);
    let address = RwSignal::new(String::new());
    let practise = move || ask::<DeskPractice>(app, busy, Nothing {});
    let connect = move |event: SubmitEvent| {
        event.prevent_default();
        ask::<DeskConnect>(app, busy, Connect { address: with_scheme(address.get_untracked().trim()) });
    };
    view! {
        <h1>{t(K::StartTitle)}</h1>
        <p class="lead">{t(K::StartLead)}</p>
        <section class="choice" aria-labelledby="choice-practice">
            <h2 id="choice-practice">{t(K::StartPractice)}</h2>
            <p>{t(K::StartPracticeText)}</p>
            <button type="button" id=ids::PRACTICE class="primary" disabled=move || busy.get()
                on:click=move |_| practise()>
                {t(K::StartPracticeGo)}
            </button>
        </section>
        <section class="choice" aria-labelledby="choice-connect">
            <h2 id="choice-connect">{t(K::StartConnect)}</h2>
            <p>{t(K::StartConnectText)}</p>
            <form class="row" on:submit=connect>
                <label class="grow">
                    <span>{t(K::StartAddress)}</span>
                    <input id=ids::ADDRESS type="text" inputmode="url" required autocomplete="url" spellcheck="false"
                        aria-describedby="address-hint"
                        on:input=move |e| address.set(event_target_value(&e)) />
                </label>
                <button type="submit" id=ids::CONNECT disabled=move || busy.get()>{t(K::StartConnectGo)}</button>
            </form>
            <p class="hint" id="address-hint">{t(K::StartAddressHint)}</p>
        </section>
    }
    .into_any()
}

fn starting(now: StartStep) -> AnyView {
    const STEPS: [StartStep; 3] = [StartStep::Store, StartStep::Service, StartStep::Knowledge];
    let at = STEPS.iter().position(|s| *s == now).unwrap_or_default();
    view! {
        <h1>{t(K::StartingTitle)}</h1>
        <progress max="3" value=at.to_string() aria-label=t(K::StartingTitle)></progress>
        <ol class="steps" aria-live="polite">
            {STEPS
                .iter()
                .enumerate()
                .map(|(index, s)| {
                    let (class, word) = match index.cmp(&at) {
                        std::cmp::Ordering::Less => ("done", K::StartingDone),
                        std::cmp::Ordering::Equal => ("now", K::StartingNow),
                        std::cmp::Ordering::Greater => ("later", K::StartingLater),
                    };
                    view! { <li class=class><span>{step(*s)}</span><span class="quiet">{t(word)}</span></li> }
                })
                .collect_view()}
        </ol>
    }
    .into_any()
}

fn passphrase(app: App, new: bool) -> AnyView {
    let busy = RwSignal::new(false);
    let (phrase, again) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<K>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = phrase.get_untracked();
        if new && text.chars().count() < 12 {
            return wrong.set(Some(K::PassShort));
        }
        if new && text != again.get_untracked() {
            return wrong.set(Some(K::PassDiffers));
        }
        wrong.set(None);
        ask::<DeskUnlock>(app, busy, Unlock { passphrase: Personal::new(text) });
    };
    edge::focus(ids::PASSPHRASE);
    view! {
        <h1>{t(if new { K::PassTitleNew } else { K::PassTitle })}</h1>
        <p class="lead">{t(if new { K::PassTextNew } else { K::PassText })}</p>
        <form on:submit=submit>
            <label>
                <span>{t(K::PassLabel)}</span>
                <input id=ids::PASSPHRASE type="password" required
                    autocomplete=if new { "new-password" } else { "current-password" }
                    on:input=move |e| phrase.set(event_target_value(&e)) />
            </label>
            {new.then(|| view! {
                <label>
                    <span>{t(K::PassRepeat)}</span>
                    <input id=ids::PASSPHRASE_AGAIN type="password" required autocomplete="new-password"
                        on:input=move |e| again.set(event_target_value(&e)) />
                </label>
            })}
            <p class="wrong" role="alert">{move || wrong.get().map(t)}</p>
            <button type="submit" id=ids::UNLOCK class="primary" disabled=move || busy.get()>
                {t(if new { K::PassSet } else { K::PassOpen })}
            </button>
        </form>
    }
    .into_any()
}

fn stopped(app: App, code: Code) -> AnyView {
    let why = match code {
        Code::DiskFull => K::StoppedFull,
        Code::ContractMismatch => K::StoppedNewer,
        _ => K::StoppedOther,
    };
    let busy = RwSignal::new(false);
    let again = move |_| ask::<DeskTryAgain>(app, busy, Nothing {});
    view! {
        <h1>{t(K::StoppedTitle)}</h1>
        <p role="alert">{t(why)}</p>
        <button type="button" id="try-again" class="primary" on:click=again>{t(K::StoppedAgain)}</button>
    }
    .into_any()
}

fn key_missing() -> AnyView {
    view! { <h1>{t(K::KeyTitle)}</h1><p class="lead" role="alert">{t(K::KeyText)}</p> }.into_any()
}

fn sign_in(app: App, address: Option<String>) -> AnyView {
    let busy = RwSignal::new(false);
    let (user, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let in_desk = address.is_some();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        app.message.set(None);
        let request = SignInRequest {
            user: user.get_untracked().trim().to_owned(),
            password: Personal::new(password.get_untracked()),
        };
        spawn_local(async move {
            let reply = change::<SignIn>(new_id(), &request).await;
            busy.set(false);
            match reply {
                Ok(me) => boot::signed_in(app, me),
                Err(error) => {
                    // Nothing is tried again by itself here, and nobody can work on yet.
                    if error.code == Code::Unavailable {
                        app.tell(t(K::SigninUnavailable).to_owned());
                    } else {
                        app.fail(&error);
                    }
                    edge::focus(ids::PASSWORD);
                }
            }
        });
    };
    edge::focus(ids::USER);
    view! {
        <h1>{t(K::SigninTitle)}</h1>
        {address.map(|a| view! { <p class="lead">{tf(K::SigninTo, &[("address", &a)])}</p> })}
        <form on:submit=submit>
            <label>
                <span>{t(K::SigninUser)}</span>
                <input id=ids::USER type="text" required autocomplete="username" spellcheck="false"
                    autocapitalize="none" on:input=move |e| user.set(event_target_value(&e)) />
            </label>
            <label>
                <span>{t(K::SigninPassword)}</span>
                <input id=ids::PASSWORD type="password" required autocomplete="current-password"
                    on:input=move |e| password.set(event_target_value(&e)) />
            </label>
            <div class="row">
                <button type="submit" id=ids::SIGN_IN class="primary" disabled=move || busy.get()>
                    {t(K::SigninGo)}
                </button>
                {in_desk.then(|| view! {
                    <button type="button" class="plain" on:click=move |_| leave(app)>{t(K::SigninLeave)}</button>
                })}
            </div>
        </form>
    }
    .into_any()
}
