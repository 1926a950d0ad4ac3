//! What a service is told when it starts.

use domain::Personal;
use domain::knowledge::KnowledgeBase;
use domain::rights::Role;
use domain::structure::{StaffMember, Structure};
use municipality::{KnownResident, Municipality};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What a service is told when it starts.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Where it listens; port 0: any free one.
    pub listen: SocketAddr,
    /// Names and `host:port` under which browsers reach it, beside the loopback ones.
    pub hosts: Vec<String>,
    /// Certificate and key.
    pub tls: Option<TlsFiles>,
    /// Proxies in front that terminate TLS: plain HTTP is answered to them and to this computer alone, and
    /// the caller's address is the last of their `X-Forwarded-For`.
    pub behind_proxy: Vec<IpAddr>,
    /// The built interface.
    pub interface: Option<PathBuf>,
    /// Nothing here is real (D-P1).
    pub practice: bool,
    /// What an empty store begins with.
    pub seed: Option<Seed>,
    /// The compiled dictionary of compounds for the search; without it one is learnt from the articles.
    pub dictionary: Option<PathBuf>,
    /// A session ends by itself after so many hours.
    pub session_hours: u16,
}

impl ServiceConfig {
    /// Loopback, any free port, nothing else.
    #[must_use]
    pub fn loopback() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            hosts: Vec::new(),
            tls: None,
            behind_proxy: Vec::new(),
            interface: None,
            practice: false,
            seed: None,
            dictionary: None,
            session_hours: 12,
        }
    }

    /// Whether it may be started so.
    ///
    /// # Errors
    /// The sentence to be shown.
    pub fn check(&self) -> Result<(), String> {
        if !self.listen.ip().is_loopback() && self.tls.is_none() && self.behind_proxy.is_empty() {
            return Err(format!(
                "refusing to listen on {} without encryption: give a certificate and key (tls.cert, tls.key), \
                 or declare the proxy that encrypts (behind_proxy = [\"10.0.0.5\"]), or listen on 127.0.0.1",
                self.listen
            ));
        }
        let beyond = !self.listen.ip().is_loopback();
        if beyond && self.listen.ip().is_unspecified() && self.hosts.is_empty() {
            return Err(
                "say under which names it is reached (hosts = [\"svarsplats.example.se\"]): other computers \
                are refused otherwise"
                    .into(),
            );
        }
        if self.practice && !self.listen.ip().is_loopback() {
            return Err("practice is for this computer: listen on 127.0.0.1".into());
        }
        if self.session_hours == 0 || self.session_hours > 24 * 7 {
            return Err("session_hours must be 1–168".into());
        }
        Ok(())
    }
}

impl ServiceConfig {
    /// Whether the files that it names can be used.
    ///
    /// # Errors
    /// The sentence to be shown.
    pub fn check_files(&self) -> Result<(), String> {
        if let Some(files) = &self.tls {
            crate::http::certificate(files).map_err(|error| error.to_string())?;
        }
        match &self.interface {
            Some(folder) if !folder.join("index.html").is_file() => {
                Err(format!("interface: {} holds no index.html", folder.display()))
            }
            _ => Ok(()),
        }
    }
}

/// PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// What an empty store begins with.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// Departments, groups, queues, case types.
    pub structure: Structure,
    /// Articles, talmanus, checklists.
    pub knowledge: KnowledgeBase,
    /// Staff; each gets a generated password.
    pub people: Vec<StaffMember>,
    /// Known customers.
    pub residents: Vec<KnownResident>,
}

impl Seed {
    /// A municipality's files, each with its path.
    ///
    /// # Errors
    /// Every flaw, by path and line.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<municipality::Flaw>> {
        municipality::parse(files).map(Self::from)
    }

    /// Exempelköping, the municipality for practice and trying out.
    ///
    /// # Errors
    /// The flaws in its files; a released binary has none.
    pub fn exempelkoping() -> Result<Self, Vec<municipality::Flaw>> {
        Municipality::exempelkoping().map(Self::from)
    }
}

impl From<Municipality> for Seed {
    fn from(municipality: Municipality) -> Self {
        let Municipality { structure, knowledge, staff, residents, .. } = municipality;
        Self { structure, knowledge, people: staff, residents }
    }
}

/// An account that was made at the first start. The password is told once and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Name for signing in.
    pub user: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// The generated password.
    pub password: Personal<String>,
}
