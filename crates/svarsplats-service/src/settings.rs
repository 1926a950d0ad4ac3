//! Settings: a TOML file, overridden by the environment, overridden by the command line.

use crate::arguments::Arguments;
use serde::Deserialize;
use service::domain::Personal;
use service::{PostConfig, PostEncryption, ServiceConfig, TlsFiles};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The default address.
const LISTEN: &str = "127.0.0.1:7380";
/// Begins every variable of the environment.
const PREFIX: &str = "SVARSPLATS_";
/// Variables of other programs of the same name.
const OTHERS: [&str; 3] = ["SVARSPLATS_UI_DIR", "SVARSPLATS_LOG", "SVARSPLATS_DICTIONARY"];

/// The file.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// `host:port`.
    listen: Option<String>,
    /// Names under which browsers reach it.
    hosts: Vec<String>,
    /// Addresses of proxies in front that terminate TLS.
    behind_proxy: Vec<IpAddr>,
    /// Certificate and key.
    tls: Option<Tls>,
    /// The built interface.
    interface: Option<PathBuf>,
    /// Hours until a session ends.
    session_hours: Option<u16>,
    /// E-mail to groups outside the system.
    post: Option<PostFile>,
    /// Asterisk.
    pub(crate) asterisk: Option<AsteriskFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    cert: PathBuf,
    key: PathBuf,
}

/// How e-mail goes out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostFile {
    /// `host:port`.
    server: String,
    /// `starttls`, `tls`, or `none` on this computer.
    #[serde(default = "starttls")]
    encryption: String,
    /// A file of authorities (PEM) that vouch for the server instead of the system's own.
    ca: Option<PathBuf>,
    /// Its user.
    user: Option<String>,
    /// A file that holds the password alone.
    password_file: Option<PathBuf>,
    /// The sender.
    from: String,
    /// Where the service is reached from outside.
    address: String,
}

fn starttls() -> String {
    "starttls".into()
}

impl PostFile {
    fn config(self) -> Result<PostConfig, String> {
        let (server, port) = self.server.rsplit_once(':').ok_or("post.server: say host:port")?;
        let encryption = match self.encryption.as_str() {
            "starttls" => PostEncryption::StartTls,
            "tls" => PostEncryption::Tls,
            "none" => PostEncryption::None,
            other => return Err(format!("post.encryption: {other} is none of starttls, tls, none")),
        };
        let login = match (self.user, self.password_file) {
            (Some(user), Some(file)) => Some((user, read_secret(&file)?)),
            (None, None) => None,
            _ => return Err("post: user and password_file go together".into()),
        };
        let pem = |path: PathBuf| {
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {}", path.display(), e.kind()))
        };
        Ok(PostConfig {
            server: server.trim_matches(['[', ']']).to_owned(),
            port: port.parse().map_err(|_| "post.server: say host:port".to_owned())?,
            encryption,
            authorities: self.ca.map(pem).transpose()?,
            login,
            from: self.from,
            address: self.address,
            patience: service::PATIENCE,
        })
    }
}

/// How Asterisk is reached.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AsteriskFile {
    /// `host:port` of the manager interface.
    pub(crate) address: String,
    /// Its user.
    pub(crate) user: String,
    /// A file that holds its secret alone.
    pub(crate) secret_file: PathBuf,
    /// `host:port` that the desks register at.
    pub(crate) sip_server: String,
    /// `host:port` of a proxy through which desks speak to it, if there is one.
    pub(crate) sip_proxy: Option<String>,
    /// `udp`, `tcp` or `tls`.
    #[serde(default = "udp")]
    pub(crate) sip_transport: String,
    /// Of the desks' sound: `off`, `prefer` or `require`.
    #[serde(default = "prefer")]
    pub(crate) sip_encryption: String,
    /// How its keys are agreed on in calls that desks begin: `sdes` or `dtls`.
    #[serde(default = "sdes")]
    pub(crate) sip_keys: String,
    /// A file of authorities (PEM) that vouch for the exchange, beside those that the desks' systems trust.
    pub(crate) sip_ca: Option<PathBuf>,
    /// A number at which the exchange says again what it hears, if it has one.
    pub(crate) sip_echo: Option<String>,
    /// A TOML file of SIP passwords: `1001 = "…"`.
    pub(crate) accounts_file: PathBuf,
}

fn udp() -> String {
    "udp".into()
}

fn sdes() -> String {
    "sdes".into()
}

fn prefer() -> String {
    "prefer".into()
}

