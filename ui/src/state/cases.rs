//! Lists of cases: one's own, and the group's.

use super::App;
use crate::edge;
use crate::i18n::{self, K, tf};
use crate::signal::RwSignal;
use crate::transport::query;
use contract::CasesList;
use contract::cases::{CaseList, CaseSummary, ListCases};
use contract::domain::CaseId;
use contract::domain::alarm::AlarmStep;
use contract::domain::case::{CaseStatus, FrontStanding, WaitsFor};
use contract::domain::rights::Role;
use leptos::task::spawn_local;

/// Cases to a page.
const PAGE: u8 = 50;

/// Reads one's own open cases.
pub fn read_mine(app: App) {
    read(app, CaseList::Mine, false);
}

/// Reads the group's inbox.
pub fn read_inbox(app: App) {
    read(app, CaseList::Inbox, false);
}

/// Reads the page after what is shown; the caret goes to its first line.
pub fn read_more(app: App, list: CaseList) {
    read(app, list, true);
}

/// A list, and where its next page begins.
pub fn shown(app: App, list: CaseList) -> (RwSignal<Vec<CaseSummary>>, RwSignal<String>) {
    if list == CaseList::Inbox { (app.inbox, app.inbox_next) } else { (app.mine, app.mine_next) }
}

// As much as was shown before is shown again: nobody who has paged on is thrown back.
/// Reads a list: from its beginning, or what comes after what is shown.
pub fn read(app: App, list: CaseList, more: bool) {
    let (cases, next) = shown(app, list);
    let closed = app.closed_too.get_untracked();
    spawn_local(async move {
        let (mut read, mut after) = (Vec::new(), Some(next.get_untracked()).filter(|_| more));
        loop {
            let request = ListCases { list, closed, after, limit: Some(PAGE) };
            let page = match query::<CasesList>(request).await {
                Ok(page) => page,
                Err(error) if more || list == CaseList::Inbox => return app.fail(&error),
                Err(_) => return,
            };
            if more {
                read = cases.get_untracked();
            }
            let mut first = None;
            for case in page.cases {
                if !read.iter().any(|known: &CaseSummary| known.id == case.id) {
                    first = first.or(Some(case.id));
                    insert(&mut read, case);
                }
            }
            after = page.next;
            if more && let Some(first) = first {
                edge::focus_found(format!("li [data-case=\"{first}\"]"));
            }
            if more || after.is_none() || read.len() >= cases.with_untracked(Vec::len) {
                break;
            }
        }
        cases.set(read);
        next.set(after.unwrap_or_default());
    });
}

/// No group accepted a case of ours in time.
pub fn not_accepted(app: App, summary: CaseSummary) {
    let number = summary.number.to_string();
    changed(app, summary);
    app.tell(tf(K::NoticeNotAccepted, &[("number", &number)]));
}

/// An alarm of a case was raised that is ours to act on.
pub fn alarm(app: App, summary: CaseSummary) {
    let number = summary.number.to_string();
    let what = summary.alarm.as_ref().map(|alarm| i18n::alarm(alarm, app.now.get_untracked()));
    changed(app, summary);
    if let Some(what) = what {
        app.tell(tf(K::NoticeAlarm, &[("number", &number), ("what", &what)]));
    }
}

// What presses stands first; the rest as it came. Later changes move nothing.
fn insert(cases: &mut Vec<CaseSummary>, case: CaseSummary) {
    let rank = rank(&case);
    let at = cases.iter().position(|known| self::rank(known) > rank).unwrap_or(cases.len());
    cases.insert(at, case);
}

fn rank(case: &CaseSummary) -> u8 {
    match &case.alarm {
        _ if case.not_accepted => 0,
        Some(alarm) if alarm.step != AlarmStep::Soon => 0,
        Some(_) => 1,
        None => case.rest.map_or(2, |rest| if rest.over { 1 } else { 3 }),
    }
}

