//! Letters on their way: taken from the store one by one, and given to the municipality's mail server.

use super::page::moment;
use super::texts::filled;
use super::{Link, is_replaced};
use crate::config::{PostConfig, PostEncryption};
use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::Timestamp;
use domain::case::{Case, CaseStatus};
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, SystemTime};
use store::{KeptLetter, Letter, LetterKind, LetterOutcome};
use tokio::time::timeout;

type Server = AsyncSmtpTransport<Tokio1Executor>;

/// What surely did not go is tried again after so long, doubled each time, milliseconds.
const AGAIN: i64 = 60_000;
const AGAIN_AT_MOST: i64 = 30 * 60_000;
/// The store is asked again after so long when it failed, milliseconds.
const STORE_AGAIN: i64 = 10_000;
/// What a service that stops waits for the mail server's word on a letter that is under way.
const LAST_WORD: Duration = Duration::from_secs(5);

impl Core {
    /// Sends what is due until the service stops.
    pub(crate) async fn keep_posting(&self, config: PostConfig) {
        let server = match server(&config) {
            Ok(server) => server,
            Err(error) => return tracing::error!(error, "no letter can be sent"),
        };
        let mut head = self.store.head();
        loop {
            head.mark_unchanged();
            let wake = self.post_what_is_due(&server, &config).await.unwrap_or_else(|error| {
                tracing::warn!(code = ?error.code, "letters could not be read; tried again");
                Some(self.now().plus_millis(STORE_AGAIN))
            });
            tokio::select! {
                () = self.clock.until(wake.unwrap_or(Timestamp(i64::MAX))) => {}
                changed = head.changed() => if changed.is_err() { return },
                () = self.stopped() => return,
            }
        }
    }

    async fn post_what_is_due(
        &self,
        server: &Server,
        config: &PostConfig,
    ) -> Result<Option<Timestamp>, Error> {
        while let Some(kept) = self.store.take_letter(self.now()).await.map_err(failure::store)? {
            let id = kept.letter.id;
            // Taken and never heard of again, it may have gone: the receipt tells.
            let outcome = match self.post(server, config, &kept).await {
                Ok(None) => continue,
                Ok(Some(outcome)) => outcome,
                // Nothing was said to the mail server yet.
                Err(error) => {
                    tracing::warn!(letter = %id, code = ?error.code, "a letter could not be written; tried again");
                    LetterOutcome::Again(self.now().plus_millis(backoff(kept.tries)))
                }
            };
            self.store.letter_went(id, outcome).await.map_err(failure::store)?;
        }
        self.store.next_letter(self.now()).await.map_err(failure::store)
    }

    /// What became of it; `None`: nobody knows.
    async fn post(
        &self,
        server: &Server,
        config: &PostConfig,
        kept: &KeptLetter,
    ) -> Result<Option<LetterOutcome>, Error> {
        let letter = &kept.letter;
        let Some(message) = self.message(config, letter).await? else {
            tracing::info!(letter = %letter.id, "a letter has nothing to say any more, or nobody to go to");
            return Ok(Some(LetterOutcome::Dropped));
        };
        let again = LetterOutcome::Again(self.now().plus_millis(backoff(kept.tries)));
        // The library's own patience is for connecting alone: one that connects and stays mute would hold up all.
        let patience = config.patience;
        // Whether the server is there is asked first: what fails then has surely not gone.
        let there = tokio::select! {
            there = timeout(patience, server.test_connection()) => matches!(there, Ok(Ok(true))),
            () = self.stopped() => false,
        };
        if !there {
            tracing::warn!(letter = %letter.id, tries = kept.tries, "the mail server cannot be used; tried again");
            return Ok(Some(again));
        }
        let sending = server.send(message);
        tokio::pin!(sending);
        let sent = tokio::select! {
            sent = timeout(patience, &mut sending) => sent.ok(),
            // Given up at once, nobody would know of a letter that the server was just taking.
            () = self.stopped() => timeout(LAST_WORD, sending).await.ok(),
        };
        let Some(sent) = sent else {
            tracing::error!(letter = %letter.id, "a letter may have gone or not; it is not sent again");
            return Ok(None);
        };
        Ok(match sent {
            Ok(_) => Some(LetterOutcome::Sent),
            Err(error) if error.is_transient() => {
                tracing::warn!(letter = %letter.id, tries = kept.tries, "the mail server asks for patience");
                Some(again)
            }
            Err(error) if error.is_permanent() || error.is_client() => {
                tracing::error!(letter = %letter.id, "the mail server refuses a letter");
                Some(LetterOutcome::Dropped)
            }
            Err(_) => {
                tracing::error!(letter = %letter.id, "a letter may have gone or not; it is not sent again");
                None
            }
        })
    }