impl AsteriskFile {
    /// The authorities for the desks, if the way that they are told to speak holds together.
    ///
    /// # Errors
    /// What does not, for whoever wrote the settings.
    pub(crate) fn authorities(&self) -> Result<Option<String>, String> {
        let tls = match self.sip_transport.as_str() {
            "udp" | "tcp" => false,
            "tls" => true,
            other => return Err(format!("sip_transport: {other} is none of udp, tcp, tls")),
        };
        match self.sip_encryption.as_str() {
            "off" | "prefer" => {}
            "require" if tls => {}
            "require" => {
                return Err("sip_encryption: require takes sip_transport tls, or the keys go in clear".into());
            }
            other => return Err(format!("sip_encryption: {other} is none of off, prefer, require")),
        }
        if !matches!(self.sip_keys.as_str(), "sdes" | "dtls") {
            return Err(format!("sip_keys: {} is none of sdes, dtls", self.sip_keys));
        }
        let Some(path) = &self.sip_ca else { return Ok(None) };
        if !tls {
            return Err("sip_ca: is for sip_transport tls".into());
        }
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {}", path.display(), e.kind()))?;
        if text.contains("PRIVATE KEY") {
            return Err(format!("{}: holds a private key, which is for nobody else", path.display()));
        }
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(format!("{}: holds no certificate (PEM)", path.display()));
        }
        Ok(Some(text))
    }
}

/// Everything that is set.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) service: ServiceConfig,
    pub(crate) asterisk: Option<AsteriskFile>,
}

impl Settings {
    /// Reads and checks what is set; the error says where and what.
    pub(crate) fn read(
        arguments: &Arguments,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let environment: BTreeMap<String, String> =
            environment.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let get = |name: &str| environment.get(&format!("{PREFIX}{name}"));
        let data = arguments.data.clone().or_else(|| get("DATA").map(PathBuf::from));
        let data = data.map_or_else(data_folder, Ok)?;
        let named = arguments.config.clone().or_else(|| get("CONFIG").map(PathBuf::from));
        let mut table = read_table(named.as_deref(), &data.join("svarsplats.toml"))?;
        override_by(&mut table, &environment)?;
        let file = File::deserialize(table).map_err(|error| format!("settings: {}", error.message()))?;
        let listen = arguments.listen.as_deref().or(file.listen.as_deref()).unwrap_or(LISTEN);
        let listen: SocketAddr =
            listen.parse().map_err(|_| format!("listen: {listen} is not an address such as {LISTEN}"))?;
        let service = ServiceConfig {
            listen,
            hosts: file.hosts,
            tls: file.tls.map(|tls| TlsFiles { cert: tls.cert, key: tls.key }),
            behind_proxy: file.behind_proxy,
            interface: file.interface.or_else(|| interface(&environment_ui())),
            dictionary: get("DICTIONARY").map(PathBuf::from).or_else(dictionary),
            post: file.post.map(PostFile::config).transpose()?,
            session_hours: file.session_hours.unwrap_or(ServiceConfig::loopback().session_hours),
            ..ServiceConfig::loopback()
        };
        service.check()?;
        Ok(Self { data, service, asterisk: file.asterisk })
    }
}

fn environment_ui() -> Option<PathBuf> {
    std::env::var_os("SVARSPLATS_UI_DIR").map(PathBuf::from)
}

/// The built interface: where the environment says, beside the program, or the workspace's in a debug build.
fn interface(told: &Option<PathBuf>) -> Option<PathBuf> {
    if told.is_some() {
        return told.clone();
    }
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let mut places: Vec<PathBuf> =
        beside.iter().flat_map(|folder| [folder.join("../lib/svarsplats/ui"), folder.join("ui")]).collect();
    if cfg!(debug_assertions) {
        places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist"));
    }
    places.into_iter().find(|place| place.join("index.html").is_file())
}

/// The compiled dictionary of compounds, where it is installed.
fn dictionary() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.parent()?.to_owned();
    let mut places = vec![beside.join("../lib/svarsplats/sv.fst"), beside.join("sv.fst")];
    if cfg!(debug_assertions) {
        places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sv.fst"));
    }
    places.into_iter().find(|file| file.is_file())
}

fn read_table(named: Option<&Path>, usual: &Path) -> Result<toml::Table, String> {
    let path = match named {
        Some(path) => path,
        None if usual.is_file() => usual,
        None => return Ok(toml::Table::new()),
    };
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {}", path.display(), e.kind()))?;
    // The library's own text quotes the line, which may hold what nobody should read over a shoulder.
    text.parse().map_err(|error: toml::de::Error| format!("{}: {}", path.display(), error.message()))
}

/// Settings that are numbers; every other is a text or a list, also when it looks like a number.
const NUMBERS: [&str; 1] = ["session_hours"];

