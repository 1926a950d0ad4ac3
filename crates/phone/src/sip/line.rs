//! One encrypted connection to the exchange, kept for both directions: what this phone asks for and the calls that
//! come to it (RFC 5626 §4.2, RFC 5923). Nothing listens for it here. The refreshes of the registration keep it open.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rsipstack::sip::Transport as Kind;
use rsipstack::transport::tls::TlsConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::{SipError, Trust, trust};
use crate::call::TlsFault;

/// How long connecting may take, and how long the handshake.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long the end of a connection that has fallen is waited for: until then its port is taken.
const LAST_WORD: Duration = Duration::from_millis(300);

/// An exchange that is spoken to over TLS.
#[derive(Debug, Clone)]
pub struct SecureServer {
    /// The name, or address, that its certificate has to be for.
    pub name: String,
    /// Where it is.
    pub address: SocketAddr,
    /// Who vouches for it.
    pub trust: Trust,
}

/// The line, whether it is connected or not.
pub(super) struct Line {
    peer: SocketAddr,
    name: ServerName<'static>,
    connector: TlsConnector,
    flow: Mutex<Flow>,
    cancel: CancellationToken,
}

#[derive(Clone)]
struct Flow {
    /// Ours; the exchange sends calls to it.
    local: SocketAddr,
    connection: SipConnection,
    /// Cancelled when the connection has fallen.
    fallen: CancellationToken,
}

impl Line {
    /// Connects.
    pub(super) async fn open(
        server: SecureServer,
        transport: &TransportLayer,
        cancel: CancellationToken,
    ) -> Result<Self, SipError> {
        let SecureServer { name, address: peer, trust } = server;
        let name = ServerName::try_from(name).map_err(|_| SipError::BadAddress)?;
        let config = tokio::task::spawn_blocking(move || trust.config()).await;
        let config = config.map_err(|_| SipError::NoAnswer)?.map_err(SipError::Insecure)?;
        let connector = TlsConnector::from(Arc::new(config));
        let flow = dial(peer, None, &connector, &name, &cancel).await?;
        flow.use_by(transport);
        Ok(Self { peer, name, connector, flow: Mutex::new(flow), cancel })
    }

    /// Where everything goes that is sent.
    pub(super) fn target(&self) -> SipAddr {
        sip_addr(self.peer)
    }

    /// Our end, as it is or was last.
    pub(super) fn local(&self) -> SocketAddr {
        self.flow().local
    }

    /// Cancelled when the connection that stands now has fallen.
    pub(super) fn fallen(&self) -> CancellationToken {
        self.flow().fallen
    }

    /// Connects again if the connection has fallen, from the same port if the system lets it: then the exchange finds
    /// also the calls that go on.
    pub(super) async fn restore(&self, transport: &TransportLayer) -> Result<(), SipError> {
        let before = self.flow();
        if !before.fallen.is_cancelled() {
            return Ok(());
        }
        let _ = timeout(LAST_WORD, before.connection.close()).await;
        let flow = dial(self.peer, Some(before.local), &self.connector, &self.name, &self.cancel).await?;
        transport.del_transport(&sip_addr(before.local));
        flow.use_by(transport);
        *self.flow.lock().unwrap_or_else(PoisonError::into_inner) = flow;
        Ok(())
    }

    /// Gives up a connection on which nobody answers.
    pub(super) fn give_up(&self, transport: &TransportLayer) {
        let flow = self.flow();
        transport.remove_connection(&flow.connection);
        flow.fallen.cancel();
    }

    fn flow(&self) -> Flow {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Flow {
    fn use_by(&self, transport: &TransportLayer) {
        // Requests name the address that they are sent from; the library asks its listeners for it.
        transport.add_transport(self.connection.clone());
        transport.add_connection(self.connection.clone());
    }
}

async fn dial(
    peer: SocketAddr,
    from: Option<SocketAddr>,
    connector: &TlsConnector,
    name: &ServerName<'static>,
    cancel: &CancellationToken,
) -> Result<Flow, SipError> {
    let stream = timeout(PATIENCE, connect(peer, from)).await.map_err(|_| SipError::NoAnswer)?;
    let stream = stream.map_err(|_| SipError::NoAnswer)?;
    // Who lets us come and then says nothing understands nothing of it: SIP without TLS waits for a line's end.
    let stream = timeout(PATIENCE, connector.connect(name.clone(), stream)).await;
    let stream =
        stream.map_err(|_| SipError::Insecure(TlsFault::Refused))?.map_err(|error| trust::why(&error))?;
    let local = stream.get_ref().0.local_addr().map_err(|_| SipError::NoAnswer)?;
    // The library cancels it when the stream has ended.
    let fallen = cancel.child_token();
    let connection = TlsConnection::from_client_stream(stream, sip_addr(peer), Some(fallen.clone())).await;
    let connection = SipConnection::Tls(connection.map_err(|_| SipError::NoAnswer)?);
    Ok(Flow { local, connection, fallen })
}

async fn connect(peer: SocketAddr, from: Option<SocketAddr>) -> std::io::Result<TcpStream> {
    let again = match from {
        Some(from) => again(peer, from).await,
        None => None,
    };
    let stream = match again {
        Some(stream) => stream,
        None => bound(peer, None).await?,
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// From the port of before. The system gives it back when it has seen the other end's last word, which comes a little
/// after ours.
async fn again(peer: SocketAddr, from: SocketAddr) -> Option<TcpStream> {
    for _ in 0..6 {
        match bound(peer, Some(from)).await {
            Ok(stream) => return Some(stream),
            Err(taken) if matches!(taken.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => {
                sleep(LAST_WORD / 6).await;
            }
            Err(_) => return None,
        }
    }
    None
}

async fn bound(peer: SocketAddr, from: Option<SocketAddr>) -> std::io::Result<TcpStream> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Elsewhere it would let another program take the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    if let Some(from) = from {
        socket.bind(from)?;
    }
    socket.connect(peer).await
}

fn sip_addr(address: SocketAddr) -> SipAddr {
    SipAddr { r#type: Some(Kind::Tls), addr: address.into() }
}
