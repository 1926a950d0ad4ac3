//! Passwords: made, hashed, checked.

use crate::clock::{NoRandomness, Random};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::Personal;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Each check takes 19 MiB and a core for a moment.
const AT_ONCE: usize = 4;
/// So many are checked or wait for it; more are asked to come back.
const IN_LINE: usize = 24;

/// Letters and digits that are not taken for one another when read aloud or typed.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";

/// Checks passwords, a few at a time.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    line: Arc<Semaphore>,
    /// Password and salt of nobody, and their hash once somebody signs in: checked for a user that does
    /// not exist, so that the answer takes as long.
    nobody: Arc<Nobody>,
}

/// A place in the line of those whose password is checked.
pub(crate) struct InLine(
    #[allow(dead_code, reason = "held, and given back when dropped")] OwnedSemaphorePermit,
);

struct Nobody {
    password: Personal<String>,
    salt: [u8; 16],
    hash: OnceLock<Personal<String>>,
}

impl Nobody {
    fn hash(&self) -> Personal<String> {
        self.hash.get_or_init(|| hash_with(&self.password, &self.salt).unwrap_or_default()).clone()
    }
}

impl Passwords {
    pub(crate) fn new(random: &dyn Random) -> Result<Self, NoRandomness> {
        let mut salt = [0; 16];
        random.fill(&mut salt)?;
        let nobody = Nobody { password: generate(random)?, salt, hash: OnceLock::new() };
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            line: Arc::new(Semaphore::new(IN_LINE)),
            nobody: Arc::new(nobody),
        })
    }

    /// A place in the line; `None` when it is long already.
    pub(crate) fn turn(&self) -> Option<InLine> {
        Arc::clone(&self.line).try_acquire_owned().ok().map(InLine)
    }

    /// Whether the password has the hash; without a hash: false, after the same work.
    pub(crate) async fn check(
        &self,
        _place: InLine,
        password: Personal<String>,
        hash: Option<Personal<String>>,
    ) -> bool {
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return false };
        let (known, nobody) = (hash.is_some(), Arc::clone(&self.nobody));
        let check = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            // Made before either is checked: the first to sign in waits for it whoever they are.
            let nobody = nobody.hash();
            matches(&password, hash.unwrap_or(nobody).expose()).unwrap_or(false)
        });
        check.await.unwrap_or(false) && known
    }
}

/// A password of sixteen letters and digits in groups of four: 79 bits.
pub(crate) fn generate(random: &dyn Random) -> Result<Personal<String>, NoRandomness> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    let mut password = String::with_capacity(19);
    for (byte, index) in bytes.iter().zip(0..) {
        if index % 4 == 0 && index > 0 {
            password.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'x');
        password.push(char::from(letter));
    }
    Ok(Personal::new(password))
}

/// The argon2id hash of a password with a random salt, PHC string.
pub(crate) fn hash_with(
    password: &Personal<String>,
    salt: &[u8; 16],
) -> Result<Personal<String>, NoRandomness> {
    let own = || {
        let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::default());
        let salt = Salt::new(salt).ok()?;
        let hash = PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params).ok()?,
            hash: Some(output(&Argon2::new(algorithm, version, params), password, &salt)?),
            salt: Some(salt),
        };
        Some(Personal::new(hash.to_string()))
    };
    own().ok_or(NoRandomness)
}

/// Whether the password has that hash, a PHC string; `None` when the string is none of argon2.
fn matches(password: &Personal<String>, hash: &str) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    let argon = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
    // `Output` compares in constant time.
    Some(output(&argon, password, &hash.salt?)? == hash.hash?)
}

/// What checks compute in, kept for the next: freed and allocated anew on any thread, the blocks of the C
/// library's arenas add up to ten times of what is ever used at once.
static SCRATCH: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

fn output(argon: &Argon2<'_>, password: &Personal<String>, salt: &Salt) -> Option<Output> {
    let scratch = || SCRATCH.lock().unwrap_or_else(PoisonError::into_inner);
    let mut blocks = scratch().pop().unwrap_or_default();
    blocks.resize(argon.params().block_count(), Block::new());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let filled =
        argon.hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut out, &mut blocks);
    // Nothing that a password went through stays.
    blocks.fill(Block::new());
    scratch().push(blocks);
    filled.ok().and_then(|()| Output::new(&out).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new(&SystemRandom).unwrap();
        let hashed = hash_with(&"rätt lösenord".into(), &[7; 16]).unwrap();
        assert!(hashed.expose().starts_with("$argon2id$"));
        let turn = || passwords.turn().unwrap();
        assert!(passwords.check(turn(), "rätt lösenord".into(), Some(hashed.clone())).await);
        assert!(!passwords.check(turn(), "fel lösenord".into(), Some(hashed)).await);
        assert!(!passwords.check(turn(), "rätt lösenord".into(), None).await);
        assert!(!passwords.check(turn(), "rätt lösenord".into(), Some("ingen hash".into())).await);
        let all: Vec<_> = std::iter::from_fn(|| passwords.turn()).collect();
        assert_eq!(all.len(), IN_LINE, "a line that is long is told at once");
    }

    #[test]
    fn hashes_of_others_are_checked_by_their_own_parameters() {
        // Salt "somesalt", 256 KiB, two passes: the reference implementation's own test.
        let theirs = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(matches(&"password".into(), theirs), Some(true));
        assert_eq!(matches(&"Password".into(), theirs), Some(false));
        assert_eq!(matches(&"password".into(), "$2b$12$abc"), None);
    }

    #[test]
    fn a_generated_password_can_be_read_aloud() {
        let (one, two) = (generate(&SystemRandom).unwrap(), generate(&SystemRandom).unwrap());
        assert_ne!(one, two);
        assert_eq!(one.expose().len(), 19);
        assert!(one.expose().bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
    }
}
