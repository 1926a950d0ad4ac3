//! The port that adapters implement.

use crate::{
    AlarmLook, AlarmsDue, CasePage, Changes, Commit, Committed, Credential, Cursor, KeptLetter,
    LetterOutcome, Look, Numbered, PageRequest, Receipt, Returns, Session, StoreError, TokenHash, User,
};
use async_trait::async_trait;
use domain::agent::AgentStatus;
use domain::alarm::Raised;
use domain::calls::RecordedCall;
use domain::case::{Case, Recorded};
use domain::customer::Customer;
use domain::phone_number::PhoneNumber;
use domain::{CaseId, CommandId, CustomerId, LetterId, Personal, SessionId, TextId, Timestamp, UserId};
use std::collections::HashMap;
use std::path::Path;
use tokio::sync::watch;

type Result<T> = std::result::Result<T, StoreError>;

/// A call event with its position among all call events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCall {
    /// Position, rising.
    pub position: i64,
    /// The event.
    pub recorded: RecordedCall,
}

/// What a backup became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupReport {
    /// Size, bytes.
    pub bytes: u64,
}

/// What the service keeps. Every method may fail with [`StoreError`]; then nothing was changed.
#[async_trait]
#[allow(missing_docs, reason = "each method is documented in one line above it")]
pub trait Store: Send + Sync + 'static {
    // Writing

    /// Writes a commit. When its command is known: `Repeated`, or `Conflict` for another payload.
    async fn commit(&self, commit: Commit) -> Result<Committed>;
    /// Draws the next case number of the year and writes the commit built with it, in one transaction.
    async fn commit_numbered(&self, year: i16, build: Numbered) -> Result<Committed>;
    /// A command that was done.
    async fn receipt(&self, id: CommandId) -> Result<Option<Receipt>>;
    /// Forgets receipts older than `before`; gives how many.
    async fn forget_receipts(&self, before: Timestamp) -> Result<u64>;

    // Cases

    /// A case as its events leave it.
    async fn case(&self, id: CaseId) -> Result<Option<Case>>;
    /// A case's events, oldest first.
    async fn case_events(&self, id: CaseId) -> Result<Vec<Recorded>>;
    /// Side rows by id; erased ones are absent.
    async fn texts(&self, ids: &[TextId]) -> Result<HashMap<TextId, Personal<String>>>;
    /// Erases side rows. The events stay.
    async fn erase_texts(&self, ids: &[TextId]) -> Result<()>;
    /// A page of cases.
    async fn list_cases(&self, page: PageRequest) -> Result<CasePage>;
    /// Handoffs that came back from `since` on, all of them counted and the newest at most `limit`.
    async fn returns(&self, since: Timestamp, limit: u16) -> Result<Returns>;
    /// Open cases of that number or those customers, newest first.
    async fn open_cases(
        &self,
        phone: Option<&PhoneNumber>,
        customers: &[CustomerId],
        limit: u16,
    ) -> Result<Vec<Case>>;
    /// Cases that the clock has something to do with at `now`, earliest first.
    async fn due_cases(&self, now: Timestamp, limit: u16) -> Result<Vec<Case>>;
    /// When the clock has something to do with a case next after `now`. Cases that cannot be read are
    /// passed over by [`Store::due_cases`], so what was due before is not asked for again.
    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    // Alarms: each of a case is raised once, whoever looks and however often.

    /// Cases whose alarms are to be looked at at `now`, earliest first: at their time, and after every change.
    async fn alarms_due(&self, now: Timestamp, limit: u16) -> Result<Vec<AlarmsDue>>;
    /// When alarms are to be looked at next after `now`.
    async fn next_alarm(&self, now: Timestamp) -> Result<Option<Timestamp>>;
    /// Keeps what was looked at, in one transaction. What was raised by it alone is told as [`crate::Change::Alarm`].
    async fn keep_alarms(&self, looks: Vec<AlarmLook>, at: Timestamp) -> Result<()>;
    /// What was raised of the cases; those without any are absent.
    async fn alarms(&self, cases: &[CaseId]) -> Result<HashMap<CaseId, Vec<Raised>>>;
    /// Has all alarms looked at again: hours or agreements may be others.
    async fn look_at_alarms_again(&self) -> Result<()>;

    // Drafts of answers: personal, each of one user alone, outside the events.

    /// Keeps what a user writes of a case; `None` forgets it.
    async fn put_answer_draft(
        &self,
        user: UserId,
        case: CaseId,
        draft: Option<Personal<String>>,
        at: Timestamp,
    ) -> Result<()>;
    /// What a user has written of a case and not sent.
    async fn answer_draft(&self, user: UserId, case: CaseId) -> Result<Option<Personal<String>>>;
    /// Forgets drafts that were last kept before then; gives how many.
    async fn forget_answer_drafts(&self, before: Timestamp) -> Result<u64>;

    // E-mail to groups outside the system: each letter is taken to be sent once. One that was taken and of which
    // nothing more was heard is never taken again: it may have been sent.

    /// Takes the earliest letter that is to be sent at `now`.
    async fn take_letter(&self, now: Timestamp) -> Result<Option<KeptLetter>>;
    /// What became of a letter that was taken.
    async fn letter_went(&self, id: LetterId, outcome: LetterOutcome) -> Result<()>;
    /// When a letter is to be sent next after `now`.
    async fn next_letter(&self, now: Timestamp) -> Result<Option<Timestamp>>;
    /// A letter.
    async fn letter(&self, id: LetterId) -> Result<Option<KeptLetter>>;

    // Customers

    /// A customer.
    async fn customer(&self, id: CustomerId) -> Result<Option<Customer>>;
    /// The customers of those ids; unknown ones are absent.
    async fn customers(&self, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Customer>>;
    /// Customers that are reached at the number.
    async fn customers_by_phone(&self, phone: &PhoneNumber) -> Result<Vec<Customer>>;
    /// Looks at a protected customer, newest first.
    async fn looks(&self, customer: CustomerId) -> Result<Vec<Look>>;

    // Agents and calls

    /// Every agent that has a state.
    async fn agents(&self) -> Result<Vec<AgentStatus>>;
    /// An agent's state.
    async fn agent(&self, user: UserId) -> Result<Option<AgentStatus>>;
    /// Call events after a position and not before a moment, oldest first.
    async fn calls_after(&self, position: i64, not_before: Timestamp, limit: u16) -> Result<Vec<StoredCall>>;

    // People

    /// Keeps a user; one of the same id is replaced. `Exists` when the name is another's.
    async fn put_user(&self, user: User) -> Result<()>;
    /// Keeps a credential: the local one is replaced, one of the identity provider is added.
    async fn put_credential(&self, user: UserId, credential: Credential) -> Result<()>;
    /// All users, by name for signing in.
    async fn users(&self) -> Result<Vec<User>>;
    /// A user.
    async fn user(&self, id: UserId) -> Result<Option<User>>;
    /// The user of that name, with the hash of the local password if there is one.
    async fn sign_in_data(&self, user: &str) -> Result<Option<(User, Option<Personal<String>>)>>;
    /// The user that an identity provider knows by that subject.
    async fn user_of_subject(&self, issuer: &str, subject: &str) -> Result<Option<User>>;
    /// Keeps a new session.
    async fn open_session(&self, session: Session) -> Result<()>;
    /// The session of that token, also one that has ended, with its user.
    async fn session(&self, token: TokenHash) -> Result<Option<(Session, User)>>;
    /// Ends a session; true when it held before.
    async fn revoke_session(&self, id: SessionId, at: Timestamp) -> Result<bool>;
    /// Forgets sessions that were over before then; gives how many.
    async fn forget_sessions(&self, before: Timestamp) -> Result<u64>;
    /// Sessions of a user that hold at `now`.
    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>>;

    // Settings

    /// A setting.
    async fn setting(&self, name: &str) -> Result<Option<String>>;
    /// Keeps settings, by name and value: all of them or none.
    async fn put_settings(&self, settings: &[(&str, &str)]) -> Result<()>;

    // Stream

    /// Changes after the cursor, at most `limit`.
    async fn changes_after(&self, cursor: Cursor, limit: u16) -> Result<Changes>;
    /// The newest position; wakes when it moves.
    fn head(&self) -> watch::Receiver<Cursor>;
    /// Forgets changes up to the cursor.
    async fn forget_changes(&self, up_to: Cursor) -> Result<()>;

    // Care

    /// A whole copy into a new file while work goes on.
    async fn backup(&self, to: &Path) -> Result<BackupReport>;
    /// Writes what is left and closes. Later calls fail.
    async fn close(&self) -> Result<()>;
}
