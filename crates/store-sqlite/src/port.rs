//! The port, over the parts.

use crate::failure::failed;
use crate::{SqliteStore, alarms, backup, cases, commit, drafts, letters, map, people, returns, stream};
use async_trait::async_trait;
use domain::agent::AgentStatus;
use domain::alarm::Raised;
use domain::calls::RecordedCall;
use domain::case::{Case, Recorded};
use domain::customer::Customer;
use domain::phone_number::PhoneNumber;
use domain::{
    CaseId, CommandId, ContactId, CustomerId, LetterId, Personal, SessionId, TextId, Timestamp, UserId,
};
use rusqlite::{OptionalExtension, params};
use std::collections::HashMap;
use std::path::Path;
use std::sync::PoisonError;
use store::{
    AlarmLook, AlarmsDue, BackupReport, CasePage, Changes, Commit, Committed, Credential, Cursor, KeptLetter,
    LetterOutcome, Look, Numbered, PageRequest, Receipt, Returns, Session, Store, StoreError, StoredCall,
    TokenHash, User,
};
use tokio::sync::watch;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, commit: Commit) -> Result<Committed> {
        self.write(move |db| commit::commit(db, &commit)).await
    }

    async fn commit_numbered(&self, year: i16, build: Numbered) -> Result<Committed> {
        self.write(move |db| commit::commit_numbered(db, year, &build)).await
    }

    async fn receipt(&self, id: CommandId) -> Result<Option<Receipt>> {
        self.read(move |db| commit::receipt(db, id)).await
    }

    async fn forget_receipts(&self, before: Timestamp) -> Result<u64> {
        let forget = "DELETE FROM receipt WHERE at < ?1";
        self.write(move |db| db.execute(forget, [before.0]).map(|n| n as u64).map_err(failed)).await
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>> {
        self.read(move |db| cases::case(db, id)).await
    }

    async fn case_events(&self, id: CaseId) -> Result<Vec<Recorded>> {
        self.read(move |db| cases::events(db, id)).await
    }

    async fn texts(&self, ids: &[TextId]) -> Result<HashMap<TextId, Personal<String>>> {
        let ids = ids.to_vec();
        self.read(move |db| cases::texts(db, &ids)).await
    }

    async fn erase_texts(&self, ids: &[TextId]) -> Result<()> {
        let ids = ids.to_vec();
        self.write(move |db| cases::erase_texts(db, &ids)).await
    }

    async fn list_cases(&self, page: PageRequest) -> Result<CasePage> {
        self.read(move |db| cases::list(db, &page)).await
    }

    async fn returns(&self, since: Timestamp, limit: u16) -> Result<Returns> {
        self.read(move |db| returns::since(db, since, limit)).await
    }

    async fn open_cases(
        &self,
        phone: Option<&PhoneNumber>,
        customers: &[CustomerId],
        limit: u16,
    ) -> Result<Vec<Case>> {
        let (phone, customers) = (phone.cloned(), customers.to_vec());
        self.read(move |db| cases::open_of(db, phone.as_ref(), &customers, limit)).await
    }

    async fn due_cases(&self, now: Timestamp, limit: u16) -> Result<Vec<Case>> {
        self.read(move |db| cases::due(db, now, limit)).await
    }

    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(move |db| cases::next_due(db, now)).await
    }

    async fn alarms_due(&self, now: Timestamp, limit: u16) -> Result<Vec<AlarmsDue>> {
        self.read(move |db| alarms::due(db, now, limit)).await
    }

    async fn next_alarm(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(move |db| alarms::next(db, now)).await
    }

    async fn keep_alarms(&self, looks: Vec<AlarmLook>, at: Timestamp) -> Result<()> {
        self.write(move |db| looks.iter().try_for_each(|look| alarms::keep(db, look, at))).await
    }

    async fn alarms(&self, cases: &[CaseId]) -> Result<HashMap<CaseId, Vec<Raised>>> {
        let cases = cases.to_vec();
        self.read(move |db| alarms::of(db, &cases)).await
    }

    async fn look_at_alarms_again(&self) -> Result<()> {
        let sql = "UPDATE case_state SET next_alarm = 0 WHERE next_alarm IS NOT NULL";
        self.write(move |db| db.execute(sql, []).map(drop).map_err(failed)).await
    }

    async fn put_answer_draft(
        &self,
        user: UserId,
        case: CaseId,
        draft: Option<Personal<String>>,
        at: Timestamp,
    ) -> Result<()> {
        self.write(move |db| match &draft {
            Some(draft) => drafts::put(db, user, case, draft, at),
            None => drafts::forget(db, user, case),
        })
        .await
    }

    async fn answer_draft(&self, user: UserId, case: CaseId) -> Result<Option<Personal<String>>> {
        self.read(move |db| drafts::get(db, user, case)).await
    }

    async fn forget_answer_drafts(&self, before: Timestamp) -> Result<u64> {
        self.write(move |db| drafts::forget_old(db, before)).await
    }

    async fn take_letter(&self, now: Timestamp) -> Result<Option<KeptLetter>> {
        self.write(move |db| letters::take(db, now)).await
    }

    async fn letter_went(&self, id: LetterId, outcome: LetterOutcome) -> Result<()> {
        self.write(move |db| letters::went(db, id, outcome)).await
    }

    async fn next_letter(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(move |db| letters::next(db, now)).await
    }

    async fn letter(&self, id: LetterId) -> Result<Option<KeptLetter>> {
        self.read(move |db| letters::letter(db, id)).await
    }

    async fn customer(&self, id: CustomerId) -> Result<Option<Customer>> {
        self.read(move |db| people::customer(db, id)).await
    }

    async fn customers(&self, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Customer>> {
        let ids = ids.to_vec();
        self.read(move |db| people::customers(db, &ids)).await
    }

    async fn customers_by_phone(&self, phone: &PhoneNumber) -> Result<Vec<Customer>> {
        let phone = phone.clone();
        self.read(move |db| people::customers_by_phone(db, &phone)).await
    }

    async fn looks(&self, customer: CustomerId) -> Result<Vec<Look>> {
        self.read(move |db| people::looks(db, customer)).await
    }

    async fn agents(&self) -> Result<Vec<AgentStatus>> {
        self.read(people::agents).await
    }

    async fn agent(&self, user: UserId) -> Result<Option<AgentStatus>> {
        self.read(move |db| people::agent(db, user)).await
    }

    async fn calls_after(&self, position: i64, not_before: Timestamp, limit: u16) -> Result<Vec<StoredCall>> {
        let sql = "SELECT position, at, contact_id, event FROM call_event
                   WHERE position > ?1 AND at >= ?2 ORDER BY position LIMIT ?3";
        self.read(move |db| {
            db.prepare_cached(sql)
                .and_then(|mut s| {
                    s.query_map(params![position, not_before.0, limit], |r| {
                        let recorded = RecordedCall {
                            at: Timestamp(r.get(1)?),
                            contact: ContactId(r.get(2)?),
                            event: map::read_json(r, 3)?,
                        };
                        Ok(StoredCall { position: r.get(0)?, recorded })
                    })?
                    .collect()
                })
                .map_err(failed)
        })
        .await
    }

    async fn put_user(&self, user: User) -> Result<()> {
        self.write(move |db| people::put_user(db, &user)).await
    }

    async fn put_credential(&self, user: UserId, credential: Credential) -> Result<()> {
        self.write(move |db| people::put_credential(db, user, &credential)).await
    }

    async fn users(&self) -> Result<Vec<User>> {
        self.read(people::users).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        self.read(move |db| people::user(db, id)).await
    }

    async fn sign_in_data(&self, user: &str) -> Result<Option<(User, Option<Personal<String>>)>> {
        let user = user.to_owned();
        self.read(move |db| people::sign_in_data(db, &user)).await
    }

    async fn user_of_subject(&self, issuer: &str, subject: &str) -> Result<Option<User>> {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.read(move |db| people::user_of_subject(db, &issuer, &subject)).await
    }

    async fn open_session(&self, session: Session) -> Result<()> {
        self.write(move |db| people::open_session(db, &session)).await
    }

    async fn session(&self, token: TokenHash) -> Result<Option<(Session, User)>> {
        self.read(move |db| people::session(db, token)).await
    }

    async fn revoke_session(&self, id: SessionId, at: Timestamp) -> Result<bool> {
        self.write(move |db| people::revoke_session(db, id, at)).await
    }

    async fn forget_sessions(&self, before: Timestamp) -> Result<u64> {
        self.write(move |db| people::forget_sessions(db, before)).await
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        self.read(move |db| people::sessions_of(db, user, now)).await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        let sql = "SELECT value FROM setting WHERE name = ?1";
        self.read(move |db| db.query_row(sql, [name], |r| r.get(0)).optional().map_err(failed)).await
    }

    async fn put_settings(&self, settings: &[(&str, &str)]) -> Result<()> {
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sql = "INSERT OR REPLACE INTO setting VALUES (?1, ?2)";
        self.write(move |db| {
            settings.into_iter().try_for_each(|pair| db.execute(sql, pair).map(drop)).map_err(failed)
        })
        .await
    }

    async fn changes_after(&self, cursor: Cursor, limit: u16) -> Result<Changes> {
        self.read(move |db| stream::after(db, cursor, limit)).await
    }

    fn head(&self) -> watch::Receiver<Cursor> {
        self.head.clone()
    }

    async fn forget_changes(&self, up_to: Cursor) -> Result<()> {
        let sql = "DELETE FROM change WHERE position <= ?1";
        self.write(move |db| db.execute(sql, [up_to.0]).map(drop).map_err(failed)).await
    }

    async fn backup(&self, to: &Path) -> Result<BackupReport> {
        let (from, to) = (self.path.clone(), to.to_owned());
        tokio::task::spawn_blocking(move || backup::backup(&from, &to))
            .await
            .map_err(|_| StoreError::Failed("the backup was stopped".into()))?
    }

    async fn close(&self) -> Result<()> {
        self.readers.stop();
        let writer = self.writer.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(writer) = writer.and_then(std::sync::Arc::into_inner) else { return Ok(()) };
        tokio::task::spawn_blocking(|| writer.stop())
            .await
            .map_err(|_| StoreError::Failed("the store was not closed".into()))
    }
}
