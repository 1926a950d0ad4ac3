//! What an empty store begins with.

use crate::clock::{Clock, NoRandomness, Random};
use crate::config::{NewAccount, Seed};
use crate::passwords;
use crate::reference::{Current, Reference};
use domain::customer::Customer;
use domain::rights::Role;
use domain::structure::StaffMember;
use domain::{CustomerId, Personal, ResponseGroupId, UserId};
use store::{Commit, Credential, Store, StoreError, User};

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
    let mut accounts = Vec::with_capacity(people.len());
    for person in people {
        let same = known.iter().find(|user| user.user == person.user).map(|user| user.id);
        accounts.push(account(store, person, same, clock, random).await?);
    }
    store.put_setting(BEGUN, &now.0.to_string()).await?;
    Ok(accounts)
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

async fn account(
    store: &dyn Store,
    person: StaffMember,
    known: Option<UserId>,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<NewAccount, SeedError> {
    let mut bytes = [0; 10];
    random.fill(&mut bytes)?;
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let password = passwords::generate(random)?;
    let id = known.unwrap_or_else(|| UserId::new(clock.now(), bytes));
    let user = User {
        id,
        user: person.user.clone(),
        name: person.name,
        roles: person.roles.clone(),
        group: person.group,
        phone: person.phone,
        active: true,
    };
    store.put_user(user).await?;
    let plain = password.clone();
    let hash = tokio::task::spawn_blocking(move || passwords::hash_with(&plain, &salt))
        .await
        .map_err(|_| SeedError::Stopped)??;
    store.put_credential(id, Credential::Local { hash }).await?;
    Ok(NewAccount { user: person.user, roles: person.roles, password })
}
