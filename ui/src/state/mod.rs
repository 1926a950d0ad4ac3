//! What the window knows. Everything here is a copy of what the host said, but for drafts being typed.

pub mod answering;
pub mod boot;
pub mod cases;
pub mod drafts;
pub mod events;
pub mod handing;
pub mod keeping;
pub mod knowledge;
pub mod once;
pub mod outgoing;
pub mod phone;
pub mod structure;

use self::structure::Structure;
use crate::keys::KeyMap;
use crate::signal::RwSignal;
use crate::{edge, i18n};
use contract::agents::{AgentView, QueueStatus};
use contract::cases::CaseSummary;
use contract::desk::{DeskView, Phase, Settings, StartStep};
use contract::domain::case::CaseNumber;
use contract::domain::rights::Role;
use contract::domain::{ArticleId, CallScriptId, CaseId, ChecklistId, ContactId, Personal, Timestamp};
use contract::knowledge::Suggestions;
use contract::phone::{CallNumber, PhoneView, ResidentSaid};
use contract::session::{Capabilities, Handshake, Me};
use contract::{Code, Error};
use leptos::prelude::*;
use std::cell::Cell;
use std::sync::Arc;

/// What fills the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screen {
    /// Nothing is known yet.
    Loading,
    /// The host does not answer.
    Failed(Code),
    Choose,
    Starting(StartStep),
    Passphrase {
        new: bool,
    },
    KeyMissing,
    /// The store could not be opened.
    Stopped(Code),
    /// The address is shown in a desk.
    SignIn(Option<String>),
    Ready,
}

/// Which work is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Desk,
    Inbox,
}

/// What is read in the knowledge pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    Article(ArticleId),
    Script(CallScriptId),
    Checklist(ChecklistId),
}

/// One dialog at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    Keys,
    Settings,
    Unsent,
    /// What came back from the groups, for the team lead.
    Returns,
    /// Asks before a draft is thrown away.
    Discard(CaseId),
    /// A link wants to dial.
    Dial(Personal<String>),
    /// The phone is tried.
    Checkup,
    /// In practice: how one is the group as well.
    Officer,
}

/// A line that tells something once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Something went wrong.
    Error(Code),
    /// Something happened.
    Told(String),
}

/// Everything.
#[derive(Clone, Copy)]
pub struct App {
    pub screen: RwSignal<Screen>,
    pub handshake: RwSignal<Option<Handshake>>,
    pub desk: RwSignal<Option<DeskView>>,
    pub me: RwSignal<Option<Me>>,
    pub structure: RwSignal<Arc<Structure>>,
    pub settings: RwSignal<Settings>,
    pub keys: RwSignal<KeyMap>,
    /// Raised when the language changes: the root is drawn anew.
    pub language: RwSignal<u32>,
    pub view: RwSignal<View>,
    pub dialog: RwSignal<Option<Dialog>>,
    pub palette: RwSignal<bool>,
    pub message: RwSignal<Option<Message>>,
    /// The service's time, each second.
    pub now: RwSignal<Timestamp>,
    /// The service's clock less this machine's, milliseconds.
    pub offset: RwSignal<i64>,
    pub agent: RwSignal<Option<AgentView>>,
    pub queues: RwSignal<Vec<QueueStatus>>,
    pub phone: RwSignal<PhoneView>,
    /// Of the microphone, while the phone is tried: dB below full scale.
    pub level: RwSignal<i32>,
    /// What is known of those who are or were on the line just now.
    pub matches: RwSignal<Vec<(ContactId, phone::LookUp)>>,
    pub tabs: RwSignal<Vec<drafts::Tab>>,
    pub tab: RwSignal<Option<CaseId>>,
    pub outgoing: RwSignal<Vec<outgoing::Outgoing>>,
    pub suggestions: RwSignal<Suggestions>,
    pub reading: RwSignal<Option<Reading>>,
    pub mine: RwSignal<Vec<CaseSummary>>,
    /// Where the next page of them begins; empty: there is none.
    pub mine_next: RwSignal<String>,
    pub inbox: RwSignal<Vec<CaseSummary>>,
    pub inbox_next: RwSignal<String>,
    pub closed_too: RwSignal<bool>,
    /// The case read in the inbox.
    pub chosen: RwSignal<Option<CaseId>>,
    /// What the simulated resident of this call has said, in practice.
    pub said: RwSignal<Vec<ResidentSaid>>,
    /// The number that is being typed to dial.
    pub dialling: RwSignal<String>,
    /// The keys that were pressed in a call.
    pub keyed: RwSignal<(CallNumber, String)>,
    /// Numbers of cases that have been read.
    pub numbers: RwSignal<Vec<(CaseId, CaseNumber)>>,
    /// The case that changed last: readers of it read again.
    pub changed: RwSignal<Option<(CaseId, u32)>>,
    /// Drafts on disk have been read: from here a call makes its own.
    pub restored: RwSignal<bool>,
    /// A browser’s stream of events stands.
    pub streaming: RwSignal<bool>,
    /// What is written of cases and not yet sent.
    pub answering: StoredValue<Vec<(CaseId, answering::Answering)>>,
    owner: StoredValue<Owner>,
}

thread_local! {
    static APP: Cell<Option<App>> = const { Cell::new(None) };
}

/// The one state. Made in `main` before anything is drawn.
pub fn app() -> App {
    APP.get().unwrap_or_else(App::new)
}

impl App {
    fn new() -> Self {
        let app = Self::at(edge::local_now());
        APP.set(Some(app));
        app
    }

