//! Notifications of the operating system. They carry no name and no number: a screen is seen by many,
//! and the notification server keeps what it was told (invariant 5).

use notify_rust::{Notification, Urgency};

/// What is worth a notification while the window is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// A call is offered.
    Offered,
    /// A case that was handed over has been answered.
    Answered,
}

/// Shows it in the interface's language.
pub async fn show(what: Worth, swedish: bool, practice: bool) {
    let (summary, body) = match (what, swedish) {
        (Worth::Offered, true) => ("Samtal väntar på dig", "Öppna Svarsplats för att svara."),
        (Worth::Offered, false) => ("A call is waiting for you", "Open Svarsplats to answer."),
        (Worth::Answered, true) => ("Ett ärende är besvarat", "Svarsgruppen har svarat kunden."),
        (Worth::Answered, false) => {
            ("A case has been answered", "The response group has answered the customer.")
        }
    };
    let mark = match (practice, swedish) {
        (false, _) => "",
        (true, true) => "Övning: ",
        (true, false) => "Practice: ",
    };
    let mut notification = Notification::new();
    notification.appname("Svarsplats").summary(&format!("{mark}{summary}")).body(body);
    if what == Worth::Offered {
        notification.urgency(Urgency::Critical);
    }
    if notification.show_async().await.is_err() {
        tracing::info!("no notification server");
    }
}
