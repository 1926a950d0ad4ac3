//! The registering side of REGISTER.

use std::time::Duration;

use rsipstack::sip::typed::Contact;
use rsipstack::sip::{Response, StatusCodeKind, Uri};
use rsipstack::transport::SipAddr;

use super::endpoint::credential;
use super::{Credentials, Endpoint, SipError, Transport};
use crate::call::{RegistrationFault, TlsFault};

/// How long an exchange may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest between two refreshes: so late is an exchange missed that went without a word.
const WATCH: Duration = Duration::from_secs(30);
/// What we ask for, seconds.
const EXPIRES: u32 = 300;

/// Why a registration did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterFault {
    /// The exchange refused the user or the password.
    #[error("wrong credentials")]
    WrongCredentials,
    /// Nobody answered.
    #[error("the exchange cannot be reached")]
    Unreachable,
    /// The exchange answered with another status.
    #[error("refused with status {0}")]
    Refused(u16),
    /// The exchange is not believed to be the one that is meant, or does not speak TLS with us.
    #[error("{0}")]
    Insecure(TlsFault),
}

impl From<RegisterFault> for RegistrationFault {
    fn from(fault: RegisterFault) -> Self {
        match fault {
            RegisterFault::WrongCredentials => Self::WrongCredentials,
            RegisterFault::Unreachable => Self::Unreachable,
            RegisterFault::Refused(status) => Self::Refused { status },
            RegisterFault::Insecure(fault) => Self::Insecure { fault },
        }
    }
}

impl From<SipError> for RegisterFault {
    fn from(error: SipError) -> Self {
        match error {
            SipError::Insecure(fault) => Self::Insecure(fault),
            _ => Self::Unreachable,
        }
    }
}

/// One address of record at one exchange.
pub struct Registration {
    inner: Box<rsipstack::dialog::registration::Registration>,
    server: Uri,
    endpoint: Endpoint,
    transport: Transport,
    user: String,
}

impl Registration {
    /// `server` is `host` or `host:port`.
    pub fn new(
        endpoint: &Endpoint,
        server: &str,
        transport: Transport,
        credentials: &Credentials,
    ) -> Result<Self, SipError> {
        let address = format!("sip:{server}{}", transport.parameter());
        let server = Uri::try_from(address.as_str()).map_err(|_| SipError::BadAddress)?;
        let user = credentials.user.clone();
        let stack = endpoint.stack().clone();
        let inner = rsipstack::dialog::registration::Registration::new(stack, Some(credential(credentials)));
        let endpoint = endpoint.clone();
        let mut registration = Self { inner: Box::new(inner), server, endpoint, transport, user };
        registration.name_place()?;
        Ok(registration)
    }

    /// Tells the exchange where this phone is, as the connection stands now.
    fn name_place(&mut self) -> Result<(), SipError> {
        let contact = self.endpoint.contact(&self.user, self.transport)?;
        let uri = Uri::try_from(contact.as_str()).map_err(|_| SipError::BadAddress)?;
        self.inner.contact = Some(Contact { display_name: None, uri, params: vec![] });
        Ok(())
    }

    /// Registers or refreshes; gives the time until the next refresh, well before the binding ends and soon enough to
    /// notice that the exchange has gone.
    pub async fn register(&mut self) -> Result<Duration, RegisterFault> {
        self.send(EXPIRES).await?;
        Ok(refresh(self.inner.expires()))
    }

    /// Takes the binding back.
    pub async fn unregister(&mut self) -> Result<(), RegisterFault> {
        self.send(0).await
    }

    /// The library retries a connection that is refused until its timer ends; asked for first, the refusal
    /// is known at once.
    async fn exchange(&mut self, expires: u32) -> rsipstack::Result<Response> {
        let target = SipAddr::try_from(&self.server)?;
        self.inner.endpoint.transport_layer.lookup(&target, None).await?;
        self.inner.register(self.server.clone(), Some(expires)).await
    }

    /// A connection that was made anew may lead here from another port.
    async fn restore(&mut self) -> Result<(), SipError> {
        let before = self.endpoint.contact(&self.user, self.transport)?;
        self.endpoint.restore().await?;
        if before != self.endpoint.contact(&self.user, self.transport)? {
            self.inner.public_address = None;
            self.name_place()?;
        }
        Ok(())
    }

    async fn send(&mut self, expires: u32) -> Result<(), RegisterFault> {
        self.restore().await?;
        let fallen = self.endpoint.fallen();
        let answered = async {
            tokio::select! {
                response = self.exchange(expires) => response.map_err(|_| SipError::NoAnswer),
                () = fallen => Err(SipError::NoAnswer),
            }
        };
        let response = match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) | Err(_) => {
                self.endpoint.give_up();
                return Err(RegisterFault::Unreachable);
            }
        };
        if response.status_code.kind() == StatusCodeKind::Successful {
            return Ok(());
        }
        Err(match response.status_code.code() {
            401 | 403 | 407 => RegisterFault::WrongCredentials,
            408 | 503 | 504 => RegisterFault::Unreachable,
            status => RegisterFault::Refused(status),
        })
    }
}

fn refresh(granted: u32) -> Duration {
    let granted = u64::from(granted.clamp(10, 3_600));
    Duration::from_secs((granted * 4 / 5).max(8)).min(WATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_refreshed_before_it_ends_and_often_enough_to_miss_an_exchange() {
        let after = |granted| refresh(granted).as_secs();
        assert_eq!([0, 20, 35, 120, 300, 3_600].map(after), [8, 16, 28, 30, 30, 30]);
    }
}
