//! The service as an operator starts it.

use super::asterisk::{AMI_USER, Asterisk, DESKS};
use super::place::{Folder, free_port};
use super::program::Program;
use super::{given, until};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

/// A running service with the demo municipality.
#[derive(Debug)]
pub struct Service {
    /// The program, to be killed and read.
    pub program: Program,
    /// The password of every account, by its user name.
    pub passwords: HashMap<String, String>,
    /// Its port on 127.0.0.1.
    pub port: u16,
    folder: Folder,
}

impl Service {
    /// Starts it for the first time, with the exchange.
    pub async fn start(asterisk: &Asterisk) -> Self {
        Self::start_with_phones(asterisk, &asterisk.sip_secret).await
    }

    /// The same, but what it knows as the password of the desks' accounts may be another than the exchange's.
    pub async fn start_with_phones(asterisk: &Asterisk, sip_secret: &str) -> Self {
        let folder = Folder::new("service");
        folder.write(ACCOUNTS, &phone_accounts(sip_secret));
        let way = format!("sip_server = \"{}\"\nsip_transport = \"udp\"\n", asterisk.address());
        let settings = with_asterisk(&folder, asterisk, &way);
        Self::start_in(folder, &settings).await
    }

    /// The same, but desks speak TLS, at that port of the exchange, and take encrypted sound alone.
    pub async fn start_over_tls(asterisk: &Asterisk, port: u16) -> Self {
        let folder = Folder::new("service");
        folder.write(ACCOUNTS, &phone_accounts(&asterisk.sip_secret));
        let settings = with_asterisk(&folder, asterisk, &over_tls(asterisk, port));
        Self::start_in(folder, &settings).await
    }

    /// Another port for that; the service reads it when it is started again.
    pub fn set_tls_port(&self, asterisk: &Asterisk, port: u16) {
        let settings = with_asterisk(&self.folder, asterisk, &over_tls(asterisk, port));
        self.folder.write("service.toml", &settings);
    }

    /// Starts it for the first time, with a settings file.
    pub async fn start_with(settings: &str) -> Self {
        Self::start_in(Folder::new("service"), settings).await
    }

    async fn start_in(folder: Folder, settings: &str) -> Self {
        folder.write("service.toml", settings);
        let port = free_port();
        let mut program = Program::start("svarsplats-service", command(folder.path(), port, &["--demo"]));
        // Said last, after the accounts.
        program.line_with("listening on ").await;
        answers(port, &mut program).await;
        let passwords = program.lines().iter().filter_map(|line| account(line)).collect();
        Self { program, passwords, port, folder }
    }

    /// Starts it again on the same data and the same port, after its program has ended.
    pub async fn start_again(&mut self) {
        self.program = Program::start("svarsplats-service", command(self.folder.path(), self.port, &[]));
        answers(self.port, &mut self.program).await;
    }

    /// Writes another password of the desks' accounts; the service reads it when it is started again.
    pub fn set_phones(&self, sip_secret: &str) {
        self.folder.write(ACCOUNTS, &phone_accounts(sip_secret));
    }

    /// Where desks and browsers find it.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The password of an account.
    pub fn password(&self, user: &str) -> &str {
        self.passwords.get(user).unwrap_or_else(|| panic!("no account {user}: {:?}", self.passwords.keys()))
    }

    /// How many rows a table of its database holds.
    pub fn count(&self, table: &str) -> u32 {
        self.number(&format!("SELECT count(*) FROM {table}"))
    }

    /// How many events of that name the cases have seen.
    pub fn events(&self, name: &str) -> u32 {
        events_in(&self.data(), name)
    }

    /// How many cases were registered as of that type.
    pub fn registered_of(&self, case_type: &str) -> u32 {
        self.number(&format!(
            "SELECT count(*) FROM case_event WHERE json_extract(event, '$.event') = 'registered'
             AND json_extract(event, '$.case_type') = '{case_type}'"
        ))
    }

    /// How many cases were registered with that result.
    pub fn registered_as(&self, disposition: &str) -> u32 {
        self.number(&format!(
            "SELECT count(*) FROM case_event WHERE json_extract(event, '$.event') = 'registered'
             AND json_extract(event, '$.disposition') = '{disposition}'"
        ))
    }

    /// How many cases were registered on a contact that the exchange has told of as joined to that queue.
    pub fn registered_on_calls_of(&self, queue: &str) -> u32 {
        // The events name a contact in hyphens and small letters, the calls by its bytes.
        self.number(&format!(
            "SELECT count(*) FROM case_event JOIN call_event
             ON replace(json_extract(case_event.event, '$.contact.id'), '-', '') = lower(hex(contact_id))
             WHERE json_extract(case_event.event, '$.event') = 'registered'
             AND json_extract(case_event.event, '$.contact.queue') = '{queue}'
             AND json_extract(call_event.event, '$.event') = 'joined'
             AND json_extract(call_event.event, '$.queue') = '{queue}'"
        ))
    }

