//! Notifications of the operating system. They carry no name and no number: a screen is seen by many,
//! and the notification server keeps what it was told (invariant 5).

use contract::cases::CaseSummary;
use contract::domain::CaseId;
use contract::domain::alarm::AlarmStep;
use contract::domain::case::CaseStatus;
use contract::phone::CallState;
use contract::{Call, Event};
use desk::Desk;
use notify_rust::{Notification, NotificationHandle, Urgency};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The interface's own texts: what a person reads is translated in one place.
const SWEDISH: &str = include_str!("../../ui/locales/sv.json");
const ENGLISH: &str = include_str!("../../ui/locales/en.json");

/// What is worth a notification while the window is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// A call is offered.
    Offered,
    /// A case that the agent handed over has been answered.
    Answered,
    /// A case that the agent handed over was accepted by nobody, and is back.
    NotAccepted,
    /// A deadline is near that is theirs to keep.
    Soon,
    /// It is past.
    Overdue,
}

impl Worth {
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Offered => ("notification.offered", "notification.offered_body"),
            Self::Answered => ("notification.answered", "notification.answered_body"),
            Self::NotAccepted => ("notification.not_accepted", "notification.not_accepted_body"),
            Self::Soon => ("notification.soon", "notification.soon_body"),
            Self::Overdue => ("notification.overdue", "notification.overdue_body"),
        }
    }
}

/// What is to be done about notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Show one, marked when nothing of it is real.
    Show {
        /// What.
        worth: Worth,
        /// Only practice (D-P1).
        practice: bool,
    },
    /// The offer is over: nobody may come running for it.
    Withdraw,
}

/// What has been told, so that each thing is told once.
#[derive(Debug, Default)]
pub struct Seen {
    offered: Option<u64>,
    cases: HashMap<CaseId, CaseStatus>,
    /// The signed-in person's name, as cases name their owner.
    name: Option<String>,
    practice: bool,
}

impl Seen {
    /// Learns what happened; gives what is to be done.
    pub fn learn(&mut self, event: &Event) -> Option<Order> {
        match event {
            Event::PhoneChanged(phone) => {
                let offered = phone.calls.iter().find(|c| c.state == CallState::Ringing).map(|c| c.number);
                if offered == self.offered {
                    return None;
                }
                self.offered = offered;
                Some(offered.map_or(Order::Withdraw, |_| self.show(Worth::Offered)))
            }
            Event::CaseChanged(CaseSummary { id, status, owner_name, .. }) => {
                let before = self.cases.insert(*id, *status);
                let is_answered =
                    |status| matches!(status, Some(CaseStatus::Answered | CaseStatus::Confirming));
                let answered = is_answered(Some(*status)) && !is_answered(before);
                // The officer who answers has no need to be told.
                let own = self.name.as_deref() == Some(owner_name.expose().as_str());
                (answered && own).then(|| self.show(Worth::Answered))
            }
            // Told to its owner alone.
            Event::CaseNotAccepted(_) => Some(self.show(Worth::NotAccepted)),
            // Told to those concerned alone: the group's officers first.
            Event::CaseAlarm(CaseSummary { alarm: Some(alarm), .. }) => {
                let soon = alarm.step == AlarmStep::Soon;
                Some(self.show(if soon { Worth::Soon } else { Worth::Overdue }))
            }
            Event::DeskChanged(desk) => {
                self.name = desk.me.as_ref().map(|me| me.name.expose().clone());
                self.practice = desk.practice;
                None
            }
            _ => None,
        }
    }

    const fn show(&self, worth: Worth) -> Order {
        Order::Show { worth, practice: self.practice }
    }
}

/// The way to whoever shows them, one after the other.
pub struct Notifications(UnboundedSender<Order>);

impl Notifications {
    /// Begins to show what it is told, in the language chosen in the desk's settings.
    pub fn start(desk: Desk) -> Self {
        let (orders, received) = unbounded_channel();
        tauri::async_runtime::spawn(follow(desk, received));
        Self(orders)
    }

    /// Has it done.
    pub fn order(&self, order: Order) {
        if self.0.send(order).is_err() {
            tracing::warn!("nobody shows notifications any more");
        }
    }
}

async fn follow(desk: Desk, mut orders: UnboundedReceiver<Order>) {
    let mut offer = None;
    while let Some(order) = orders.recv().await {
        match order {
            Order::Show { worth, practice } => {
                let shown = show(worth, practice, &desk).await;
                if worth == Worth::Offered {
                    offer = shown;
                }
            }
            Order::Withdraw => {
                if let Some(shown) = offer.take() {
                    withdraw(shown).await;
                }
            }
        }
    }
}

