//! Running: the store opened, the exchange connected, the service started, and stopped by a signal.

use crate::account;
use crate::arguments::{Arguments, Task};
use crate::settings::{AsteriskFile, Settings, read_secret};
use service::clock::{Clock, SystemClock, SystemRandom};
use service::domain::Personal;
use service::exchange::Exchange;
use service::exchange::asterisk::{Asterisk, AsteriskConfig, SipAccounts};
use service::store::Store;
use service::{AccountChange, Seed, Service};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use store_sqlite::{RestoreError, SqliteStore};
use tracing_subscriber::EnvFilter;

/// The store's file in the data folder.
const FILE: &str = "svarsplats.db";
/// Our own crates alone: a library's log could carry what passes through it.
const LOGGED: &str = "off,service=info,store=info,store_sqlite=info,exchange=info,svarsplats_service=info";

/// Does what the command line says.
pub(crate) fn run(arguments: Arguments) -> Result<(), String> {
    let settings = Settings::read(&arguments, std::env::vars())?;
    if arguments.task == Task::Check {
        settings.service.check_files()?;
        may_write(&settings.data)?;
        let asterisk = settings.asterisk.as_ref().map(asterisk).transpose()?;
        let exchange = asterisk.map_or_else(|| "none".to_owned(), |config| config.address);
        if settings.service.post.is_none() {
            check_letters(&settings.data.join(FILE))?;
        }
        let post = settings
            .service
            .post
            .map_or_else(|| "none".to_owned(), |post| format!("{}:{}", post.server, post.port));
        println!("settings hold: listen {}, exchange {exchange}, post {post}", settings.service.listen);
        return Ok(());
    }
    make_folder(&settings.data)?;
    let file = settings.data.join(FILE);
    // A copy may be taken beside a running service; nothing else.
    let _only = match arguments.task {
        Task::Backup(_) | Task::Account(_) => None,
        _ => Some(only_one(&settings.data)?),
    };
    match &arguments.task {
        Task::Restore(from) => return restore(from, &file),
        Task::Backup(to) => return backup(&file, to),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {}", error.kind()))?;
    runtime.block_on(async move {
        match arguments.task {
            Task::Import(folder) => import(&folder, &file).await,
            Task::Account(change) => change_account(change, &file).await,
            _ => serve(settings, &file, arguments.demo).await,
        }
    })
}

/// Tells of the groups of a store that is there already which no letter would reach.
fn check_letters(file: &Path) -> Result<(), String> {
    if !file.is_file() {
        return Ok(());
    }
    let kept = store_sqlite::peek(file, "structure").map_err(|e| format!("{}: {e}", file.display()))?;
    let groups = kept.and_then(|structure| service::groups_outside(&structure)).unwrap_or_default();
    if !groups.is_empty() {
        let names: Vec<&str> = groups.iter().map(|group| group.as_str()).collect();
        println!(
            "warning: no mail server is set (post), and by e-mail alone are reached: {}",
            names.join(", ")
        );
    }
    Ok(())
}

async fn serve(mut settings: Settings, file: &Path, demo: bool) -> Result<(), String> {
    let filter = EnvFilter::try_from_env("SVARSPLATS_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    // From here on a signal stops it cleanly; whoever reads that it listens may send one at once.
    let stopped = stop_signal()?;
    let store: Arc<dyn Store> = Arc::new(open(file)?);
    if demo {
        settings.service.seed = Some(demo_seed()?);
    }
    let asterisk = settings.asterisk.as_ref().map(asterisk).transpose()?;
    let exchange = asterisk.map(|config| Arc::new(Asterisk::connect(config)) as Arc<dyn Exchange>);
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let started = Service::start(settings.service, store, exchange, clock, random).await;
    let mut service = started.map_err(|error| error.to_string())?;
    for account in service.take_accounts() {
        println!("{}", account::line(&account));
    }
    println!("listening on {}", service.address());
    stopped.await;
    tracing::info!("stopping");
    service.stop().await.map_err(|error| error.to_string())
}

/// Holds the data folder's lock as long as the file lives; the system lets it go with the process.
fn only_one(data: &Path) -> Result<std::fs::File, String> {
    let path = data.join("lock");
    let told = |error: std::io::Error| format!("{}: {}", path.display(), error.kind());
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path).map_err(told)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(format!("{}: a service runs on this folder already", data.display()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(told(error)),
    }
}

fn asterisk(file: &AsteriskFile) -> Result<AsteriskConfig, String> {
    let path = &file.accounts_file;
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {}", path.display(), e.kind()))?;
    // The library's own text would quote a password.
    let secrets: HashMap<String, String> =
        toml::from_str(&text).map_err(|_| format!("{}: not lines such as 1001 = \"…\"", path.display()))?;
    Ok(AsteriskConfig {
        address: file.address.clone(),
        user: file.user.clone(),
        secret: read_secret(&file.secret_file)?,
        accounts: SipAccounts {
            server: file.sip_server.clone(),
            proxy: file.sip_proxy.clone(),
            transport: file.sip_transport.clone(),
            encryption: file.sip_encryption.clone(),
            keys: file.sip_keys.clone(),
            authorities: file.authorities()?,
            echo: file.sip_echo.clone(),
            secrets: secrets.into_iter().map(|(name, secret)| (name, Personal::new(secret))).collect(),
        },
        now: Arc::new(|| SystemClock.now()),
    })
}

fn demo_seed() -> Result<Seed, String> {
    Seed::exempelkoping().map_err(|flaws| format!("the demo municipality has {} flaws", flaws.len()))
}

fn open(file: &Path) -> Result<SqliteStore, String> {
    SqliteStore::open(file).map_err(|error| format!("{}: {error}", file.display()))
}

async fn import(folder: &Path, file: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    gather(folder, folder, &mut files)?;
    let read = Seed::from_files(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let seed = read.map_err(|flaws| {
        let lines: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        format!("{} flaws, nothing was changed\n{}", lines.len(), lines.join("\n"))
    })?;
    let store = open(file)?;
    let made = service::import(&store, &seed, &SystemClock, &SystemRandom).await;
    for account in made.map_err(|error| error.to_string())? {
        println!("{}", account::line(&account));
    }
    println!(
        "{}: {} groups, {} articles",
        file.display(),
        seed.structure.groups.len(),
        seed.knowledge.articles.len()
    );
    store.close().await.map_err(|error| error.to_string())
}

/// Every text of a municipality, by its path below the folder with `/` between.
fn gather(top: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> Result<(), String> {
    let told = |path: &Path, error: std::io::Error| format!("{}: {}", path.display(), error.kind());
    for entry in std::fs::read_dir(folder).map_err(|error| told(folder, error))? {
        let path = entry.map_err(|error| told(folder, error))?.path();
        let known = path.extension().is_some_and(|ending| ending == "toml" || ending == "md");
        if path.is_dir() {
            gather(top, &path, files)?;
        } else if known {
            let below = path.strip_prefix(top).unwrap_or(&path);
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let text = std::fs::read_to_string(&path).map_err(|error| told(&path, error))?;
            files.push((parts.join("/"), text));
        }
    }
    Ok(())
}

async fn change_account(change: AccountChange, file: &Path) -> Result<(), String> {
    if !file.is_file() {
        return Err(format!("{}: there is no store; start the service or import first", file.display()));
    }
    let (store, user) = (open(file)?, change.user.clone());
    let made = service::change_account(&store, change, &SystemClock, &SystemRandom).await;
    match made.map_err(|error| error.to_string())? {
        Some(account) => println!("{}", account::line(&account)),
        None => println!("{user}: changed"),
    }
    store.close().await.map_err(|error| error.to_string())
}

/// Whether the data folder, or the nearest one above it that is there, can be written to.
fn may_write(data: &Path) -> Result<(), String> {
    let there = data.ancestors().find(|folder| folder.is_dir());
    let refused = || format!("data: {} cannot be written to", data.display());
    let name = format!(".svarsplats-check-{}", std::process::id());
    let probe = there.ok_or_else(refused)?.join(name);
    std::fs::write(&probe, "").map_err(|_| refused())?;
    std::fs::remove_file(&probe).map_err(|_| refused())
}

fn backup(file: &Path, to: &Path) -> Result<(), String> {
    if !file.is_file() {
        return Err(format!("{}: there is no store", file.display()));
    }
    let report = store_sqlite::backup(file, to).map_err(|error| format!("{}: {error}", to.display()))?;
    println!("{}: {} bytes", to.display(), report.bytes);
    Ok(())
}

fn restore(from: &Path, file: &Path) -> Result<(), String> {
    let before = store_sqlite::restore(from, file).map_err(|error| match error {
        RestoreError::Backup(error) => format!("{}: {error}", from.display()),
        RestoreError::Folder(error) => format!("{}: {error}", file.display()),
    })?;
    println!("{}: restored; everybody signs in anew", file.display());
    if let Some(before) = before {
        println!("{}: what was there before", before.display());
    }
    Ok(())
}

#[cfg(unix)]
fn make_folder(data: &Path) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|error| format!("{}: {}", data.display(), error.kind()))
}

#[cfg(not(unix))]
fn make_folder(data: &Path) -> Result<(), String> {
    std::fs::create_dir_all(data).map_err(|error| format!("{}: {}", data.display(), error.kind()))
}

#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let none = |error: std::io::Error| format!("no signals: {}", error.kind());
    let mut terminate = signal(SignalKind::terminate()).map_err(none)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(none)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        // Without the signal it runs until it is ended otherwise.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
