//! What stands before an exchange and speaks TLS for it, with certificates made for the test.

use std::net::SocketAddr;
use std::sync::Arc;

use phone::sip::Trust;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, crypto};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// Somebody who signs certificates.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// That of whoever knows this one.
    pub fn trust(&self) -> Trust {
        Trust::with_authorities(&*self.pem)
    }

    /// A certificate and its key for a name, valid in these years.
    pub fn server(&self, name: &str, years: (i32, i32)) -> ServerConfig {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config.unwrap().with_no_client_auth();
        config.with_single_cert(vec![certificate.der().clone()], key).unwrap()
    }
}

/// The years in which certificates of the tests are valid.
pub const NOW: (i32, i32) = (2020, 4000);

/// A running front: each connection to it is one to the exchange behind.
pub struct Front {
    pub address: SocketAddr,
    /// Where the connections came from.
    pub came: watch::Receiver<Vec<SocketAddr>>,
    cut: watch::Sender<usize>,
}

impl Front {
    pub async fn start(exchange: SocketAddr, config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (note, came) = watch::channel(Vec::new());
        let (cut, _) = watch::channel(0);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let cuts = cut.clone();
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let (acceptor, note, mut cut) = (acceptor.clone(), note.clone(), cuts.subscribe());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let Ok(mut behind) = TcpStream::connect(exchange).await else { return };
                    note.send_modify(|came| came.push(from));
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut stream, &mut behind) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { address, came, cut }
    }

    /// Breaks what is connected; who comes again is let in.
    pub fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }
}
