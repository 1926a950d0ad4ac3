//! The operating system's keyring, as the desk's [`Secrets`].

use contract::domain::Personal;
use desk::{Secrets, SecretsError};
use keyring::{Entry, Error};

const SERVICE: &str = "se.svarsplats.desk";

/// The keyring of the one who is logged in to the computer.
pub struct Keychain;

impl Secrets for Keychain {
    fn get(&self, name: &str) -> Result<Option<Personal<String>>, SecretsError> {
        match entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(told(&error)),
        }
    }

    fn set(&self, name: &str, secret: &Personal<String>) -> Result<(), SecretsError> {
        entry(name)?.set_password(secret.expose()).map_err(|error| told(&error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretsError> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(told(&error)),
        }
    }
}

fn entry(name: &str) -> Result<Entry, SecretsError> {
    Entry::new(SERVICE, name).map_err(|error| told(&error))
}

fn told(error: &Error) -> SecretsError {
    match error {
        Error::NoStorageAccess(_) => SecretsError::Locked,
        _ => SecretsError::Absent,
    }
}
