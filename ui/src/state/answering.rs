//! What is written of a registered case and not sent: an answer, or why it is given back. It stays through
//! every change of view, and through a reload of the page: the desk keeps it in its store, the service for a
//! browser, whose own disk is no place for it.

use super::App;
use super::keeping::{self, AGAIN, Keeping, Saved, Saving};
use super::once::new_id;
use crate::edge;
use crate::signal::RwSignal;
use crate::transport::{query, tell};
use contract::cases::{AnswerDraft, GetCase};
use contract::domain::contact::Channel;
use contract::domain::handoff::{CaseText, Include};
use contract::domain::{CaseId, Personal};
use contract::{AnswerDraftGet, AnswerDraftKeep, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// What is asked before something is done with a case.
#[derive(Clone, Copy, PartialEq)]
pub enum Asks {
    /// Why it is given back.
    GiveBack,
    /// What the customer is not satisfied with.
    Satisfied,
    /// What the customer of a closed case is not satisfied with.
    Reopen,
    /// Until when it rests.
    Rest,
    /// Which colleague takes it.
    Assign,
    /// Who is asked, and what.
    Ask,
    /// What was answered.
    Reply,
    /// Why a question is withdrawn.
    Withdraw,
    /// Which group is told for information.
    Inform,
}

/// The writing of one case.
#[derive(Clone, Copy)]
pub struct Answering {
    case: CaseId,
    pub answer: RwSignal<String>,
    pub channel: RwSignal<Channel>,
    /// Why it is given back.
    pub reason: RwSignal<String>,
    pub giving_back: RwSignal<bool>,
    /// What is asked, when it is another thing than the case's own key asks.
    pub asks: RwSignal<Option<Asks>>,
    /// What is chosen beside it: a day, a reason, a colleague.
    pub chosen: RwSignal<String>,
    /// The day by which an opinion is wanted.
    pub day: RwSignal<String>,
    /// What a group that is asked or told may read, when it is not the usual.
    pub include: RwSignal<Option<Include>>,
    /// What was kept of it has been read: from here it can be written.
    pub ready: RwSignal<bool>,
    pub keeping: Keeping,
    /// The texts anew, while they are changed.
    pub texts: RwSignal<Option<CaseText>>,
    pub rewriting: RwSignal<bool>,
}

impl Answering {
    fn new(case: CaseId) -> Self {
        Self {
            case,
            answer: RwSignal::new(String::new()),
            channel: RwSignal::new(Channel::Call),
            reason: RwSignal::new(String::new()),
            giving_back: RwSignal::new(false),
            asks: RwSignal::new(None),
            chosen: RwSignal::new(String::new()),
            day: RwSignal::new(String::new()),
            include: RwSignal::new(None),
            ready: RwSignal::new(false),
            keeping: Keeping::new(Saved::Nothing),
            texts: RwSignal::new(None),
            rewriting: RwSignal::new(false),
        }
    }

    /// Something was typed or chosen.
    pub fn typed(self, app: App) {
        self.keeping.typed(app, Rc::new(move || self.save(app)));
    }

    /// It has been sent.
    pub fn clear(self) {
        self.answer.set(String::new());
        self.reason.set(String::new());
        self.done();
        self.rewriting.set(false);
        self.keeping.sent();
    }

    /// A question, or the answer to one, has been sent: what is written to the customer stays.
    pub fn asked(self) {
        self.reason.set(String::new());
        self.done();
    }

    /// Keeps what is left in the window: what was kept of it goes with what is sent.
    pub fn keep_rest(self, app: App) {
        if !self.draft().is_empty() {
            self.typed(app);
        }
    }

    /// What was chosen has been sent, and what is written stays.
    pub fn done(self) {
        self.chosen.set(String::new());
        self.day.set(String::new());
        self.include.set(None);
        self.giving_back.set(false);
        self.asks.set(None);
    }

    /// Begins to keep it as it stands, unless its writer has left.
    pub fn save(self, app: App) -> Option<Saving> {
        let open = app.answering.with_value(|all| all.iter().any(|(case, _)| *case == self.case));
        open.then(|| keeping::saving(app, tell::<AnswerDraftKeep>(new_id(), &self.draft())))
    }

    fn draft(self) -> AnswerDraft {
        AnswerDraft {
            case_id: self.case,
            answer: Personal::new(self.answer.get_untracked()),
            channel: Some(self.channel.get_untracked()),
            reason: Personal::new(self.reason.get_untracked()),
        }
    }

    fn take(self, kept: AnswerDraft) {
        self.giving_back.set(!kept.reason.expose().is_empty());
        self.answer.set(kept.answer.into_inner());
        self.reason.set(kept.reason.into_inner());
        if let Some(channel) = kept.channel {
            self.channel.set(channel);
        }
        self.ready.set(true);
    }

    fn read(self) {
        spawn_local(async move {
            match query::<AnswerDraftGet>(GetCase { case_id: self.case }).await {
                Ok(kept) => self.take(kept),
                Err(error) if error.code == Code::Unavailable => edge::after(AGAIN, move || self.read()),
                Err(_) => self.ready.set(true),
            }
        });
    }
}

/// What is written of a case; the same however often the case is shown.
pub fn of(app: App, case: CaseId) -> Answering {
    known(app, case).unwrap_or_else(|| {
        let new = begun(app, case);
        new.read();
        new
    })
}

fn known(app: App, case: CaseId) -> Option<Answering> {
    app.answering.with_value(|all| all.iter().find(|(of, _)| *of == case).map(|(_, a)| *a))
}

/// The writing of a case of which nothing is known yet.
pub fn begun(app: App, case: CaseId) -> Answering {
    let new = app.rooted(|| Answering::new(case));
    app.answering.update_value(|all| all.push((case, new)));
    new
}

/// Those of which something is not on disk.
pub fn behind(app: App) -> Vec<Answering> {
    let all = app.answering.with_value(|all| all.iter().map(|(_, a)| *a).collect::<Vec<_>>());
    all.into_iter().filter(|a| a.keeping.is_behind()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domain::Timestamp;

    fn case(n: u8) -> CaseId {
        CaseId::new(Timestamp(1), [n; 10])
    }

    #[test]
    fn what_is_written_of_a_case_is_there_when_one_comes_back() {
        let owner = Owner::new();
        owner.set();
        let app = App::at(Timestamp(1));
        let view = owner.child();
        view.with(|| begun(app, case(1)).answer.set("Lov krävs".into()));
        view.cleanup();
        assert!(known(app, case(2)).is_none());
        let written = known(app, case(1)).unwrap();
        assert_eq!(written.answer.get_untracked(), "Lov krävs");
        written.clear();
        assert_eq!(written.answer.get_untracked(), "");
    }

    #[test]
    fn what_was_kept_of_a_case_stands_there_as_it_was_left() {
        let owner = Owner::new();
        owner.set();
        let app = App::at(Timestamp(1));
        let written = begun(app, case(1));
        assert!(!written.ready.get_untracked(), "nothing is typed over what is still being read");
        let kept = AnswerDraft {
            channel: Some(Channel::Letter),
            reason: "Gäller mark".into(),
            ..AnswerDraft::none(case(1))
        };
        written.take(kept.clone());
        assert!(written.ready.get_untracked() && written.giving_back.get_untracked());
        assert_eq!(written.draft(), kept);
    }
}
