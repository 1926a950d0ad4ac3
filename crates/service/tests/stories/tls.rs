//! The way to other computers is encrypted, and whoever does not know the certificate does not speak.

use crate::common::{Town, client};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use service::TlsFiles;

#[tokio::test(flavor = "multi_thread")]
async fn who_trusts_the_municipalitys_authority_comes_in_and_nobody_else() {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let trusted = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &issuer).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.cert, own.pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    let town = Town::start_with(|config| config.tls = Some(files)).await;
    let port = town.service.address().port();
    let url = format!("https://localhost:{port}/healthz");

    let strange = client().get(&url).send().await.unwrap_err();
    assert!(strange.is_connect(), "{strange:?}");
    let known = reqwest::Certificate::from_pem(trusted.pem().as_bytes()).unwrap();
    let known = reqwest::Client::builder().add_root_certificate(known).build().unwrap();
    assert_eq!(known.get(&url).send().await.unwrap().text().await.unwrap(), "ok\n");
    let elsewhere = format!("https://127.0.0.1:{port}/healthz");
    assert!(known.get(&elsewhere).send().await.is_err(), "another name than the certificate's");
    assert!(known.get(format!("http://localhost:{port}/healthz")).send().await.is_err(), "no plain HTTP");
    town.service.stop().await.unwrap();
}