/// A case changed.
pub fn changed(app: App, summary: CaseSummary) {
    app.changed.set(Some((summary.id, summary.version)));
    let own = app.me.with_untracked(|me| me.as_ref().is_some_and(|me| me.name == summary.owner_name));
    tell_owner(app, &summary, own);
    super::outgoing::numbered(app, summary.id, summary.number);
    let closed_too = app.closed_too.get_untracked();
    if app.at_front() && own {
        place(app, app.mine, &summary, closed_too || summary.front != FrontStanding::Closed, read_mine);
    }
    if app.has_role(&[Role::CaseOfficer]) {
        let keep = closed_too || summary.status != CaseStatus::Closed;
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

fn tell_owner(app: App, summary: &CaseSummary, own: bool) {
    let known = |cases: &Vec<CaseSummary>| {
        cases.iter().find(|c| c.id == summary.id).map(|c| (c.status, c.rest != summary.rest, c.waits_for))
    };
    let known = app.mine.with_untracked(known);
    let (before, rest_changed) = known.map(|(status, rest, _)| (status, rest)).unzip();
    let asks = summary.waits_for == Some(WaitsFor::Front);
    let asked = own && asks && known.is_none_or(|(.., waits)| waits != summary.waits_for);
    let back = rest_changed == Some(true) && summary.rest.is_some_and(|rest| rest.over);
    let number = summary.number.to_string();
    let text = match (before, summary.status) {
        _ if back => K::NoticeRestOver,
        _ if asked => K::NoticeAsked,
        // Unless the group asks.
        (_, CaseStatus::Confirming)
            if own && before != Some(CaseStatus::Confirming) && summary.front == FrontStanding::Open =>
        {
            K::NoticeConfirm
        }
        (Some(CaseStatus::Accepted | CaseStatus::HandedOver), CaseStatus::Answered) => K::NoticeAnswered,
        (Some(CaseStatus::Accepted | CaseStatus::HandedOver), CaseStatus::Open) => K::NoticeReturned,
        // It was closed for us, and is not any more: registered, sent, left and given back are four events.
        (None, CaseStatus::Open) if own && summary.version >= 4 => K::NoticeReturned,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Message;
    use contract::session::Me;
    use leptos::prelude::Owner;
    use serde_json::json;

    const ID: &str = "019cd6f3-d880-7000-8000-000000000001";

    fn summary(owner: &str, status: &str, front: &str, version: u32) -> CaseSummary {
        serde_json::from_value(json!({
            "id": ID, "version": version, "number": { "year": 2026, "serial": 1 }, "case_type": "bygglov",
            "status": status, "front": front, "not_accepted": false, "subject": null, "customer": null,
            "channel": "call", "group": null, "response_due": null, "registered_at": 1, "owner_name": owner,
        }))
        .unwrap()
    }

    fn told(app: App) -> Option<String> {
        app.message.with_untracked(|message| match message {
            Some(Message::Told(text)) => Some(text.clone()),
            _ => None,
        })
    }

    fn anna() -> App {
        let app = App::at(contract::domain::Timestamp(1));
        app.me.set(Some(Me {
            id: ID.parse().unwrap(),
            user: "anna".into(),
            name: "Anna".into(),
            roles: vec![Role::Agent],
            group: "kontaktcenter".parse().unwrap(),
            has_phone: true,
            bearer: None,
        }));
        app
    }

    #[test]
    fn a_case_that_is_closed_at_the_front_leaves_ones_own_and_one_that_rests_stays() {
        let owner = Owner::new();
        owner.set();
        let app = anna();
        app.mine.set(vec![summary("Anna", "leaving", "open", 2)]);
        changed(app, summary("Anna", "handed_over", "parked", 3));
        assert_eq!(app.mine.with_untracked(|all| all[0].front), FrontStanding::Parked);
        changed(app, summary("Anna", "accepted", "closed", 4));
        assert!(app.mine.with_untracked(Vec::is_empty));
    }

    #[test]
    fn one_that_nobody_accepted_is_told_of_with_its_number() {
        let owner = Owner::new();
        owner.set();
        let app = anna();
        app.mine.set(vec![summary("Anna", "handed_over", "parked", 3)]);
        let back = CaseSummary { not_accepted: true, ..summary("Anna", "open", "open", 4) };
        not_accepted(app, back);
        assert!(app.mine.with_untracked(|all| all[0].not_accepted));
        assert_eq!(told(app), Some(tf(K::NoticeNotAccepted, &[("number", "2026-000001")])));
    }

    fn alarmed(step: &str, version: u32) -> CaseSummary {
        let alarm = json!({ "kind": "response", "step": step, "due": 1, "acknowledged_by": null });
        let alarm = Some(serde_json::from_value(alarm).unwrap());
        CaseSummary { alarm, ..summary("Anna", "accepted", "open", version) }
    }

    #[test]
    fn an_alarm_is_told_and_marks_the_case_at_the_version_that_is_shown() {
        let owner = Owner::new();
        owner.set();
        let app = anna();
        app.mine.set(vec![summary("Anna", "accepted", "open", 4)]);
        alarm(app, alarmed("overdue", 4));
        assert_eq!(app.mine.with_untracked(|all| all[0].alarm.clone()), alarmed("overdue", 4).alarm);
        let words = told(app).unwrap();
        assert!(words.starts_with("2026-000001: Förfallet: svara kunden senast"), "{words}");
    }

    #[test]
    fn what_presses_stands_first_and_the_rest_as_it_came() {
        let expired = CaseSummary { not_accepted: true, ..summary("Anna", "open", "open", 5) };
        let cases = [
            summary("Anna", "open", "open", 1),
            alarmed("soon", 2),
            summary("Anna", "open", "open", 3),
            alarmed("owner", 4),
            expired,
        ];
        let mut read = Vec::new();
        cases.into_iter().for_each(|case| insert(&mut read, case));
        let order: Vec<u32> = read.iter().map(|case| case.version).collect();
        assert_eq!(order, [4, 5, 2, 1, 3]);
    }

    #[test]
    fn a_colleagues_case_is_nothing_to_read_ones_own_for() {
        let owner = Owner::new();
        owner.set();
        let app = anna();
        // Reading would need a host.
        changed(app, summary("Bo", "open", "open", 4));
        assert_eq!((app.mine.with_untracked(Vec::len), told(app)), (0, None));
    }
}