    /// The letter in words; `None` when the group does not have the case any more, or has no address.
    async fn message(&self, config: &PostConfig, letter: &Letter) -> Result<Option<Message>, Error> {
        let case = self.store.case(letter.case_id).await.map_err(failure::store)?;
        let Some(case) = case.filter(|case| has_it(case, letter) && self.now() < letter.expires_at) else {
            return Ok(None);
        };
        let reference = self.reference.now();
        let group = reference.structure.group(&letter.group);
        let Some(to) = group.and_then(|group| group.email.as_deref()?.parse().ok()) else { return Ok(None) };
        let link = Link { letter: letter.id, expires_at: letter.expires_at };
        let link = link.sign(&self.link_key().await?).ok_or_else(|| failure::internal("no link"))?;
        let (number, address) = (case.number.to_string(), format!("{}/lank/{link}", config.base()));
        let due = case.current_handoff().and_then(|handoff| match letter.kind {
            LetterKind::Arrived => moment(handoff.receipt_due),
            LetterKind::Accepted => moment(handoff.response_due),
        });
        let key = match letter.kind {
            LetterKind::Arrived => "mail_arrived",
            LetterKind::Accepted => "mail_accepted",
        };
        let body = filled(
            key,
            &[
                ("municipality", &reference.structure.name),
                ("number", &number),
                ("when", &due.unwrap_or_default()),
                ("until", &moment(letter.expires_at).unwrap_or_default()),
                ("link", &address),
            ],
        );
        let from = config.from.parse().map_err(|_| failure::internal("the sender is no address"))?;
        let sent_at = SystemTime::UNIX_EPOCH + Duration::from_millis(self.now().0.try_into().unwrap_or(0));
        let message = Message::builder()
            .from(from)
            .to(to)
            .subject(filled("mail_subject", &[("number", &number)]))
            .date(sent_at)
            // The same for the same letter: whoever gets it twice all the same can see that it is one.
            .message_id(Some(format!("<{}@svarsplats>", letter.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(body);
        message.map(Some).map_err(|_| failure::internal("a letter cannot be written"))
    }
}

fn has_it(case: &Case, letter: &Letter) -> bool {
    let waits = match letter.kind {
        LetterKind::Arrived => case.status == CaseStatus::HandedOver,
        LetterKind::Accepted => case.status == CaseStatus::Accepted,
    };
    waits
        && !is_replaced(case, letter)
        && case.current_handoff().is_some_and(|handoff| handoff.id == letter.handoff)
}

fn backoff(tries: u32) -> i64 {
    AGAIN.saturating_mul(1 << tries.saturating_sub(1).min(5)).min(AGAIN_AT_MOST)
}

/// The way to the municipality's mail server.
///
/// # Errors
/// What does not hold in the settings.
pub(crate) fn server(config: &PostConfig) -> Result<Server, String> {
    let mut builder =
        Server::builder_dangerous(config.server.as_str()).port(config.port).timeout(Some(config.patience));
    if config.encryption != PostEncryption::None {
        let mut tls = TlsParameters::builder(config.server.clone());
        if let Some(pem) = &config.authorities {
            let authority = Certificate::from_pem(pem.as_bytes());
            let authority = authority.map_err(|_| "post.ca: holds no certificate (PEM)".to_owned())?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        let tls = tls.build_rustls().map_err(|_| "post: TLS cannot be used so".to_owned())?;
        builder = builder.tls(match config.encryption {
            PostEncryption::Tls => Tls::Wrapper(tls),
            PostEncryption::StartTls | PostEncryption::None => Tls::Required(tls),
        });
    }
    if let Some((user, password)) = &config.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose().clone()));
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::backoff;

    #[test]
    fn patience_grows_and_ends() {
        assert_eq!([1, 2, 3, 9, 4_000_000].map(backoff), [60_000, 120_000, 240_000, 1_800_000, 1_800_000]);
    }
}
