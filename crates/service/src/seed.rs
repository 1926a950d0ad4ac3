//! What an empty store begins with.

use crate::clock::{Clock, NoRandomness, Random};
use crate::config::{NewAccount, Seed};
use crate::passwords;
use crate::reference::{Current, Reference};
use domain::customer::Customer;
use domain::rights::Role;
use domain::structure::StaffMember;
use domain::{CustomerId, Personal, ResponseGroupId, UserId};
use futures_util::future::try_join_all;
use store::{Change, Commit, Credential, Store, StoreError, User};

/// Set when the store has begun; a second start seeds nothing.
const BEGUN: &str = "begun_at";
/// The first account of a service that nobody has set up.
const FIRST_USER: &str = "admin";

/// Why a store could not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeedError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error("a password could not be hashed")]
    Stopped,
}

/// Puts a municipality's files in the place of the structure and the answer support that the store has, or
/// begins an empty store with them. Staff are made or changed to what the files say; who is in the store alone
/// stays. Gives the accounts that were made, with their passwords.
pub(crate) async fn import(
    store: &dyn Store,
    seed: &Seed,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Vec<NewAccount>, SeedError> {
    if store.setting(BEGUN).await?.is_none() {
        return begin(store, Some(seed), clock, random).await;
    }
    let version = Reference::load(store, None).await?.now().version + 1;
    let (structure, knowledge) = (seed.structure.clone(), seed.knowledge.clone());
    Reference::keep(store, &Current { version, as_of: clock.now(), structure, knowledge }).await?;
    let mut new = Vec::new();
    for customer in customers(seed, clock, random)? {
        let mut known = false;
        for phone in &customer.phones {
            known |= !store.customers_by_phone(phone).await?.is_empty();
        }
        if !known {
            new.push(customer);
        }
    }
    store.commit(Commit { customers: new, ..Commit::default() }).await?;
    let users = store.users().await?;
    let mut accounts = Vec::new();
    for person in seed.people.clone() {
        match users.iter().find(|user| user.user == person.user) {
            Some(user) => store.put_user(staff(person, user.id)).await?,
            None => accounts.push(account(store, person, None, clock, random).await?),
        }
    }
    Ok(accounts)
}

/// What becomes of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountChange {
    /// Name for signing in.
    pub user: String,
    /// The person's name; the user's when a new account has none.
    pub name: Option<String>,
    /// These roles from now on; a new account needs one.
    pub roles: Vec<Role>,
    /// This group from now on; the kontaktcenter for a new account without one.
    pub group: Option<ResponseGroupId>,
    /// This telephone from now on.
    pub phone: Option<String>,
    /// A new password; every session ends.
    pub new_password: bool,
    /// Every session ends.
    pub revoke: bool,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is none of that name, and nothing says what a new one may do.
    #[error("no account of that name; a new one wants --role")]
    NoRole,
    /// The kontaktcenter has no such group.
    #[error("no such group; import the municipality's files first")]
    NoGroup,
    /// The store or the randomness failed.
    #[error("the account could not be kept: {0}")]
    Kept(String),
}

