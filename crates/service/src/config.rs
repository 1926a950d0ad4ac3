//! What a service is told when it starts.

use domain::Personal;
use domain::knowledge::KnowledgeBase;
use domain::rights::Role;
use domain::structure::{StaffMember, Structure};
use municipality::{KnownResident, Municipality};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

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
    /// How e-mail goes to groups outside the system; without it theirs waits.
    pub post: Option<PostConfig>,
}

/// How e-mail goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostConfig {
    /// Name of the mail server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub encryption: PostEncryption,
    /// Authorities that vouch for it instead of the system's own (PEM).
    pub authorities: Option<String>,
    /// User and password.
    pub login: Option<(String, Personal<String>)>,
    /// The sender.
    pub from: String,
    /// Where the service is reached from outside, `https://svarsplats.example.se`.
    pub address: String,
    /// A mail server that has not answered after so long does not; [`PATIENCE`] for real ones.
    pub patience: Duration,
}

/// How long a mail server is waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostEncryption {
    /// Not: on this computer alone.
    None,
    /// TLS that is asked for when connected (RFC 3207), or nothing is sent.
    StartTls,
    /// TLS from the beginning (RFC 8314).
    Tls,
}

impl PostConfig {
    /// The address without a last slash.
    pub(crate) fn base(&self) -> &str {
        self.address.trim_end_matches('/')
    }

    /// The host and, unless it is the usual one, the port, as browsers say them.
    fn host(&self) -> String {
        let (scheme, rest) = self.address.split_once("://").unwrap_or(("", &self.address));
        let host = rest.split('/').next().unwrap_or_default().to_lowercase();
        let usual = if scheme == "http" { ":80" } else { ":443" };
        host.strip_suffix(usual).map(str::to_owned).unwrap_or(host)
    }

    fn check(&self) -> Result<(), String> {
        let local = |name: &str| matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "::1");
        if self.encryption == PostEncryption::None && !local(&self.server) {
            return Err("post.encryption: none is for a mail server on this computer alone".into());
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            return Err("post.from: is no e-mail address".into());
        }
        let plain =
            self.address.strip_prefix("http://").map(|rest| rest.split([':', '/']).next().unwrap_or(""));
        if !self.address.starts_with("https://") && !plain.is_some_and(local) {
            return Err("post.address: say where the links lead, https://…".into());
        }
        crate::outside::post::server(self).map(drop)
    }
}

/// The name of a host and its port, when one is said.
pub(crate) fn name_of(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (name, port.parse().ok()),
        _ => (host, None),
    }
}

/// A name of this computer.
pub(crate) fn is_loopback(name: &str) -> bool {
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
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
            post: None,
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
        let Some(post) = &self.post else { return Ok(()) };
        post.check()?;
        let host = post.host();
        if self.answers_to(&host) {
            return Ok(());
        }
        Err(format!("post.address: links that lead to {host} are refused: say it in hosts too"))
    }

    /// Whether whoever comes by `host`, as a browser says it, is answered; of loopback names the port is not looked
    /// at.
    fn answers_to(&self, host: &str) -> bool {
        let name = name_of(host).0;
        let listened = name.trim_matches(['[', ']']).parse() == Ok(self.listen.ip());
        is_loopback(name) || listened || self.is_named(host)
    }

    /// Whether `host`, with or without its port, is one of the names that were told.
    pub(crate) fn is_named(&self, host: &str) -> bool {
        let name = name_of(host).0;
        self.hosts.iter().any(|own| own == host || own == name)
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
