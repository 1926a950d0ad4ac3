//! The start: who is the host, how does it stand, and what to read when work begins.

use super::{App, Screen, View, app, cases, drafts, events, phone, structure};
use crate::state::once::new_id;
use crate::transport::{listen, query, query_as, read, ready, tell};
use crate::{edge, ids};
use contract::agents::QueueStatus;
use contract::desk::Settings;
use contract::domain::rights::Role;
use contract::phone::PhoneView;
use contract::session::{Hello, Me};
use contract::{
    AgentStateGet, Code, DeskState, HandshakeCommand, Nothing, PhoneState, QueuesList, SettingsGet,
    SettingsSave, SignOut, StructureGet, WhoAmI,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// The name of a browser's own settings; a desk keeps its settings itself.
const SETTINGS: &str = "svarsplats-settings";

/// Begins. Called once.
pub fn begin(app: App) {
    set_interval(move || app.now.set(app.service_now()), std::time::Duration::from_secs(1));
    app.take_settings(edge::kept(SETTINGS).as_deref().and_then(read).unwrap_or_default());
    Effect::new(move |told: Option<bool>| {
        // One can act: neither of these is more than a word that it is under way.
        let known = app.screen.with(|s| !matches!(s, Screen::Loading | Screen::Starting(_)));
        if known && told != Some(true) {
            edge::after_two_frames(ready);
        }
        known || told == Some(true)
    });
    spawn_local(greet(app));
}

async fn greet(app: App) {
    let handshake = match query::<HandshakeCommand>(Hello { contract: contract::CONTRACT }).await {
        Ok(handshake) => handshake,
        Err(error) => return retry(app, error.code),
    };
    let desk = handshake.capabilities.offline;
    let same = handshake.contract == contract::CONTRACT;
    app.handshake.set(Some(handshake));
    if !same {
        return app.screen.set(Screen::Failed(Code::ContractMismatch));
    }
    if desk {
        listen(events::on, |_| ());
        // Both at once; the desk's state is taken the moment it comes, before any event that is newer.
        let (settings, state) = (query::<SettingsGet>(Nothing {}), query::<DeskState>(Nothing {}));
        spawn_local(async move {
            if let Ok(settings) = settings.await {
                app.take_settings(settings);
            }
        });
        match state.await {
            Ok(view) => app.take_desk(view),
            Err(error) => retry(app, error.code),
        }
    } else {
        match query::<WhoAmI>(Nothing {}).await {
            Ok(me) => signed_in(app, me),
            Err(error) if error.code == Code::Unavailable => retry(app, error.code),
            Err(_) => app.show(Screen::SignIn(None)),
        }
    }
}

fn retry(app: App, code: Code) {
    app.screen.set(Screen::Failed(code));
    if code.passes_by_itself() {
        edge::after(3_000, move || spawn_local(greet(app)));
    }
}

/// Somebody has signed in.
pub fn signed_in(app: App, me: Me) {
    // What is typed stays for the same person alone.
    if app.me.with_untracked(|before| before.as_ref().is_some_and(|before| before.id != me.id)) {
        forget(app);
    }
    app.me.set(Some(me));
    app.message.set(None);
    if app.capabilities().offline {
        // The desk says by itself when it is ready; asked once in case the event came first.
        spawn_local(async move {
            if let Ok(view) = query::<DeskState>(Nothing {}).await {
                app.take_desk(view);
            }
        });
    } else {
        listen(events::on, events::connected);
        app.show(Screen::Ready);
    }
}

/// Work begins: reads everything.
pub fn enter(app: App) {
    spawn_local(async move {
        if app.me.get_untracked().is_none()
            && let Ok(me) = query::<WhoAmI>(Nothing {}).await
        {
            app.me.set(Some(me));
        }
        let officer = app.has_role(&[Role::CaseOfficer]);
        let inbox = officer && !app.at_front();
        app.view.set(if inbox { View::Inbox } else { View::Desk });
        if inbox {
            // The door has gone with what had the caret: the next Tab leads to the first case.
            edge::focus(ids::INBOX_PANE);
        }
        read_all(app);
        drafts::restore(app).await;
        phone::take(app, app.phone.get_untracked());
    });
}

/// Reads everything that is pushed afterwards.
pub fn read_all(app: App) {
    spawn_local(async move {
        match query_as::<StructureGet, structure::Reply>(Nothing {}).await {
            Ok(reply) => app.structure.set(Arc::new(reply.structure)),
            Err(error) => app.fail(&error),
        }
    });
    if app.at_front() {
        spawn_local(async move {
            if let Ok(agent) = query::<AgentStateGet>(Nothing {}).await {
                phone::take_agent(app, agent);
            }
            if let Ok(queues) = query::<QueuesList>(Nothing {}).await {
                app.queues.update(|known| *known = newest(known, queues));
            }
        });
        cases::read_mine(app);
    }
    if app.has_role(&[Role::CaseOfficer]) {
        cases::read_inbox(app);
    }
    if app.capabilities().phone {
        phone::look_up_again(app);
        spawn_local(async move {
            if let Ok(view) = query::<PhoneState>(Nothing {}).await {
                phone::take(app, view);
            }
        });
    }
}

/// What was read, but for queues of which something newer has been pushed meanwhile.
fn newest(known: &[QueueStatus], mut read: Vec<QueueStatus>) -> Vec<QueueStatus> {
    for queue in &mut read {
        let pushed = known.iter().find(|other| other.queue == queue.queue && other.now > queue.now);
        if let Some(pushed) = pushed {
            *queue = pushed.clone();
        }
    }
    read
}

/// Signs out.
pub fn sign_out(app: App) {
    spawn_local(async move {
        drafts::keep_all(app).await;
        // Refused in a call, and without the service: then everything stays as it is.
        if let Err(error) = tell::<SignOut>(new_id(), &Nothing {}).await {
            return app.fail(&error);
        }
        forget(app);
        if !app.capabilities().offline {
            app.show(Screen::SignIn(None));
        }
    });
}

/// The session is over: what belonged to it leaves the window; drafts lie with the desk.
pub fn forget(app: App) {
    app.dialog.set(None);
    app.me.set(None);
    app.agent.set(None);
    app.tabs.set(Vec::new());
    app.tab.set(None);
    app.mine.set(Vec::new());
    app.inbox.set(Vec::new());
    app.mine_next.set(String::new());
    app.inbox_next.set(String::new());
    app.chosen.set(None);
    app.outgoing.set(Vec::new());
    app.matches.set(Vec::new());
    app.phone.update(|phone| phone.calls.clear());
    app.said.set(Vec::new());
    app.dialling.set(String::new());
    app.keyed.set((0, String::new()));
    app.answering.set_value(Vec::new());
    // Who called is for whoever took the calls.
    app.phone.set(PhoneView::default());
    app.said.set(Vec::new());
    app.dialling.set(String::new());
    app.restored.set(false);
}

/// Keeps settings, and takes them at once.
pub fn keep_settings(settings: Settings) {
    let app = app();
    app.take_settings(settings.clone());
    if !app.capabilities().offline {
        // Nobody's data: language, colours and keys of this browser.
        edge::keep(SETTINGS, &serde_json::to_string(&settings).unwrap_or_default());
        return;
    }
    spawn_local(async move {
        if let Err(error) = tell::<SettingsSave>(new_id(), &settings).await {
            app.fail(&error);
        }
    });
}

/// Work is over, however the window came to know. What was written here is nobody's elsewhere: where another place is
/// chosen it was kept before, and goes at once.
pub fn leave_work(app: App, elsewhere: bool) {
    if elsewhere {
        return forget(app);
    }
    spawn_local(async move {
        drafts::keep_all(app).await;
        forget(app);
    });
}

/// An event that begins everything anew.
pub fn resync(app: App) {
    if app.screen.get_untracked() == Screen::Ready {
        read_all(app);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::drafts::{Tab, TabKind};
    use contract::desk::{Connection, DeskView, Phase};
    use contract::domain::{CaseId, Timestamp};

    #[test]
    fn what_was_written_in_one_place_is_not_there_when_another_is_chosen() {
        let owner = Owner::new();
        owner.set();
        let app = App::at(Timestamp(1));
        app.screen.set(Screen::Ready);
        let tab = Tab { key: CaseId::new(Timestamp(1), [1; 10]), kind: TabKind::Case };
        app.tabs.set(vec![tab]);
        app.take_desk(DeskView {
            phase: Phase::Choose,
            practice: false,
            municipality: None,
            connection: Connection::None,
            unsent: 0,
            refused: 0,
            of_others: 0,
            knowledge_from: None,
            me: None,
            notices: Vec::new(),
        });
        assert!(app.screen.get_untracked() == Screen::Choose && app.tabs.with_untracked(Vec::is_empty));
    }

    #[test]
    fn who_called_and_what_was_written_is_not_there_for_the_next_who_signs_in() {
        let owner = Owner::new();
        owner.set();
        let app = App::at(Timestamp(1));
        app.phone.set(PhoneView { sequence: 7, ..PhoneView::default() });
        app.dialling.set("0701740605".to_owned());
        let written = crate::state::answering::begun(app, CaseId::new(Timestamp(1), [1; 10]));
        forget(app);
        assert_eq!(app.phone.get_untracked(), PhoneView::default());
        assert_eq!(app.dialling.get_untracked(), "");
        assert!(written.save(app).is_none(), "nor is it kept as theirs");
    }
}