/// Puts the environment's values over the file's. Lists are written as in TOML.
fn override_by(table: &mut toml::Table, environment: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX).filter(|_| !OTHERS.contains(&name.as_str())) else {
            continue;
        };
        let path = path.to_lowercase();
        if matches!(path.as_str(), "data" | "config") {
            continue;
        }
        let value = read_value(value, NUMBERS.contains(&path.as_str()));
        let mut parts: Vec<&str> = path.split("__").collect();
        let Some(last) = parts.pop() else { continue };
        let mut place = &mut *table;
        for part in parts {
            let inner = place.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            place = inner.as_table_mut().ok_or_else(|| format!("{name}: {part} is no section"))?;
        }
        place.insert(last.to_owned(), value);
    }
    Ok(())
}

fn read_value(text: &str, number: bool) -> toml::Value {
    let written = format!("v = {text}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("v"));
    match written {
        Some(value @ toml::Value::Integer(_)) if number => value,
        Some(value @ (toml::Value::Array(_) | toml::Value::String(_))) => value,
        _ => toml::Value::String(text.to_owned()),
    }
}

fn data_folder() -> Result<PathBuf, String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else {
        set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))
    };
    folder.map(|folder| folder.join("svarsplats-service")).ok_or_else(|| "say where with --data DIR".into())
}

