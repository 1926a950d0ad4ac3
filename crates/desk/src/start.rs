//! From the first moment to work: choice, store, service, sign-in.

use crate::client::Client;
use crate::config::{Choice, Config};
use crate::secrets::{SecretsError, StoreKey, WrappedKey};
use crate::store::{OpenError, Opened, Place, Store, StoreError};
use crate::{Desk, Launch, PracticeService, Stage};
use contract::desk::{Connection, Notice, Phase, StartStep};
use contract::domain::Personal;
use contract::error::{Code, Error};
use contract::session::Me;
use std::time::Duration;

/// How often a missing key is asked for again: the keyring may be unlocked meanwhile.
const KEY_RETRY: Duration = Duration::from_secs(2);

/// What was written of a case and never sent is kept for so long, milliseconds; as by the service.
const ANSWERS_KEPT: i64 = 90 * 24 * 3_600_000;

/// The name of the session in the store.
const SESSION: &str = "session";

/// What came of looking for the store's key.
enum KeyFound {
    Key(StoreKey),
    Passphrase { new: bool },
    Missing,
}

impl Desk {
    pub(crate) async fn begin(&self, launch: Launch) {
        self.after_the_window(Stage::Loads).await;
        let data = self.0.environment.data.clone();
        let mut config = tokio::task::spawn_blocking(move || Config::read(&data)).await.unwrap_or_default();
        match launch {
            Launch::AsLeft => {}
            Launch::Practice => config.choice = Some(Choice::Practice),
            Launch::Connect(address) => config.choice = Some(Choice::Connect { address }),
        }
        let choice = config.choice.clone();
        self.change(|state| state.config = config);
        match choice {
            Some(choice) => self.work_at(choice).await,
            None => self.change(|state| state.phase = Phase::Choose),
        }
    }

    /// Works at `choice`, and remembers it.
    ///
    /// # Errors
    /// When it cannot be remembered, or the address is none.
    pub(crate) async fn choose(&self, choice: Choice) -> Result<(), Error> {
        if let Choice::Connect { address } = &choice {
            Client::new(address)?;
        }
        self.remember(|config| config.choice = Some(choice.clone())).await?;
        self.disconnect().await;
        self.work_at(choice).await;
        Ok(())
    }

    /// Back to the first choice. Drafts and unsent stay in their store.
    pub(crate) async fn leave(&self) -> Result<(), Error> {
        self.remember(|config| config.choice = None).await?;
        self.disconnect().await;
        self.0.environment.practice.stop().await;
        self.change(|state| state.phase = Phase::Choose);
        Ok(())
    }

    pub(crate) async fn remember(&self, change: impl FnOnce(&mut Config)) -> Result<(), Error> {
        let mut config = self.state().config.clone();
        change(&mut config);
        let (data, written) = (self.0.environment.data.clone(), config.clone());
        let task = tokio::task::spawn_blocking(move || written.write(&data));
        task.await.map_err(|_| Error::from(Code::Internal))??;
        self.state().config = config;
        Ok(())
    }

    async fn work_at(&self, choice: Choice) {
        let practice = choice == Choice::Practice;
        self.change(|state| {
            state.practice = practice;
            state.phase = Phase::Starting { step: StartStep::Store };
        });
        match self.find_key().await {
            KeyFound::Key(key) => self.open(key).await,
            KeyFound::Passphrase { new } => self.change(|state| {
                state.notify(Notice::NoKeyring);
                state.phase = Phase::Passphrase { new };
            }),
            KeyFound::Missing => self.wait_for_key(),
        }
    }

    fn place(&self) -> Place {
        let name = if self.state().practice { "practice" } else { "desk" };
        Place { folder: self.0.environment.data.join(name) }
    }

    fn key_name(&self) -> String {
        format!("store-key:{}", self.place().folder.display())
    }

