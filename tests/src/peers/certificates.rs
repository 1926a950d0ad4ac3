//! Certificates for the exchange of a story, and who vouches for them.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

/// Years that have not ended, and years that have.
pub const VALID: (i32, i32) = (2020, 4000);
/// The same, over.
pub const EXPIRED: (i32, i32) = (2020, 2021);

/// A municipality's own authority.
#[derive(Debug)]
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one, known to nobody yet.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// What those are given who shall trust it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for that name from the first day of one year to the first of another, and its key; both as PEM.
    pub fn server(&self, name: &str, years: (i32, i32)) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
