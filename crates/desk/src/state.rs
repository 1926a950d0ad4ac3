//! What the desk knows while it runs.

use crate::client::Client;
use crate::config::{Choice, Config};
use crate::knowledge::Answers;
use crate::line::Line;
use crate::store::Store;
use contract::desk::{Connection, DeskView, Notice, Phase, StartStep};
use contract::domain::{Personal, Timestamp};
use contract::knowledge::StructureReply;
use contract::session::Me;
use std::sync::Arc;
use tokio::task::AbortHandle;

pub struct State {
    pub config: Config,
    pub phase: Phase,
    pub practice: bool,
    pub connection: Connection,
    pub unsent: u32,
    pub refused: u32,
    pub of_others: u32,
    /// Whose drafts and changes are kept and shown; stays until the next sign-in, for what a window still
    /// has to keep.
    pub owner: Option<String>,
    /// A link that waits for a window.
    pub dial: Option<Personal<String>>,
    /// A window has asked how the desk stands.
    pub window_seen: bool,
    pub knowledge_from: Option<Timestamp>,
    pub me: Option<Me>,
    pub notices: Vec<Notice>,
    pub store: Option<Store>,
    pub client: Option<Client>,
    pub link: Option<AbortHandle>,
    /// Passes on what residents say in practice.
    pub hearing: Option<AbortHandle>,
    pub structure: Option<Arc<StructureReply>>,
    pub answers: Option<Answers>,
    pub line: Option<Line>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            config: Config::default(),
            phase: Phase::Starting { step: StartStep::Store },
            practice: false,
            connection: Connection::None,
            unsent: 0,
            refused: 0,
            of_others: 0,
            owner: None,
            dial: None,
            window_seen: false,
            knowledge_from: None,
            me: None,
            notices: Vec::new(),
            store: None,
            client: None,
            link: None,
            hearing: None,
            structure: None,
            answers: None,
            line: None,
        }
    }
}

impl State {
    /// The state as the window shows it.
    pub fn view(&self) -> DeskView {
        DeskView {
            phase: self.phase.clone(),
            practice: self.practice,
            municipality: self.structure.as_ref().map(|s| s.structure.name.clone()),
            connection: self.connection,
            unsent: self.unsent,
            refused: self.refused,
            of_others: self.of_others,
            knowledge_from: self.knowledge_from,
            me: self.me.clone().map(|me| Me { bearer: None, ..me }),
            notices: self.notices.clone(),
        }
    }

    /// Where the desk works, as a part of what belongs to somebody.
    pub fn place(&self) -> Option<String> {
        match self.config.choice.as_ref()? {
            Choice::Practice => Some("practice".to_owned()),
            Choice::Connect { address } => Some(address.trim().trim_end_matches('/').to_owned()),
        }
    }

    /// Somebody is signed in.
    pub fn signed_in(&mut self, me: Me) {
        self.owner = self.place().map(|place| format!("{}@{place}", me.id));
        self.me = Some(me);
    }

    /// Adds a notice once.
    pub fn notify(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}
