//! Listening, with TLS where it is asked for, and a clean end.

use super::few::Few;
use super::router;
use crate::config::TlsFiles;
use crate::core::Core;
use axum_server::Handle;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Calls that go on get so long when the service stops.
const LAST_CALLS: Duration = Duration::from_secs(5);

/// The head of a request comes within this.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Why it does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not this computer's.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The certificate or the key cannot be used.
    #[error("the certificate or its key cannot be used: {0}")]
    Certificate(String),
}

/// A listener that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Takes no more calls, lets those that go on end, and returns.
    pub(crate) async fn stop(self) {
        self.handle.graceful_shutdown(Some(LAST_CALLS));
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the listener ended by an error"),
            Err(_) => tracing::error!("the listener ended by a defect"),
        }
    }
}

/// Listens.
pub(crate) fn serve(core: &Arc<Core>) -> Result<Running, ServeError> {
    let asked = core.config.listen;
    let refused = |error| ServeError::Listen(asked, error);
    let listener = TcpListener::bind(asked).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    // Set once: a core is served once.
    let _ = core.port.set(address.port());
    let service = router(Arc::clone(core)).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let task = match &core.config.tls {
        None => {
            let server = axum_server::from_tcp(listener).map_err(refused)?.handle(handle.clone());
            let mut server = server.acceptor(Few::new(DefaultAcceptor::new()));
            impatient(server.http_builder());
            tokio::spawn(async move { server.serve(service).await })
        }
        Some(files) => {
            let config = RustlsConfig::from_config(Arc::new(certificate(files)?));
            let server = axum_server::from_tcp_rustls(listener, config).map_err(refused)?;
            let mut server = server.handle(handle.clone()).map(Few::new);
            impatient(server.http_builder());
            tokio::spawn(async move { server.serve(service).await })
        }
    };
    Ok(Running { address, handle, task })
}

/// A request's head comes within a bound.
fn impatient(builder: &mut Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
}

pub(crate) fn certificate(files: &TlsFiles) -> Result<ServerConfig, ServeError> {
    let unusable = |what: &str| ServeError::Certificate(what.to_owned());
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|_| unusable("the certificate file holds no PEM certificate"))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|_| unusable("the key file holds no PEM key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| unusable("no protocol version"))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| unusable("the key does not belong to the certificate"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
