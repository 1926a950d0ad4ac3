//! Lists of cases: one's own, and the group's.

use super::App;
use crate::i18n::{K, tf};
use crate::signal::RwSignal;
use crate::transport::query;
use contract::CasesList;
use contract::cases::{CaseList, CaseSummary, ListCases};
use contract::domain::CaseId;
use contract::domain::case::CaseStatus;
use contract::domain::rights::Role;
use leptos::task::spawn_local;

/// Reads one's own open cases.
pub fn read_mine(app: App) {
    let request = ListCases { list: CaseList::Mine, closed: false, after: None, limit: Some(50) };
    spawn_local(async move {
        if let Ok(page) = query::<CasesList>(request).await {
            app.mine.set(page.cases);
        }
    });
}

/// Reads the group's inbox.
pub fn read_inbox(app: App) {
    let closed = app.inbox_closed.get_untracked();
    let request = ListCases { list: CaseList::Inbox, closed, after: None, limit: Some(100) };
    spawn_local(async move {
        match query::<CasesList>(request).await {
            Ok(page) => app.inbox.set(page.cases),
            Err(error) => app.fail(&error),
        }
    });
}

/// A case changed.
pub fn changed(app: App, summary: CaseSummary) {
    app.changed.set(Some((summary.id, summary.version)));
    tell_owner(app, &summary);
    super::outgoing::numbered(app, summary.id, summary.number);
    if app.at_front() {
        place(app, app.mine, &summary, summary.status != CaseStatus::Closed, read_mine);
    }
    if app.has_role(&[Role::CaseOfficer]) {
        let keep = summary.status != CaseStatus::Closed || app.inbox_closed.get_untracked();
        place(app, app.inbox, &summary, keep, read_inbox);
    }
}

// A case in the list is changed where it stands: nothing moves under the hand. A new one is read in order.
fn place(app: App, list: RwSignal<Vec<CaseSummary>>, summary: &CaseSummary, keep: bool, read: fn(App)) {
    let known = list.with_untracked(|cases| cases.iter().any(|c| c.id == summary.id));
    match (known, keep) {
        (true, true) => list.update(|cases| {
            for case in cases.iter_mut().filter(|c| c.id == summary.id && c.version <= summary.version) {
                *case = summary.clone();
            }
        }),
        (true, false) => list.update(|cases| cases.retain(|c| c.id != summary.id)),
        (false, true) => read(app),
        (false, false) => {}
    }
}

fn tell_owner(app: App, summary: &CaseSummary) {
    let before = app.mine.with_untracked(|cases| cases.iter().find(|c| c.id == summary.id).map(|c| c.status));
    let number = summary.number.to_string();
    let text = match (before, summary.status) {
        (Some(CaseStatus::Accepted | CaseStatus::HandedOver), CaseStatus::Answered) => K::NoticeAnswered,
        (Some(CaseStatus::Accepted | CaseStatus::HandedOver), CaseStatus::Open) => K::NoticeReturned,
        _ => return,
    };
    app.tell(tf(text, &[("number", &number)]));
}

/// A case is no longer ours to see.
pub fn gone(app: App, case: CaseId) {
    app.mine.update(|cases| cases.retain(|c| c.id != case));
    app.inbox.update(|cases| cases.retain(|c| c.id != case));
    if app.chosen.get_untracked() == Some(case) {
        app.chosen.set(None);
    }
}
