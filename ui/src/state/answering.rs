//! What a case officer writes of a case: an answer, or why it is given back. It stays through every change
//! of view, until it is sent.

use super::App;
use crate::signal::RwSignal;
use contract::domain::CaseId;
use contract::domain::contact::Channel;
use leptos::prelude::*;

/// The writing of one case.
#[derive(Clone, Copy)]
pub struct Answering {
    pub answer: RwSignal<String>,
    pub channel: RwSignal<Channel>,
    /// Why it is given back.
    pub reason: RwSignal<String>,
    pub giving_back: RwSignal<bool>,
}

impl Answering {
    fn new() -> Self {
        Self {
            answer: RwSignal::new(String::new()),
            channel: RwSignal::new(Channel::Call),
            reason: RwSignal::new(String::new()),
            giving_back: RwSignal::new(false),
        }
    }

    /// It has been sent.
    pub fn clear(self) {
        self.answer.set(String::new());
        self.reason.set(String::new());
        self.giving_back.set(false);
    }
}

/// What is written of a case; the same however often the case is shown.
pub fn of(app: App, case: CaseId) -> Answering {
    let known = app.answering.with_value(|all| all.iter().find(|(of, _)| *of == case).map(|(_, a)| *a));
    known.unwrap_or_else(|| {
        let new = app.rooted(Answering::new);
        app.answering.update_value(|all| all.push((case, new)));
        new
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domain::Timestamp;

    #[test]
    fn what_is_written_of_a_case_is_there_when_one_comes_back() {
        let owner = Owner::new();
        owner.set();
        let app = App::at(Timestamp(1));
        let case = |n: u8| CaseId::new(Timestamp(1), [n; 10]);
        let view = owner.child();
        view.with(|| of(app, case(1)).answer.set("Lov krävs".into()));
        view.cleanup();
        assert_eq!(of(app, case(2)).answer.get_untracked(), "");
        assert_eq!(of(app, case(1)).answer.get_untracked(), "Lov krävs");
        of(app, case(1)).clear();
        assert_eq!(of(app, case(1)).answer.get_untracked(), "");
    }
}
