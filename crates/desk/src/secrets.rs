//! Secrets: the keyring as the desk needs it, and the store's key.

use argon2::Argon2;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use contract::domain::Personal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Why the keyring did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// There is none on this computer.
    #[error("there is no keyring")]
    Absent,
    /// It is locked, or its owner said no. Asking again later may succeed.
    #[error("the keyring is locked")]
    Locked,
}

/// The operating system's keyring. Calls may block: the desk makes them off the async threads.
pub trait Secrets: Send + Sync {
    /// The secret of that name; `None` when there is none.
    ///
    /// # Errors
    /// [`SecretsError`].
    fn get(&self, name: &str) -> Result<Option<Personal<String>>, SecretsError>;
    /// Keeps a secret.
    ///
    /// # Errors
    /// [`SecretsError`].
    fn set(&self, name: &str, secret: &Personal<String>) -> Result<(), SecretsError>;
    /// Forgets a secret; one that is not there is no error.
    ///
    /// # Errors
    /// [`SecretsError`].
    fn delete(&self, name: &str) -> Result<(), SecretsError>;
}

/// The store's key: 256 random bits.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// A new key; `None` when the system gives no randomness: then no store is made.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok().map(|()| Self(bytes))
    }

    /// The key as kept in the keyring: 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> Personal<String> {
        Personal::new(hex(&self.0))
    }

    /// Reads what [`Self::to_hex`] wrote.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text)?.try_into().ok().map(Self)
    }

    /// Names the key without telling it; kept beside the store so that a missing key is told from a damaged store.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Sha256::new().chain_update(b"svarsplats-key-id").chain_update(self.0).finalize();
        hex(digest.get(..8).unwrap_or_default())
    }
}

/// A key wrapped by a passphrase (Argon2id, ChaCha20-Poly1305), for a computer without a keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    salt: String,
    nonce: String,
    sealed: String,
}

/// The passphrase does not open the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wrong passphrase")]
pub struct WrongPassphrase;

impl WrappedKey {
    /// Wraps a key. `None` when the system gives no randomness.
    #[must_use]
    pub fn wrap(key: &StoreKey, passphrase: &str) -> Option<Self> {
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        getrandom::fill(&mut salt).ok()?;
        getrandom::fill(&mut nonce).ok()?;
        let cipher = cipher(passphrase, &salt)?;
        let sealed = cipher.encrypt(Nonce::from_slice(&nonce), key.0.as_slice()).ok()?;
        Some(Self { salt: hex(&salt), nonce: hex(&nonce), sealed: hex(&sealed) })
    }

    /// Opens the key.
    ///
    /// # Errors
    /// [`WrongPassphrase`], also when the file was altered.
    pub fn open(&self, passphrase: &str) -> Result<StoreKey, WrongPassphrase> {
        let open = || {
            let nonce: [u8; 12] = unhex(&self.nonce)?.try_into().ok()?;
            let cipher = cipher(passphrase, &unhex(&self.salt)?)?;
            let key = cipher.decrypt(Nonce::from_slice(&nonce), unhex(&self.sealed)?.as_slice()).ok()?;
            key.try_into().ok().map(StoreKey)
        };
        open().ok_or(WrongPassphrase)
    }
}

fn cipher(passphrase: &str, salt: &[u8]) -> Option<ChaCha20Poly1305> {
    let mut key = [0; 32];
    Argon2::default().hash_password_into(passphrase.as_bytes(), salt, &mut key).ok()?;
    let cipher = ChaCha20Poly1305::new(Key::from_slice(&key));
    key.zeroize();
    Some(cipher)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits?;
    digits.len().is_multiple_of(2).then_some(())?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_keyring_and_the_passphrase() {
        let key = StoreKey::generate().unwrap();
        let again = StoreKey::from_hex(key.to_hex().expose()).unwrap();
        assert_eq!(key.id(), again.id());
        let wrapped = WrappedKey::wrap(&key, "grön häst äter gräs").unwrap();
        assert_eq!(wrapped.open("grön häst äter gräs").unwrap().id(), key.id());
        assert_eq!(wrapped.open("röd häst").err(), Some(WrongPassphrase));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "00", &"g".repeat(64), &"0".repeat(63)] {
            assert!(StoreKey::from_hex(text).is_none());
        }
    }
}
