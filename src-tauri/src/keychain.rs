//! The operating system's keyring, as the desk's [`Secrets`].

use contract::domain::Personal;
use desk::{Secrets, SecretsError};
use keyring_core::{Entry, Error};

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
    // Whether it was found is seen below: the library looks for the keyring only once.
    let _ = keyring::Entry::store_status();
    if keyring_core::get_default_store().is_none() {
        look_again();
    }
    Entry::new(SERVICE, name).map_err(|error| told(&error))
}

/// At a log-in the desk may be up before the keyring.
#[cfg(target_os = "linux")]
fn look_again() {
    if let Ok(store) = zbus_secret_service_keyring_store::Store::new() {
        keyring_core::set_default_store(store);
    }
}

#[cfg(not(target_os = "linux"))]
const fn look_again() {}

fn told(error: &Error) -> SecretsError {
    match error {
        Error::NoStorageAccess(_) => SecretsError::Locked,
        _ => {
            // A keyring that was started anew knows nothing of our connection: the next question begins another.
            #[cfg(target_os = "linux")]
            keyring_core::unset_default_store();
            SecretsError::Absent
        }
    }
}