/// The text of a file that holds one secret.
pub(crate) fn read_secret(path: &Path) -> Result<Personal<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {}", path.display(), e.kind()))?;
    Ok(Personal::from(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments;

    fn read(words: &[&str], environment: &[(&str, &str)]) -> Result<Settings, String> {
        let arguments = arguments::read(words.iter().map(|word| (*word).to_owned()))?;
        let pairs = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(&arguments, pairs)
    }

    fn folder(config: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("svarsplats.toml"), config).unwrap();
        folder
    }

    #[test]
    fn the_command_line_goes_before_the_environment_before_the_file() {
        let folder = folder("listen = \"127.0.0.1:1\"\nsession_hours = 8\nhosts = [\"a.example\"]");
        let data = folder.path().to_str().unwrap();
        let settings = read(&["--data", data], &[]).unwrap().service;
        assert_eq!((settings.listen.port(), settings.session_hours), (1, 8));
        let environment = [("SVARSPLATS_LISTEN", "127.0.0.1:2"), ("SVARSPLATS_SESSION_HOURS", "9")];
        let settings = read(&["--data", data], &environment).unwrap().service;
        assert_eq!((settings.listen.port(), settings.session_hours), (2, 9));
        let settings = read(&["--data", data, "--listen", "127.0.0.1:3"], &environment).unwrap().service;
        assert_eq!((settings.listen.port(), settings.hosts.as_slice()), (3, &["a.example".to_owned()][..]));
    }

    #[test]
    fn sections_are_set_by_the_environment_too() {
        let folder = folder("");
        let data = folder.path().to_str().unwrap();
        let environment = [("SVARSPLATS_TLS__CERT", "/c.pem"), ("SVARSPLATS_TLS__KEY", "/k.pem")];
        let settings = read(&["--data", data, "--listen", "192.0.2.1:7380"], &environment).unwrap();
        assert_eq!(settings.service.tls.unwrap().cert, PathBuf::from("/c.pem"));
    }

    #[test]
    fn a_text_that_looks_like_a_number_stays_a_text() {
        let folder = folder("");
        let data = folder.path().to_str().unwrap();
        let all = ["ADDRESS", "SECRET_FILE", "SIP_SERVER", "ACCOUNTS_FILE"]
            .map(|name| format!("SVARSPLATS_ASTERISK__{name}"));
        let mut environment: Vec<(&str, &str)> = all.iter().map(|name| (name.as_str(), "x")).collect();
        environment.push(("SVARSPLATS_ASTERISK__USER", "1001"));
        environment.push(("SVARSPLATS_HOSTS", "[\"a.example\"]"));
        let settings = read(&["--data", data], &environment).unwrap();
        assert_eq!((settings.asterisk.unwrap().user.as_str(), settings.service.hosts.len()), ("1001", 1));
        environment.push(("SVARSPLATS_LISTEN", "\"127.0.0.1:5\""));
        assert_eq!(read(&["--data", data], &environment).unwrap().service.listen.port(), 5);
    }

    #[test]
    fn how_desks_speak_to_the_exchange_holds_together_or_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name).display().to_string()
        };
        let good = file("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let (key, text) = (file("key.pem", "-----BEGIN PRIVATE KEY-----\n"), file("a.txt", "en fil"));
        let none = folder.path().join("none.pem").display().to_string();
        let read = |transport: &str, encryption: &str, ca: &str| {
            let ca = if ca.is_empty() { String::new() } else { format!("sip_ca = \"{ca}\"") };
            let text = format!(
                "address = \"x\"\nuser = \"x\"\nsecret_file = \"x\"\nsip_server = \"x\"\naccounts_file = \"x\"\n\
                 sip_transport = \"{transport}\"\nsip_encryption = \"{encryption}\"\n{ca}"
            );
            toml::from_str::<AsteriskFile>(&text).unwrap().authorities()
        };
        for (transport, encryption) in [("udp", "off"), ("tcp", "prefer"), ("tls", "require")] {
            assert_eq!(read(transport, encryption, ""), Ok(None));
        }
        let with = |keys: &str| {
            let text = format!(
                "address = \"x\"\nuser = \"x\"\nsecret_file = \"x\"\nsip_server = \"x\"\naccounts_file = \"x\"\n{keys}"
            );
            toml::from_str::<AsteriskFile>(&text).unwrap()
        };
        assert_eq!(with("").sip_keys, "sdes");
        assert_eq!(with("sip_keys = \"dtls\"").authorities(), Ok(None));
        assert!(with("sip_keys = \"zrtp\"").authorities().unwrap_err().contains("sip_keys"));
        assert!(read("tls", "prefer", &good).unwrap().unwrap().contains("AAAA"));
        for (transport, encryption, ca, told) in [
            ("sctp", "prefer", "", "sip_transport"),
            ("tls", "maybe", "", "sip_encryption"),
            ("udp", "require", "", "sip_transport tls"),
            ("tcp", "prefer", &*good, "sip_ca"),
            ("tls", "prefer", &*key, "private key"),
            ("tls", "prefer", &*text, "no certificate"),
            ("tls", "prefer", &*none, "none.pem"),
        ] {
            let fault = read(transport, encryption, ca).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
    }

    #[test]
    fn how_letters_go_out_holds_together_or_is_told() {
        let secret = tempfile::tempdir().unwrap();
        let password = secret.path().join("password");
        std::fs::write(&password, "hemligt\n").unwrap();
        let read = |post: &str| {
            let folder = folder(&format!("hosts = [\"svar.example.se\"]\n[post]\n{post}"));
            read(&["--data", folder.path().to_str().unwrap()], &[])
                .map(|settings| settings.service.post.unwrap())
        };
        let whole = "from = \"Provköping <svar@example.se>\"\naddress = \"https://svar.example.se/\"";
        let post = read(&format!(
            "server = \"smtp.example.se:587\"\nuser = \"svar\"\npassword_file = {password:?}\n{whole}"
        ))
        .unwrap();
        assert_eq!((post.port, post.encryption), (587, PostEncryption::StartTls));
        assert_eq!(post.login.as_ref().unwrap().1.expose(), "hemligt");
        assert!(!format!("{post:?}").contains("hemligt"));
        for (post, told) in [
            (format!("server = \"smtp.example.se\"\n{whole}"), "post.server"),
            (
                format!("server = \"smtp.example.se:25\"\nencryption = \"none\"\n{whole}"),
                "this computer alone",
            ),
            (format!("server = \"smtp.example.se:25\"\nencryption = \"ssl\"\n{whole}"), "post.encryption"),
            (format!("server = \"a:25\"\nuser = \"svar\"\n{whole}"), "go together"),
            (format!("server = \"a:25\"\nuser = \"svar\"\npassword_file = \"/none\"\n{whole}"), "/none"),
            ("server = \"a:25\"\nfrom = \"ingen\"\naddress = \"https://a.se\"".to_owned(), "post.from"),
            ("server = \"a:25\"\nfrom = \"a@a.se\"\naddress = \"http://a.se\"".to_owned(), "post.address"),
            (
                "server = \"a:25\"\nfrom = \"a@a.se\"\naddress = \"https://svara.example.se\"".to_owned(),
                "svara.example.se are refused",
            ),
        ] {
            let fault = read(&post).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
        // As browsers say it: in lower case, without the usual port, or with one of its own.
        for address in
            ["https://Svar.example.se:443/x", "https://svar.example.se:7380", "http://localhost:7380"]
        {
            read(&format!("server = \"a:25\"\nfrom = \"a@a.se\"\naddress = \"{address}\"")).unwrap();
        }
    }

    #[test]
    fn what_does_not_hold_is_told() {
        let folder = folder("lissten = \"x\"");
        let data = folder.path().to_str().unwrap();
        assert!(read(&["--data", data], &[]).unwrap_err().contains("lissten"));
        let empty = tempfile::tempdir().unwrap();
        let data = empty.path().to_str().unwrap();
        assert!(read(&["--data", data, "--listen", "0.0.0.0:80"], &[]).unwrap_err().contains("encryption"));
        assert!(read(&["--data", data, "--listen", "port"], &[]).unwrap_err().contains("port"));
        assert!(read(&["--data", data, "--config", "/none.toml"], &[]).unwrap_err().contains("/none.toml"));
    }
}
