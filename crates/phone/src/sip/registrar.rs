//! The answering side of REGISTER, for an exchange of ours.

use rsipstack::dialog::authenticate::verify_digest;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::typed::{Authorization, Contact};
use rsipstack::sip::{Header, Method, StatusCode};
use rsipstack::transaction::transaction::Transaction;

use super::{DigestAlgorithm, Password};

/// How the credentials of a REGISTER compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are right, for a nonce of ours.
    Right,
    /// There are none, or for another nonce: challenge.
    Missing,
    /// They are wrong: refuse.
    Wrong,
}

/// A REGISTER that waits for an answer.
pub struct RegisterRequest {
    transaction: Box<Transaction>,
    user: String,
    contact: Option<Contact>,
    expires: u32,
}

impl std::fmt::Debug for RegisterRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegisterRequest").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl RegisterRequest {
    /// Gives back what names nobody.
    pub(super) fn read(transaction: Transaction) -> Result<Self, Box<Transaction>> {
        let request = &transaction.original;
        let to = request.to_header().ok().and_then(|to| to.typed().ok());
        let user = to.as_ref().and_then(|to| to.uri.user()).map(str::to_owned);
        let Some(user) = user else { return Err(Box::new(transaction)) };
        let contact = request.typed_contact_headers().ok().and_then(|contacts| contacts.into_iter().next());
        let header = request.expires_header().and_then(|header| header.value().trim().parse().ok());
        let expires = contact.as_ref().and_then(Contact::expires).or(header).unwrap_or(3_600);
        Ok(Self { user, contact, expires, transaction: Box::new(transaction) })
    }

    /// The user part of the address of record.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Where the user wants to be reached, to be called as it stands; `None` asks for what is bound.
    pub fn contact(&self) -> Option<String> {
        self.contact.as_ref().map(|contact| contact.uri.to_string())
    }

    /// Seconds asked for; 0 takes the binding back.
    pub fn expires(&self) -> u32 {
        self.expires
    }

    /// Compares the credentials with what the user's password would give for a nonce of ours.
    pub fn verify(&self, nonce: &str, password: &Password) -> Verdict {
        let Some(header) = self.transaction.original.authorization_header() else { return Verdict::Missing };
        let Ok(given) = Authorization::parse(header.value()) else { return Verdict::Wrong };
        if given.nonce != nonce {
            return Verdict::Missing;
        }
        let right = given.username == self.user
            && verify_digest(&given, password.expose(), &Method::Register, header.value());
        if right { Verdict::Right } else { Verdict::Wrong }
    }

    /// 401 with a challenge. The nonce is the caller's: hard to guess, new now and then.
    pub async fn challenge(self, realm: &str, nonce: &str, algorithm: DigestAlgorithm) {
        let algorithm = match algorithm {
            DigestAlgorithm::Md5 => "MD5",
            DigestAlgorithm::Sha256 => "SHA-256",
        };
        let value =
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"");
        self.reply(StatusCode::Unauthorized, vec![Header::WwwAuthenticate(value.into())]).await;
    }

    /// 200: bound for `expires` seconds.
    pub async fn accept(mut self, expires: u32) {
        let mut headers = vec![Header::Expires(expires.to_string().into())];
        if let Some(contact) = self.contact.take() {
            let value = format!("<{}>;expires={expires}", contact.uri);
            headers.push(Header::Contact(value.into()));
        }
        self.reply(StatusCode::OK, headers).await;
    }

    /// A refusal: 403 wrong credentials, 404 unknown user, 503, …
    pub async fn reject(self, status: u16) {
        self.reply(StatusCode::from(status), vec![]).await;
    }

    async fn reply(mut self, status: StatusCode, headers: Vec<Header>) {
        if let Err(error) = self.transaction.reply_with(status, headers, None).await {
            tracing::debug!(%error, "a REGISTER could not be answered");
        }
    }
}