/// Makes an account, or changes one; gives it with its password when there is a new one.
///
/// # Errors
/// [`AccountError`].
pub async fn change_account(
    store: &dyn Store,
    change: AccountChange,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Option<NewAccount>, AccountError> {
    let kept = |error: StoreError| AccountError::Kept(error.to_string());
    let known = store.users().await.map_err(kept)?.into_iter().find(|user| user.user == change.user);
    if known.is_none() && change.roles.is_empty() {
        return Err(AccountError::NoRole);
    }
    let reference = Reference::load(store, None).await.map_err(kept)?.now();
    if change.group.as_ref().is_some_and(|group| reference.structure.group(group).is_none()) {
        return Err(AccountError::NoGroup);
    }
    let usual = || known.as_ref().map(|user| user.group.clone()).or_else(|| "kontaktcenter".parse().ok());
    let person = StaffMember {
        user: change.user.clone(),
        name: match (change.name, &known) {
            (Some(name), _) => Personal::new(name),
            (None, Some(user)) => user.name.clone(),
            (None, None) => Personal::new(change.user.clone()),
        },
        roles: match &known {
            Some(user) if change.roles.is_empty() => user.roles.clone(),
            _ => change.roles,
        },
        group: change.group.or_else(usual).ok_or(AccountError::NoGroup)?,
        phone: change.phone.or_else(|| known.as_ref().and_then(|user| user.phone.clone())),
    };
    let Some(user) = known else {
        let made = account(store, person, None, clock, random).await;
        return made.map(Some).map_err(|error| AccountError::Kept(error.to_string()));
    };
    if change.new_password || change.revoke {
        let now = clock.now();
        for session in store.sessions_of(user.id, now).await.map_err(kept)? {
            store.revoke_session(session.id, now).await.map_err(kept)?;
        }
        let commit = Commit { changes: vec![Change::SignedOut { user: user.id }], ..Commit::default() };
        store.commit(commit).await.map_err(kept)?;
    }
    if change.new_password {
        let made = account(store, person, Some(user.id), clock, random).await;
        return made.map(Some).map_err(|error| AccountError::Kept(error.to_string()));
    }
    store.put_user(staff(person, user.id)).await.map_err(kept)?;
    Ok(None)
}

fn staff(person: StaffMember, id: UserId) -> User {
    let StaffMember { user, name, roles, group, phone } = person;
    User { id, user, name, roles, group, phone, active: true }
}

/// Seeds an empty store; gives the accounts that were made, with their passwords.
pub(crate) async fn begin(
    store: &dyn Store,
    seed: Option<&Seed>,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Vec<NewAccount>, SeedError> {
    if store.setting(BEGUN).await?.is_some() {
        return Ok(Vec::new());
    }
    let now = clock.now();
    let mut people = Vec::new();
    if let Some(seed) = seed {
        let (structure, knowledge) = (seed.structure.clone(), seed.knowledge.clone());
        Reference::keep(store, &Current { version: 1, as_of: now, structure, knowledge }).await?;
        store.commit(Commit { customers: customers(seed, clock, random)?, ..Commit::default() }).await?;
        people.clone_from(&seed.people);
    }
    if !people.iter().any(|person| person.roles.contains(&Role::Administrator)) {
        people.extend(first_administrator());
    }
    // A start that was cut short is done again: names that are there get a new password.
    let known = store.users().await?;
    let mut made = Vec::with_capacity(people.len());
    for person in people {
        let same = known.iter().find(|user| user.user == person.user).map(|user| user.id);
        made.push(prepare(person, same, clock, random).await?);
    }
    keep(store, &made).await?;
    store.put_settings(&[(BEGUN, &now.0.to_string())]).await?;
    Ok(made.into_iter().map(|one| one.told).collect())
}

fn first_administrator() -> Option<StaffMember> {
    let group: ResponseGroupId = "kontaktcenter".parse().ok()?;
    let (user, name) = (FIRST_USER.to_owned(), Personal::from(FIRST_USER));
    Some(StaffMember { user, name, roles: vec![Role::Administrator], group, phone: None })
}

fn customers(seed: &Seed, clock: &dyn Clock, random: &dyn Random) -> Result<Vec<Customer>, NoRandomness> {
    let customer = |resident: &municipality::KnownResident| {
        let mut bytes = [0; 10];
        random.fill(&mut bytes)?;
        Ok(Customer {
            id: CustomerId::new(clock.now(), bytes),
            name: resident.name.clone(),
            phones: resident.phones.clone(),
            email: resident.email.clone(),
            address: resident.address.clone(),
            protected: resident.protected,
        })
    };
    seed.residents.iter().map(customer).collect()
}

/// Makes an account with a new password, or gives a known one a new password.
pub(crate) async fn account(
    store: &dyn Store,
    person: StaffMember,
    known: Option<UserId>,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<NewAccount, SeedError> {
    let made = prepare(person, known, clock, random).await?;
    keep(store, std::slice::from_ref(&made)).await?;
    Ok(made.told)
}

/// An account that is not kept yet.
struct Prepared {
    user: User,
    credential: Credential,
    told: NewAccount,
}

async fn prepare(
    person: StaffMember,
    known: Option<UserId>,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Prepared, SeedError> {
    let mut bytes = [0; 10];
    random.fill(&mut bytes)?;
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let password = passwords::generate(random)?;
    let id = known.unwrap_or_else(|| UserId::new(clock.now(), bytes));
    let told =
        NewAccount { user: person.user.clone(), roles: person.roles.clone(), password: password.clone() };
    let hash = tokio::task::spawn_blocking(move || passwords::hash_with(&password, &salt))
        .await
        .map_err(|_| SeedError::Stopped)??;
    Ok(Prepared { user: staff(person, id), credential: Credential::Local { hash }, told })
}

/// All at once: the store groups what comes together, and a slow disk is waited for twice, not twice a person.
async fn keep(store: &dyn Store, made: &[Prepared]) -> Result<(), StoreError> {
    try_join_all(made.iter().map(|one| store.put_user(one.user.clone()))).await?;
    try_join_all(made.iter().map(|one| store.put_credential(one.user.id, one.credential.clone()))).await?;
    Ok(())
}
