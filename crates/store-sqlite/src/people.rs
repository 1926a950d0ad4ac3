//! Customers, agents, users, sessions.

use crate::failure::{failed, unique};
use crate::map;
use domain::agent::AgentStatus;
use domain::customer::Customer;
use domain::phone_number::PhoneNumber;
use domain::{CustomerId, Personal, SessionId, Timestamp, UserId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::collections::HashMap;
use store::{Credential, Door, Look, Session, StoreError, TokenHash, User};

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) fn put_customer(db: &Connection, customer: &Customer) -> rusqlite::Result<()> {
    let optional = |text: &Option<Personal<String>>| text.as_ref().map(|t| t.expose().clone());
    db.prepare_cached("INSERT OR REPLACE INTO customer VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        customer.id.0,
        customer.name.expose(),
        optional(&customer.email),
        optional(&customer.address),
        map::word(customer.protected)?,
    ])?;
    db.prepare_cached("DELETE FROM customer_phone WHERE customer_id = ?1")?.execute([customer.id.0])?;
    for (phone, place) in customer.phones.iter().zip(0_u32..) {
        db.prepare_cached("INSERT INTO customer_phone VALUES (?1, ?2, ?3)")?.execute(params![
            customer.id.0,
            place,
            phone.e164()
        ])?;
    }
    Ok(())
}

/// The customers of those ids, in one query; their numbers by place.
pub(crate) fn customers(db: &Connection, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Customer>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks = vec!["?"; ids.len()].join(", ");
    let sql = format!(
        "SELECT id, name, email, address, protected, phone FROM customer
         LEFT JOIN customer_phone ON customer_id = id WHERE id IN ({marks}) ORDER BY id, place"
    );
    let mut statement = db.prepare_cached(&sql).map_err(failed)?;
    let mut rows = statement.query(params_from_iter(ids.iter().map(|id| id.0))).map_err(failed)?;
    let mut customers = HashMap::with_capacity(ids.len());
    while let Some(row) = rows.next().map_err(failed)? {
        let read = read_customer(row).map_err(failed)?;
        let has_phone = row.get_ref(5).map_err(failed)? != ValueRef::Null;
        let customer: &mut Customer = customers.entry(read.id).or_insert(read);
        if has_phone {
            customer.phones.push(map::read_word(row, 5).map_err(failed)?);
        }
    }
    Ok(customers)
}

fn read_customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: CustomerId(row.get(0)?),
        name: Personal::new(row.get(1)?),
        phones: Vec::new(),
        email: row.get::<_, Option<String>>(2)?.map(Personal::new),
        address: row.get::<_, Option<String>>(3)?.map(Personal::new),
        protected: map::read_word(row, 4)?,
    })
}

pub(crate) fn customer(db: &Connection, id: CustomerId) -> Result<Option<Customer>> {
    Ok(customers(db, &[id])?.remove(&id))
}

pub(crate) fn customers_by_phone(db: &Connection, phone: &PhoneNumber) -> Result<Vec<Customer>> {
    let ids: Vec<CustomerId> = db
        .prepare_cached(
            "SELECT DISTINCT customer_id FROM customer_phone WHERE phone = ?1 ORDER BY customer_id",
        )
        .and_then(|mut s| s.query_map([phone.e164()], |r| r.get(0).map(CustomerId))?.collect())
        .map_err(failed)?;
    let mut known = customers(db, &ids)?;
    Ok(ids.into_iter().filter_map(|id| known.remove(&id)).collect())
}

pub(crate) fn looks(db: &Connection, customer: CustomerId) -> Result<Vec<Look>> {
    db.prepare_cached("SELECT at, user_id, case_id FROM look WHERE customer_id = ?1 ORDER BY position DESC")
        .and_then(|mut s| {
            s.query_map([customer.0], |r| {
                Ok(Look {
                    at: Timestamp(r.get(0)?),
                    user: UserId(r.get(1)?),
                    customer,
                    case_id: r.get::<_, Option<_>>(2)?.map(domain::CaseId),
                })
            })?
            .collect()
        })
        .map_err(failed)
}

pub(crate) fn agent(db: &Connection, user: UserId) -> Result<Option<AgentStatus>> {
    db.prepare_cached("SELECT status FROM agent_state WHERE user_id = ?1")
        .and_then(|mut s| s.query_row([user.0], |r| map::read_json(r, 0)).optional())
        .map_err(failed)
}

pub(crate) fn agents(db: &Connection) -> Result<Vec<AgentStatus>> {
    db.prepare_cached("SELECT status FROM agent_state ORDER BY user_id")
        .and_then(|mut s| s.query_map([], |r| map::read_json(r, 0))?.collect())
        .map_err(failed)
}

const USER: &str = "u.id, u.user, u.name, u.roles, u.group_id, u.phone, u.active";

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get(0)?),
        user: row.get(1)?,
        name: Personal::new(row.get(2)?),
        roles: map::read_json(row, 3)?,
        group: map::read_word(row, 4)?,
        phone: row.get(5)?,
        active: row.get(6)?,
    })
}

pub(crate) fn put_user(db: &Connection, user: &User) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO user_account VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET user = excluded.user, name = excluded.name, roles = excluded.roles,
           group_id = excluded.group_id, phone = excluded.phone, active = excluded.active",
    )
    .and_then(|mut s| {
        s.execute(params![
            user.id.0,
            user.user,
            user.name.expose(),
            map::json(&user.roles)?,
            user.group.as_str(),
            user.phone,
            user.active
        ])
    })
    .map(drop)
    .map_err(unique)
}