    fn at(now: Timestamp) -> Self {
        Self {
            screen: RwSignal::new(Screen::Loading),
            handshake: RwSignal::new(None),
            desk: RwSignal::new(None),
            me: RwSignal::new(None),
            structure: RwSignal::new(Arc::default()),
            settings: RwSignal::new(Settings::default()),
            keys: RwSignal::new(KeyMap::default()),
            language: RwSignal::new(0),
            view: RwSignal::new(View::Desk),
            dialog: RwSignal::new(None),
            palette: RwSignal::new(false),
            message: RwSignal::new(None),
            now: RwSignal::new(now),
            offset: RwSignal::new(0),
            agent: RwSignal::new(None),
            queues: RwSignal::new(Vec::new()),
            phone: RwSignal::new(PhoneView::default()),
            level: RwSignal::new(-60),
            matches: RwSignal::new(Vec::new()),
            tabs: RwSignal::new(Vec::new()),
            tab: RwSignal::new(None),
            outgoing: RwSignal::new(Vec::new()),
            suggestions: RwSignal::new(Suggestions::default()),
            reading: RwSignal::new(None),
            mine: RwSignal::new(Vec::new()),
            mine_next: RwSignal::new(String::new()),
            inbox: RwSignal::new(Vec::new()),
            inbox_next: RwSignal::new(String::new()),
            closed_too: RwSignal::new(false),
            chosen: RwSignal::new(None),
            said: RwSignal::new(Vec::new()),
            dialling: RwSignal::new(String::new()),
            keyed: RwSignal::new((0, String::new())),
            numbers: RwSignal::new(Vec::new()),
            changed: RwSignal::new(None),
            restored: RwSignal::new(false),
            streaming: RwSignal::new(true),
            answering: StoredValue::new(Vec::new()),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Makes signals that live as long as the page, wherever this is called from.
    pub fn rooted<T>(&self, make: impl FnOnce() -> T) -> T {
        self.owner.get_value().with(make)
    }

    /// What the host can do. Known before the first screen, and the same ever after.
    pub fn capabilities(&self) -> Capabilities {
        self.handshake.with_untracked(|h| h.as_ref().map(|h| h.capabilities)).unwrap_or_default()
    }

    /// Nothing here is real.
    pub fn practice(&self) -> bool {
        // A desk may leave practice while its window stands: what it said at the window's start is over then.
        let desk = self.desk.with(|d| d.as_ref().map(|d| d.practice));
        desk.unwrap_or_else(|| self.handshake.with(|h| h.as_ref().is_some_and(|h| h.practice)))
    }

    /// Whether the signed-in person has any of the roles now; whoever shows it tracks `me`.
    pub fn has_role(&self, roles: &[Role]) -> bool {
        self.me.with_untracked(|me| me.as_ref().is_some_and(|me| me.roles.iter().any(|r| roles.contains(r))))
    }

    /// Whether they register and hand over.
    pub fn at_front(&self) -> bool {
        self.has_role(&[Role::Agent, Role::Lead])
    }

    /// The service's time now, to the millisecond.
    pub fn service_now(&self) -> Timestamp {
        edge::local_now().plus_millis(self.offset.get_untracked())
    }

    /// Learns the service's clock from something it has just said.
    pub fn learn_clock(&self, said: Timestamp) {
        self.offset.set(said.0 - edge::local_now().0);
    }

    /// Tells of an error. A lost session leads to the door; what is typed stays.
    pub fn fail(&self, error: &Error) {
        if error.code == Code::Unauthenticated && !self.capabilities().offline {
            self.screen.set(Screen::SignIn(None));
        }
        self.message.set(Some(Message::Error(error.code)));
    }

    /// What was told of is over: its sentence goes, unless another has come in its place.
    pub fn mended(&self, codes: &[Code]) {
        let over = |m: &Option<Message>| matches!(m, Some(Message::Error(code)) if codes.contains(code));
        if self.message.with_untracked(over) {
            self.message.set(None);
        }
    }

    /// Tells something once.
    pub fn tell(&self, text: String) {
        self.message.set(Some(Message::Told(text)));
    }

    /// Takes the desk's view, and shows its phase.
    pub fn take_desk(&self, view: DeskView) {
        let screen = match &view.phase {
            Phase::Choose => Screen::Choose,
            Phase::Starting { step } => Screen::Starting(*step),
            Phase::Passphrase { new } => Screen::Passphrase { new: *new },
            Phase::KeyMissing => Screen::KeyMissing,
            Phase::Stopped { code } => Screen::Stopped(*code),
            Phase::SignIn { address } => Screen::SignIn(Some(address.clone())),
            Phase::Ready => Screen::Ready,
        };
        if view.me.is_some() {
            self.me.set(view.me.clone());
        }
        let left = screen != Screen::Ready && self.screen.get_untracked() == Screen::Ready;
        let elsewhere = screen == Screen::Choose;
        self.desk.set(Some(view));
        self.show(screen);
        if left {
            boot::leave_work(*self, elsewhere);
        }
    }

    /// Shows a screen; on the way to the desk, everything is read.
    pub fn show(&self, screen: Screen) {
        let before = self.screen.get_untracked();
        if before == screen {
            return;
        }
        let ready = screen == Screen::Ready;
        self.screen.set(screen);
        if ready {
            boot::enter(*self);
        }
    }

    /// Takes settings: theme, language, keys.
    pub fn take_settings(&self, settings: Settings) {
        let theme = settings.theme.map(i18n::wire);
        edge::root_attribute("data-theme", theme.as_deref());
        let locale = i18n::Locale::from_tag(settings.locale.as_deref().unwrap_or_default());
        edge::root_attribute("lang", Some(locale.tag()));
        self.keys.set(KeyMap::new(&settings.keys));
        self.settings.set(settings);
        if locale != i18n::locale() {
            i18n::set_locale(locale);
            self.language.update(|n| *n += 1);
        }
    }
}
