//! What the host pushes.

use super::{app, boot, cases, drafts, outgoing, phone};
use crate::i18n::{K, t};
use contract::Event;

/// Takes an event.
pub fn on(event: Event) {
    let app = app();
    match event {
        Event::QueueChanged(status) => {
            app.queues.update(|queues| match queues.iter_mut().find(|queue| queue.queue == status.queue) {
                Some(queue) => *queue = status,
                None => queues.push(status),
            })
        }
        Event::AgentChanged(agent) => {
            app.learn_clock(agent.now);
            app.agent.set(Some(agent));
        }
        Event::CaseChanged(summary) => cases::changed(app, summary),
        Event::CaseNotAccepted(summary) => cases::not_accepted(app, summary),
        Event::CaseAlarm(summary) => cases::alarm(app, summary),
        Event::CaseGone { case_id } => cases::gone(app, case_id),
        Event::KnowledgeChanged { .. } => boot::resync(app),
        Event::Resync => boot::resync(app),
        Event::SignedOut => {
            boot::forget(app);
            if !app.capabilities().offline {
                app.show(super::Screen::SignIn(None));
            }
        }
        Event::PhoneChanged(view) => phone::take(app, view),
        Event::DeskChanged(view) => app.take_desk(*view),
        Event::ChangeSent(sent) => outgoing::sent(app, sent),
        Event::DraftsChanged => leptos::task::spawn_local(drafts::restore(app)),
        Event::CloseRefused => app.tell(t(K::CloseRefused).to_owned()),
        Event::ResidentSaid(words) => phone::resident_said(app, words),
        Event::MicrophoneLevel(level) => app.level.set(level),
        Event::DialRequested { number } => phone::dial_requested(app, number),
    }
}

/// A browser's stream stands, or was lost; when it stands again everything is read again.
pub fn connected(stands: bool) {
    let app = app();
    if stands && !app.streaming.get_untracked() {
        boot::resync(app);
    }
    app.streaming.set(stands);
}
