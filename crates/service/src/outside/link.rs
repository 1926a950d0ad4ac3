//! The link in an e-mail: which letter it came with and until when it holds, signed. Pure.

use domain::{LetterId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Bytes of the signing key.
pub(crate) const KEY: usize = 32;
const SIGNED: usize = 16 + 8;
const TAG: usize = 32;
/// What is signed is a link and nothing else.
const PURPOSE: &[u8] = b"svarsplats link 1";

/// What a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// The letter that it came with.
    pub(crate) letter: LetterId,
    /// It holds until then.
    pub(crate) expires_at: Timestamp,
}

impl Link {
    /// As the last part of an address: lower-case hexadecimal.
    pub(crate) fn sign(&self, key: &[u8; KEY]) -> Option<String> {
        let signed = self.bytes();
        let tag = mac(key, &signed)?.finalize().into_bytes();
        Some(crate::hash::hex(&signed) + &crate::hash::hex(&tag))
    }

    /// Reads a link; `None` for anything that was not signed with the key, whatever is wrong with it.
    pub(crate) fn read(text: &str, key: &[u8; KEY]) -> Option<Self> {
        let bytes = unhex(text)?;
        let (signed, tag) = bytes.split_at_checked(SIGNED)?;
        // Compared in constant time.
        mac(key, signed)?.verify_slice(tag).ok()?;
        let (letter, expires_at) = signed.split_at_checked(16)?;
        Some(Self {
            letter: LetterId(Uuid::from_slice(letter).ok()?),
            expires_at: Timestamp(i64::from_be_bytes(expires_at.try_into().ok()?)),
        })
    }

    fn bytes(&self) -> [u8; SIGNED] {
        let mut bytes = [0; SIGNED];
        let parts = self.letter.0.as_bytes().iter().copied().chain(self.expires_at.0.to_be_bytes());
        bytes.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
        bytes
    }
}

fn mac(key: &[u8; KEY], signed: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(PURPOSE);
    mac.update(signed);
    Some(mac)
}

/// Bytes of lower-case hexadecimal of a link's length.
fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * (SIGNED + TAG) {
        return None;
    }
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(digit(pair.first()?)? * 16 + digit(pair.get(1)?)?)).collect()
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "what is cut is ASCII")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link(letter: u128, expires_at: i64) -> Link {
        Link { letter: LetterId(Uuid::from_u128(letter)), expires_at: Timestamp(expires_at) }
    }

    proptest! {
        #[test]
        fn a_link_reads_as_it_was_signed_and_with_its_own_key_alone(
            letter: u128, at: i64, key: [u8; KEY], other: [u8; KEY]
        ) {
            let text = link(letter, at).sign(&key).unwrap();
            prop_assert_eq!(Link::read(&text, &key), Some(link(letter, at)));
            prop_assume!(key != other);
            prop_assert_eq!(Link::read(&text, &other), None);
        }

        #[test]
        fn an_altered_link_is_none(letter: u128, at: i64, key: [u8; KEY], place in 0..112_usize, to in "[0-9a-fA-F/ .å]") {
            let text = link(letter, at).sign(&key).unwrap();
            let altered: String =
                text.chars().enumerate().map(|(i, c)| if i == place { to.chars().next().unwrap() } else { c }).collect();
            prop_assume!(altered != text);
            prop_assert_eq!(Link::read(&altered, &key), None);
            prop_assert_eq!(Link::read(&text[..place], &key), None);
            prop_assert_eq!(Link::read(&format!("{text}{to}"), &key), None);
        }

        #[test]
        fn what_somebody_makes_up_is_none(text in ".{0,200}", key: [u8; KEY]) {
            prop_assert_eq!(Link::read(&text, &key), None);
        }

        /// The parts of two links that both hold make none.
        #[test]
        fn two_links_do_not_mix(a: u128, b: u128, at: i64, later: i64, key: [u8; KEY]) {
            prop_assume!(a != b && at != later);
            let (one, two) = (link(a, at).sign(&key).unwrap(), link(b, later).sign(&key).unwrap());
            for cut in [32, 48] {
                prop_assert_eq!(Link::read(&format!("{}{}", &one[..cut], &two[cut..]), &key), None);
            }
        }
    }
}