pub(crate) fn put_credential(db: &Connection, user: UserId, credential: &Credential) -> Result<()> {
    match credential {
        Credential::Local { hash } => db
            .execute("DELETE FROM credential WHERE user_id = ?1 AND kind = 'local'", [user.0])
            .and_then(|_| {
                db.execute(
                    "INSERT INTO credential (user_id, kind, hash) VALUES (?1, 'local', ?2)",
                    params![user.0, hash.expose()],
                )
            }),
        Credential::Oidc { issuer, subject } => db.execute(
            "INSERT INTO credential (user_id, kind, issuer, subject) VALUES (?1, 'oidc', ?2, ?3)",
            params![user.0, issuer, subject.expose()],
        ),
    }
    .map(drop)
    .map_err(unique)
}

pub(crate) fn users(db: &Connection) -> Result<Vec<User>> {
    db.prepare_cached(&format!("SELECT {USER} FROM user_account u ORDER BY u.user"))
        .and_then(|mut s| s.query_map([], read_user)?.collect())
        .map_err(failed)
}

pub(crate) fn user(db: &Connection, id: UserId) -> Result<Option<User>> {
    db.prepare_cached(&format!("SELECT {USER} FROM user_account u WHERE u.id = ?1"))
        .and_then(|mut s| s.query_row([id.0], read_user).optional())
        .map_err(failed)
}

pub(crate) fn sign_in_data(db: &Connection, user: &str) -> Result<Option<(User, Option<Personal<String>>)>> {
    db.prepare_cached(&format!(
        "SELECT {USER}, c.hash FROM user_account u
         LEFT JOIN credential c ON c.user_id = u.id AND c.kind = 'local' WHERE u.user = ?1"
    ))
    .and_then(|mut s| {
        s.query_row([user], |r| Ok((read_user(r)?, r.get::<_, Option<String>>(7)?.map(Personal::new))))
            .optional()
    })
    .map_err(failed)
}

pub(crate) fn user_of_subject(db: &Connection, issuer: &str, subject: &str) -> Result<Option<User>> {
    db.prepare_cached(&format!(
        "SELECT {USER} FROM user_account u JOIN credential c ON c.user_id = u.id
         WHERE c.issuer = ?1 AND c.subject = ?2"
    ))
    .and_then(|mut s| s.query_row([issuer, subject], read_user).optional())
    .map_err(failed)
}

const fn door_word(door: Door) -> &'static str {
    match door {
        Door::Desk => "desk",
        Door::Browser => "browser",
    }
}

pub(crate) fn open_session(db: &Connection, session: &Session) -> Result<()> {
    db.prepare_cached("INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        .and_then(|mut s| {
            s.execute(params![
                session.id.0,
                session.token.0,
                session.user.0,
                door_word(session.door),
                session.created_at.0,
                session.expires_at.0,
                session.revoked_at.map(|at| at.0),
            ])
        })
        .map(drop)
        .map_err(unique)
}

const SESSION: &str = "s.id, s.token, s.user_id, s.door, s.created_at, s.expires_at, s.revoked_at";

fn read_session(row: &Row<'_>, from: usize) -> rusqlite::Result<Session> {
    let door: String = row.get(from + 3)?;
    Ok(Session {
        id: SessionId(row.get(from)?),
        token: TokenHash(row.get(from + 1)?),
        user: UserId(row.get(from + 2)?),
        door: if door == "browser" { Door::Browser } else { Door::Desk },
        created_at: Timestamp(row.get(from + 4)?),
        expires_at: Timestamp(row.get(from + 5)?),
        revoked_at: row.get::<_, Option<_>>(from + 6)?.map(Timestamp),
    })
}

pub(crate) fn session(db: &Connection, token: TokenHash) -> Result<Option<(Session, User)>> {
    db.prepare_cached(&format!(
        "SELECT {USER}, {SESSION} FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.token = ?1"
    ))
    .and_then(|mut s| s.query_row([token.0], |r| Ok((read_session(r, 7)?, read_user(r)?))).optional())
    .map_err(failed)
}

pub(crate) fn revoke_session(db: &Connection, id: SessionId, at: Timestamp) -> Result<bool> {
    db.execute(
        "UPDATE session SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?2",
        params![id.0, at.0],
    )
    .map(|rows| rows == 1)
    .map_err(failed)
}

pub(crate) fn forget_sessions(db: &Connection, before: Timestamp) -> Result<u64> {
    db.execute("DELETE FROM session WHERE expires_at < ?1 OR revoked_at < ?1", [before.0])
        .map(|count| u64::try_from(count).unwrap_or(u64::MAX))
        .map_err(failed)
}

pub(crate) fn sessions_of(db: &Connection, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
    db.prepare_cached(&format!(
        "SELECT {SESSION} FROM session s
         WHERE s.user_id = ?1 AND s.revoked_at IS NULL AND s.expires_at > ?2 ORDER BY s.created_at"
    ))
    .and_then(|mut s| s.query_map(params![user.0, now.0], |r| read_session(r, 0))?.collect())
    .map_err(failed)
}