    async fn find_key(&self) -> KeyFound {
        let (place, name) = (self.place(), self.key_name());
        let secrets = self.0.environment.secrets.clone();
        let found = tokio::task::spawn_blocking(move || {
            let id = place.key_id();
            if place.wrapped_key_file().exists() {
                return KeyFound::Passphrase { new: false };
            }
            let kept = secrets.get(&name).map(|k| k.and_then(|k| StoreKey::from_hex(k.expose())));
            match (id, kept) {
                (Some(id), Ok(Some(key))) if key.id() == id => KeyFound::Key(key),
                (Some(_), _) => KeyFound::Missing,
                (None, Ok(Some(key))) => KeyFound::Key(key),
                // A store without its key's name is not made anew over what lies in it.
                (None, _) if place.exists() => KeyFound::Missing,
                (None, Ok(None)) => new_key(secrets.as_ref(), &name),
                // Nothing is kept yet that a passphrase could shut out: a first start is no dead end.
                (None, Err(SecretsError::Absent | SecretsError::Locked)) => {
                    KeyFound::Passphrase { new: true }
                }
            }
        });
        found.await.unwrap_or(KeyFound::Missing)
    }

    /// Nothing is touched until the key is there (architecture.md, doors).
    fn wait_for_key(&self) {
        self.change(|state| state.phase = Phase::KeyMissing);
        let desk = self.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(KEY_RETRY).await;
                if let KeyFound::Key(key) = desk.find_key().await {
                    desk.state().link = None;
                    return desk.open(key).await;
                }
            }
        });
        self.state().link = Some(task.abort_handle());
    }

    /// Opens the store with a passphrase, or sets one.
    ///
    /// # Errors
    /// [`Code::WrongPassphrase`]; [`Code::Invalid`] when one that is set has fewer than twelve characters.
    pub(crate) async fn unlock(&self, passphrase: Personal<String>) -> Result<(), Error> {
        let Phase::Passphrase { new } = self.state().phase else { return Err(Code::WrongState.into()) };
        let place = self.place();
        let task = tokio::task::spawn_blocking(move || {
            if new {
                set_passphrase(&place, passphrase.expose())
            } else {
                open_wrapped(&place, passphrase.expose())
            }
        });
        let key = task.await.map_err(|_| Error::from(Code::Internal))??;
        self.open(key).await;
        Ok(())
    }

    async fn open(&self, key: StoreKey) {
        let (place, now) = (self.place(), self.0.environment.clock.now());
        let task = tokio::task::spawn_blocking(move || place.open(&key, now));
        let store = match task.await {
            Ok(Ok(Opened::Ready(store))) => store,
            Ok(Ok(Opened::Rebuilt { store, salvaged, set_aside })) => {
                let notice = Notice::StoreRebuilt {
                    drafts_saved: salvaged.drafts,
                    changes_saved: salvaged.changes,
                    cut: salvaged.cut,
                    set_aside,
                };
                self.change(|state| state.notify(notice));
                store
            }
            Ok(Err(OpenError::OtherKey)) => return self.wait_for_key(),
            Ok(Err(error)) => {
                tracing::error!(%error, "the store was not opened");
                let code = cause(&error);
                return self.change(|state| state.phase = Phase::Stopped { code });
            }
            Err(_) => return self.change(|state| state.phase = Phase::Stopped { code: Code::Internal }),
        };
        let place = self.state().place().unwrap_or_default();
        if let Err(error) = store.cache_for(&place, now).await {
            tracing::warn!(detail = error.detail, "the cache was not looked through");
        }
        if let Err(error) = store.forget_old_answers(now.plus_millis(-ANSWERS_KEPT)).await {
            tracing::warn!(detail = error.detail, "old drafts of answers are still kept");
        }
        self.state().store = Some(store.clone());
        self.count_unsent().await;
        let structure = store.kept("structure").await.unwrap_or_default();
        self.state().structure = structure.map(|(reply, _)| std::sync::Arc::new(reply));
        self.attach(&store).await;
    }

    /// Opens the store anew where it could not be opened.
    ///
    /// # Errors
    /// [`Code::WrongState`] when it is open, or waits for something else.
    pub(crate) async fn try_again(&self) -> Result<(), Error> {
        let choice = {
            let state = self.state();
            matches!(state.phase, Phase::Stopped { .. }).then(|| state.config.choice.clone()).flatten()
        };
        self.work_at(choice.ok_or(Error::from(Code::WrongState))?).await;
        Ok(())
    }

    async fn attach(&self, store: &Store) {
        let choice = self.state().config.choice.clone();
        match choice {
            Some(Choice::Practice) => {
                self.begin_before_the_service(store).await;
                let folder = self.0.environment.data.join("practice-service");
                match self.0.environment.practice.start(&folder).await {
                    Ok(PracticeService { address, bearer, said }) => {
                        self.hear_residents(said);
                        self.enter_with(&address, bearer).await;
                    }
                    Err(error) => {
                        tracing::error!(code = ?error.code, detail = error.detail, "practice did not start");
                        self.change(|state| state.phase = Phase::Choose);
                    }
                }
            }
            Some(Choice::Connect { address }) => match self.kept_bearer(&address).await {
                Some(bearer) => {
                    self.begin_before_the_service(store).await;
                    self.enter_with(&address, bearer).await;
                }
                None => {
                    self.open_answers(store).await;
                    self.ask_to_sign_in();
                }
            },
            None => self.change(|state| state.phase = Phase::Choose),
        }
    }

    /// What the last connection left is enough to work on: the window waits for no service. What takes the
    /// processor's time waits for the window.
    async fn begin_before_the_service(&self, store: &Store) {
        let me = self.kept_me().await;
        self.change(|state| match me {
            Some(me) if state.structure.is_some() => {
                state.phase = Phase::Ready;
                state.connection = Connection::Connecting;
                state.signed_in(me);
            }
            _ => state.phase = Phase::Starting { step: StartStep::Service },
        });
        let works = self.state().phase == Phase::Ready;
        if works {
            self.after_the_window(Stage::Drawn).await;
        }
        self.open_answers(store).await;
    }

    async fn kept_me(&self) -> Option<Me> {
        let kept = self.store().ok()?.kept::<Me>("me").await;
        kept.ok().flatten().map(|(me, _)| me)
    }

    async fn enter_with(&self, address: &str, bearer: Personal<String>) {
        let Ok(client) = Client::new(address) else {
            return self.change(|state| state.phase = Phase::Choose);
        };
        let me = self.kept_me().await;
        self.enter(client.with_bearer(bearer), me).await;
    }

    /// At work, or waiting for the first knowledge when this desk has none.
    pub(crate) async fn enter(&self, client: Client, me: Option<Me>) {
        if let (Some(me), Ok(store)) = (&me, self.store())
            && let Err(error) = store.keep("me", me, self.0.environment.clock.now()).await
        {
            tracing::warn!(detail = error.detail, "who is signed in was not kept");
        }
        self.change(|state| {
            let ready = me.is_some() && state.structure.is_some();
            state.phase = if ready { Phase::Ready } else { Phase::Starting { step: StartStep::Knowledge } };
            state.connection = Connection::Connecting;
            (state.me, state.owner) = (None, None);
            if let Some(me) = me {
                state.signed_in(me);
            }
            state.client = Some(client);
        });
        self.count_unsent().await;
        if self.state().me.as_ref().is_some_and(|me| me.has_phone) {
            self.start_known_phone().await;
        }
        self.start_link();
    }

    pub(crate) fn ask_to_sign_in(&self) {
        let address = match &self.state().config.choice {
            Some(Choice::Connect { address }) => address.clone(),
            _ => String::new(),
        };
        let client = Client::new(&address).ok();
        self.change(|state| {
            state.client = client;
            state.me = None;
            state.connection = Connection::None;
            state.phase = Phase::SignIn { address };
        });
    }

    async fn hang_up_link(&self) {
        let (line, link) = {
            let mut state = self.state();
            (state.line.take(), state.link.take())
        };
        if let Some(link) = link {
            link.abort();
        }
        if let Some(line) = line {
            line.stop(self).await;
        }
    }

    /// Nobody is signed in: the link and the phone end; the store stays open for the next.
    pub(crate) async fn end_session(&self) {
        self.hang_up_link().await;
        self.ask_to_sign_in();
    }

    /// Ends the link and the phone; the store is closed.
    pub(crate) async fn disconnect(&self) {
        self.hang_up_link().await;
        self.change(|state| {
            state.connection = Connection::None;
            state.client = None;
            state.store = None;
            (state.me, state.owner) = (None, None);
            state.structure = None;
            state.answers = None;
            state.knowledge_from = None;
            state.notices.clear();
        });
    }

    async fn kept_bearer(&self, address: &str) -> Option<Personal<String>> {
        let (secrets, name) = (self.0.environment.secrets.clone(), bearer_name(address));
        let kept = tokio::task::spawn_blocking(move || secrets.get(&name).ok().flatten()).await;
        if let Ok(Some(bearer)) = kept {
            return Some(bearer);
        }
        let kept = self.store().ok()?.kept::<Personal<String>>(SESSION).await;
        kept.ok().flatten().map(|(bearer, _)| bearer)
    }

    /// Keeps the session in the keyring; where there is none, in the store that a passphrase opens.
    pub(crate) async fn keep_bearer(&self, bearer: Option<Personal<String>>) {
        let Some(Choice::Connect { address }) = self.state().config.choice.clone() else { return };
        let (secrets, name) = (self.0.environment.secrets.clone(), bearer_name(&address));
        let session = bearer.clone();
        let kept = tokio::task::spawn_blocking(move || match bearer {
            Some(bearer) => secrets.set(&name, &bearer),
            None => secrets.delete(&name),
        });
        let in_keyring = matches!(kept.await, Ok(Ok(())));
        let Ok(store) = self.store() else { return };
        let kept = match session.filter(|_| !in_keyring) {
            Some(session) => store.keep(SESSION, &session, self.0.environment.clock.now()).await,
            None => store.forget(SESSION).await,
        };
        if kept.is_err() {
            tracing::warn!("the session is not kept: sign in again at the next start");
        }
    }
}

