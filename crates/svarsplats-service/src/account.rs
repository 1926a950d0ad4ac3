//! The line that tells of a new account.

use service::NewAccount;
use service::domain::rights::Role;

/// `account <user> <role> <password>`: to be read by people and programs, once.
pub(crate) fn line(account: &NewAccount) -> String {
    let role = account.roles.first().copied().map_or("none", word);
    format!("account {} {role} {}", account.user, account.password.expose())
}

/// The role of that word.
pub(crate) fn role(text: &str) -> Option<Role> {
    let all = [Role::Agent, Role::Lead, Role::CaseOfficer, Role::Trainer, Role::Administrator, Role::Auditor];
    all.into_iter().find(|role| word(*role) == text)
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Lead => "lead",
        Role::CaseOfficer => "case_officer",
        Role::Trainer => "trainer",
        Role::Administrator => "administrator",
        Role::Auditor => "auditor",
    }
}