    /// Knows a resident with protected details at that number, and nobody else there.
    pub fn protects(&self, name: &str, number: &str) {
        let database = self.database(rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE);
        let id = uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001).into_bytes();
        let person = "INSERT INTO customer VALUES (?1, ?2, NULL, NULL, 'skyddad-folkbokforing')";
        database.execute(person, (id, name)).unwrap();
        database.execute("DELETE FROM customer_phone WHERE phone = ?1", [number]).unwrap();
        database.execute("INSERT INTO customer_phone VALUES (?1, 0, ?2)", (id, number)).unwrap();
    }

    /// While it does not run: what its groups have is to be answered by a minute ago, and they are told whatever
    /// the hour is.
    pub fn lets_answers_run_out(&self) {
        let database = self.changes_groups(|group| group["alarms"] = "always".into());
        let past = "UPDATE case_state SET state =
            json_set(state, '$.handoffs[0].response_due', (unixepoch() - 60) * 1000) WHERE with_group IS NOT NULL";
        assert_ne!(database.execute(past, []).unwrap(), 0);
    }

    /// While it does not run: that group works outside the system from now on.
    pub fn puts_outside(&self, id: &str) {
        self.changes_groups(|group| {
            if group["id"] == id {
                group["outside"] = true.into();
            }
        });
    }

    fn changes_groups(&self, change: impl Fn(&mut serde_json::Value)) -> rusqlite::Connection {
        let database = self.database(rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE);
        let read = "SELECT value FROM setting WHERE name = 'structure'";
        let text: String = database.query_row(read, [], |row| row.get(0)).unwrap();
        let mut structure: serde_json::Value = serde_json::from_str(&text).unwrap();
        structure["groups"].as_array_mut().unwrap().iter_mut().for_each(change);
        let write = "UPDATE setting SET value = ?1 WHERE name = 'structure'";
        database.execute(write, [structure.to_string()]).unwrap();
        database
    }

    fn number(&self, query: &str) -> u32 {
        number_in(&self.data(), query)
    }

    fn database(&self, access: rusqlite::OpenFlags) -> rusqlite::Connection {
        database_in(&self.data(), access)
    }

    /// Its folder of data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// How many events of that name the cases have seen, of the service with its data in that folder.
pub fn events_in(folder: &Path, name: &str) -> u32 {
    let named = format!("SELECT count(*) FROM case_event WHERE json_extract(event, '$.event') = '{name}'");
    number_in(folder, &named)
}

/// What a query for one number finds in the database of the service with its data in that folder.
pub fn number_in(folder: &Path, query: &str) -> u32 {
    let database = database_in(folder, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

fn database_in(folder: &Path, access: rusqlite::OpenFlags) -> rusqlite::Connection {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_database =
        |file: &PathBuf| std::fs::read(file).is_ok_and(|content| content.starts_with(b"SQLite format 3\0"));
    let database = files.into_iter().find(is_database).expect("a database in the service's folder");
    rusqlite::Connection::open_with_flags(database, access).unwrap()
}

fn with_asterisk(folder: &Folder, asterisk: &Asterisk, way: &str) -> String {
    let secret = folder.write("ami-secret", &asterisk.ami_secret);
    format!(
        "[asterisk]\naddress = \"127.0.0.1:{}\"\nuser = \"{AMI_USER}\"\nsecret_file = \"{}\"\n\
         accounts_file = \"{}\"\n{way}",
        asterisk.ami_port,
        secret.display(),
        folder.path().join(ACCOUNTS).display()
    )
}

fn over_tls(asterisk: &Asterisk, port: u16) -> String {
    format!(
        "sip_server = \"localhost:{port}\"\nsip_transport = \"tls\"\nsip_encryption = \"require\"\n\
         sip_ca = \"{}\"\n",
        asterisk.authorities().display()
    )
}

const ACCOUNTS: &str = "sip-accounts.toml";

fn phone_accounts(secret: &str) -> String {
    DESKS.iter().map(|desk| format!("{desk} = \"{secret}\"\n")).collect()
}

/// Where cargo put the product's programs.
pub fn binary(name: &str) -> PathBuf {
    let folder = given("SVARSPLATS_BIN_DIR").expect("stories are run by `cargo xtask test`");
    let file = folder.join(name);
    assert!(file.is_file(), "{} is not built", file.display());
    file
}

fn command(folder: &Path, port: u16, more: &[&str]) -> Command {
    let mut command = Command::new(binary("svarsplats-service"));
    command.arg("--data").arg(folder.join("data")).arg("--listen").arg(format!("127.0.0.1:{port}"));
    command.arg("--config").arg(folder.join("service.toml")).args(more);
    // Every variable of that prefix is a setting of the service; these are the stories' own.
    for (name, _) in std::env::vars_os() {
        let own = name.to_string_lossy().starts_with("SVARSPLATS_") && name != "SVARSPLATS_UI_DIR";
        if own {
            command.env_remove(name);
        }
    }
    command
}

async fn answers(port: u16, program: &mut Program) {
    until("the service to answer", || async {
        assert!(
            !program.lines().iter().any(|line| line.contains("panicked")),
            "{}",
            program.lines().join("\n")
        );
        get(port, "/healthz").await.filter(|answer| answer.starts_with("HTTP/1.1 200"))
    })
    .await;
}

/// Fetches a page of the service as it is, headers and all.
pub async fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let ask = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// `account <user> <role> <password>`
fn account(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    (words.next()? == "account").then_some(())?;
    let user = words.next()?.to_owned();
    Some((user, words.next_back()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_line_gives_user_and_password() {
        let account = account("account handlaggare.bygglov case_officer k9-ek-loss").unwrap();
        assert_eq!(account, ("handlaggare.bygglov".into(), "k9-ek-loss".into()));
    }
}