/// Why the store was not opened, as somebody acts on it.
fn cause(error: &OpenError) -> Code {
    let full = |kind| kind == std::io::ErrorKind::StorageFull;
    match error {
        OpenError::OtherKey => Code::Locked,
        OpenError::Newer => Code::ContractMismatch,
        OpenError::Io(error) if full(error.kind()) => Code::DiskFull,
        OpenError::Store(StoreError::DiskFull) => Code::DiskFull,
        OpenError::Io(_) | OpenError::Store(_) => Code::Internal,
    }
}

fn bearer_name(address: &str) -> String {
    format!("session:{address}")
}

fn new_key(secrets: &dyn crate::Secrets, name: &str) -> KeyFound {
    let Some(key) = StoreKey::generate() else { return KeyFound::Missing };
    match secrets.set(name, &key.to_hex()) {
        Ok(()) => KeyFound::Key(key),
        Err(SecretsError::Absent | SecretsError::Locked) => KeyFound::Passphrase { new: true },
    }
}

fn set_passphrase(place: &Place, passphrase: &str) -> Result<StoreKey, Error> {
    if passphrase.chars().count() < 12 {
        return Err(Error::new(Code::Invalid, "a passphrase has twelve characters or more"));
    }
    let internal = || Error::from(Code::Internal);
    let key = StoreKey::generate().ok_or_else(internal)?;
    let wrapped = WrappedKey::wrap(&key, passphrase).ok_or_else(internal)?;
    let text = serde_json::to_vec(&wrapped).map_err(|_| internal())?;
    std::fs::create_dir_all(&place.folder)
        .and_then(|()| std::fs::write(place.wrapped_key_file(), text))
        .map_err(|e| Error::new(Code::Internal, e.kind().to_string()))?;
    Ok(key)
}

fn open_wrapped(place: &Place, passphrase: &str) -> Result<StoreKey, Error> {
    let text = std::fs::read(place.wrapped_key_file())
        .map_err(|e| Error::new(Code::Internal, e.kind().to_string()))?;
    let wrapped: WrappedKey =
        serde_json::from_slice(&text).map_err(|_| Error::from(Code::WrongPassphrase))?;
    wrapped.open(passphrase).map_err(|_| Code::WrongPassphrase.into())
}
