//! Whom the phone believes to be the exchange, and in words why it does not.

use std::io;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error, crypto};
use rustls_platform_verifier::Verifier;

use super::SipError;
use crate::call::TlsFault;

/// Who vouches for an exchange: whomever the system trusts, and beside them authorities of the municipality's own.
/// There is no way to believe just anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    authorities: Option<String>,
}

impl Trust {
    /// The system's authorities, and those of a PEM text. What is in it is looked at when a connection is made: a
    /// text without a certificate is [`TlsFault::NotACertificate`].
    pub fn with_authorities(pem: impl Into<String>) -> Self {
        Self { authorities: Some(pem.into()) }
    }

    /// What a connection is made with. Reads the system's files: not for the thread that has calls to serve.
    pub(super) fn config(&self) -> Result<ClientConfig, TlsFault> {
        let provider = Arc::new(crypto::ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.certificates()?, provider.clone());
        let verifier = verifier.map_err(|error| match error {
            Error::General(_) => TlsFault::UnknownIssuer,
            _ => TlsFault::NotACertificate,
        })?;
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| TlsFault::Refused)?.dangerous();
        Ok(config.with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
        let Some(pem) = &self.authorities else { return Ok(Vec::new()) };
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        read.ok().filter(|read| !read.is_empty()).ok_or(TlsFault::NotACertificate)
    }
}

/// Why a handshake came to nothing.
pub(super) fn why(error: &io::Error) -> SipError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match (tls, error.kind()) {
        (Some(Error::InvalidCertificate(fault)), _) => SipError::Insecure(of_certificate(fault)),
        // Closed in the middle of it, or answered in another language: that is a refusal, too.
        (Some(_), _) | (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            SipError::Insecure(TlsFault::Refused)
        }
        (None, _) => SipError::NoAnswer,
    }
}

fn of_certificate(fault: &CertificateError) -> TlsFault {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFault::WrongName
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsFault::UnknownIssuer,
        CertificateError::BadEncoding => TlsFault::NotACertificate,
        _ => TlsFault::Unsuitable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_certificate_is_told_and_none_at_all_is_the_system_alone() {
        for text in ["", "hemligt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let fault = Trust::with_authorities(text).config().err();
            assert_eq!(fault, Some(TlsFault::NotACertificate), "{text:?}");
        }
        assert_eq!(Trust::default().certificates(), Ok(Vec::new()));
    }

    #[test]
    fn a_connection_that_breaks_is_no_certificates_fault() {
        let refused = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(why(&refused), SipError::Insecure(TlsFault::Refused));
        assert_eq!(why(&io::Error::from(io::ErrorKind::TimedOut)), SipError::NoAnswer);
        let revoked = io::Error::other(Error::InvalidCertificate(CertificateError::Revoked));
        assert_eq!(why(&revoked), SipError::Insecure(TlsFault::Unsuitable));
    }
}