async fn show(worth: Worth, practice: bool, desk: &Desk) -> Option<NotificationHandle> {
    let texts = texts(&language(desk).await);
    let text = |key: &str| texts.get(key).map_or("", String::as_str);
    let (summary, body) = worth.keys();
    let practice = if practice { text("notification.practice") } else { "" };
    let mut notification = Notification::new();
    notification.appname("Svarsplats").summary(&format!("{practice}{}", text(summary))).body(text(body));
    if worth == Worth::Offered {
        notification.urgency(Urgency::Critical);
    }
    match notification.show_async().await {
        Ok(handle) => Some(handle),
        Err(_) => {
            tracing::info!("no notification server");
            None
        }
    }
}

async fn withdraw(shown: NotificationHandle) {
    #[cfg(target_os = "linux")]
    shown.close_async().await;
    #[cfg(not(target_os = "linux"))]
    drop(shown);
}

/// `sv` unless the settings say otherwise.
async fn language(desk: &Desk) -> String {
    let call = Call { id: None, payload: serde_json::json!({}), waited: 0 };
    let settings = desk.rpc("settings.get", call).await.ok();
    let chosen = settings.and_then(|settings| Some(settings.get("locale")?.as_str()?.to_owned()));
    chosen.unwrap_or_else(|| "sv".to_owned())
}

fn texts(language: &str) -> BTreeMap<String, String> {
    let file = if language == "en" { ENGLISH } else { SWEDISH };
    serde_json::from_str(file).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_texts() {
        for language in ["sv", "en"] {
            let texts = texts(language);
            let worths = [Worth::Offered, Worth::Answered, Worth::NotAccepted, Worth::Soon, Worth::Overdue];
            for key in worths.into_iter().map(Worth::keys).flat_map(|(a, b)| [a, b]) {
                assert!(texts.get(key).is_some_and(|text| !text.is_empty()), "{language}: {key}");
            }
            assert!(texts.contains_key("notification.practice"));
        }
    }

    fn phone(state: &str) -> Event {
        let call = serde_json::json!({
            "number": 1, "direction": "incoming", "state": { "state": state }, "remote": "", "remote_name": null,
            "contact": "0198f1c2-0000-7000-8000-000000000001", "since": 0, "muted": false, "held": false,
            "held_by_remote": false,
        });
        let view = serde_json::json!({ "registration": "registered", "calls": [call] });
        Event::PhoneChanged(serde_json::from_value(view).unwrap())
    }

    fn case(status: &str) -> CaseSummary {
        let case = serde_json::json!({
            "id": "0198f1c2-0000-7000-8000-000000000001", "version": 3, "number": { "year": 2026, "serial": 1 },
            "case_type": "bygglov", "status": status, "subject": null, "customer": null, "channel": "call",
            "group": null, "response_due": null, "registered_at": 1, "owner_name": "Anna",
        });
        serde_json::from_value(case).unwrap()
    }

    #[test]
    fn an_answer_is_told_once_to_the_owner_also_when_the_customer_is_then_asked() {
        let mut seen = Seen { name: Some("Anna".into()), ..Seen::default() };
        let told = Some(Order::Show { worth: Worth::Answered, practice: false });
        assert_eq!(seen.learn(&Event::CaseChanged(case("accepted"))), None);
        assert_eq!(seen.learn(&Event::CaseChanged(case("confirming"))), told);
        assert_eq!(seen.learn(&Event::CaseChanged(case("confirming"))), None);
        let mut other = Seen { name: Some("Bo".into()), ..Seen::default() };
        assert_eq!(other.learn(&Event::CaseChanged(case("answered"))), None);
    }

    #[test]
    fn a_case_that_nobody_accepted_is_told() {
        let told = Order::Show { worth: Worth::NotAccepted, practice: false };
        assert_eq!(Seen::default().learn(&Event::CaseNotAccepted(case("open"))), Some(told));
    }

    #[test]
    fn an_alarm_is_told_as_near_or_as_past() {
        let alarm = |step: &str| {
            let alarm =
                serde_json::json!({ "kind": "response", "step": step, "due": 1, "acknowledged_by": null });
            let alarm = Some(serde_json::from_value(alarm).unwrap());
            Event::CaseAlarm(CaseSummary { alarm, ..case("accepted") })
        };
        for (step, worth) in [("soon", Worth::Soon), ("overdue", Worth::Overdue), ("lead", Worth::Overdue)] {
            let told = Order::Show { worth, practice: false };
            assert_eq!(Seen::default().learn(&alarm(step)), Some(told), "{step}");
        }
    }

    #[test]
    fn an_offer_is_told_once_and_taken_back_when_it_is_over() {
        let mut seen = Seen::default();
        let offered = Order::Show { worth: Worth::Offered, practice: false };
        assert_eq!(seen.learn(&phone("ringing")), Some(offered));
        assert_eq!(seen.learn(&phone("ringing")), None);
        assert_eq!(seen.learn(&phone("in_call")), Some(Order::Withdraw));
        assert_eq!(seen.learn(&phone("in_call")), None);
    }
}
