//! The binary as operations meet it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svarsplats-service"));
    command.env_clear().arg("--data").arg(data).stdin(Stdio::null());
    command
}

fn run(data: &Path, words: &[&str]) -> Output {
    program(data).args(words).output().unwrap()
}

/// Runs until it listens; gives what it printed before.
fn start(data: &Path, words: &[&str]) -> (Child, Vec<String>) {
    let mut child = program(data)
        .args(["--listen", "127.0.0.1:0"])
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        let line = line.unwrap();
        let listens = line.starts_with("listening on ");
        lines.push(line);
        if listens {
            return (child, lines);
        }
    }
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    child.wait().unwrap();
    panic!("it did not start: {lines:?} {told}");
}

/// Stops it as systemd does; gives its log.
fn stop(mut child: Child) -> String {
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success(), "a clean stop");
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    log
}

fn copy(data: &Path, to: &Path) -> Output {
    run(data, &["backup", to.to_str().unwrap()])
}

#[test]
fn the_first_start_tells_its_accounts_once_and_a_backup_can_be_taken_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (child, lines) = start(&data, &["--demo"]);
    let accounts: Vec<_> = lines.iter().filter(|line| line.starts_with("account ")).collect();
    for role in ["agent", "case_officer", "administrator"] {
        assert!(accounts.iter().any(|line| line.split(' ').nth(2) == Some(role)), "{role} in {accounts:?}");
    }
    assert!(accounts.iter().all(|line| line.split(' ').count() == 4));
    let backup = folder.path().join("copy.db");
    assert!(copy(&data, &backup).status.success());
    assert!(!copy(&data, &backup).status.success(), "none is overwritten");
    let second = run(&data, &["restore", backup.to_str().unwrap()]);
    assert!(String::from_utf8(second.stderr).unwrap().contains("runs on this folder"), "not under a service");
    let log = stop(child);
    for line in log.lines() {
        assert!(line.starts_with('{'), "{line}");
    }
    for account in accounts {
        assert!(!log.contains(account.split(' ').nth(3).unwrap()), "a password is in the log");
    }

    let (child, lines) = start(&data, &["--demo"]);
    assert!(!lines.iter().any(|line| line.starts_with("account ")), "once");
    stop(child);
    let restored = run(&data, &["restore", backup.to_str().unwrap()]);
    assert!(restored.status.success());
    stop(start(&data, &[]).0);
}

#[test]
fn a_municipalitys_files_are_taken_in_and_accounts_are_made_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = Path::new("../../assets/exempelkoping");
    let text = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let first = run(&data, &["import", files.to_str().unwrap()]);
    assert!(first.status.success(), "{first:?}");
    let agents = text(&first).lines().filter(|line| line.split(' ').nth(2) == Some("agent")).count();
    assert!(agents > 0 && text(&first).contains("account "), "{}", text(&first));
    let again = run(&data, &["import", files.to_str().unwrap()]);
    assert!(again.status.success() && !text(&again).contains("account "), "nobody gets a new password");
    std::fs::create_dir(folder.path().join("wrong")).unwrap();
    std::fs::write(folder.path().join("wrong/groups.toml"), "[[group]]\nid = 7").unwrap();
    let wrong = run(&data, &["import", folder.path().join("wrong").to_str().unwrap()]);
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("groups.toml"), "flaws by path");

    assert!(!run(&data, &["account", "ny"]).status.success(), "a new one wants a role");
    let made = run(&data, &["account", "ny", "--role", "agent", "--name", "Ny Person", "--phone", "1077"]);
    assert!(text(&made).starts_with("account ny agent "), "{made:?}");
    let (child, lines) = start(&data, &[]);
    assert!(!lines.iter().any(|line| line.starts_with("account ")), "it had begun");
    let renewed = run(&data, &["account", "ny", "--new-password"]);
    assert!(text(&renewed).starts_with("account ny agent "), "also while it runs");
    assert_ne!(text(&renewed), text(&made));
    assert!(text(&run(&data, &["account", "ny", "--revoke"])).contains("changed"));
    assert!(!run(&data, &["account", "ny", "--role", "chef"]).status.success());
    stop(child);
}

#[test]
fn groups_that_no_letter_reaches_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let (files, data) = (folder.path().join("files"), folder.path().join("data"));
    copy_folder(Path::new("../../assets/exempelkoping"), &files);
    let groups = files.join("groups.toml");
    let text = std::fs::read_to_string(&groups).unwrap();
    let id = "bygglov";
    std::fs::write(&groups, text.replacen("id = \"bygglov\"", "id = \"bygglov\"\noutside = true", 1))
        .unwrap();
    let check = || String::from_utf8(run(&data, &["--check"]).stdout).unwrap();
    assert!(run(&data, &["import", files.to_str().unwrap()]).status.success());
    assert!(check().contains("warning: no mail server") && check().contains(id), "{}", check());
    let log = stop(start(&data, &[]).0);
    let told = log.lines().find(|line| line.contains("no mail server is set")).unwrap_or_default();
    assert!(told.contains("WARN") && told.contains(id), "{log}");
    assert!(!told.contains('@'), "no address in the log");
    let post = "[post]\nserver = \"localhost:25\"\nencryption = \"none\"\nfrom = \"a@example.se\"\n\
        address = \"http://localhost:7380\"";
    std::fs::write(data.join("svarsplats.toml"), post).unwrap();
    assert!(!check().contains("warning") && check().contains("post localhost:25"), "{}", check());
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}

#[test]
fn settings_are_checked_and_told() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["--check"]).status.success());
    let open = run(folder.path(), &["--check", "--listen", "0.0.0.0:7380"]);
    assert!(!open.status.success());
    assert!(String::from_utf8(open.stderr).unwrap().contains("without encryption"));
    for (name, setting) in [
        ("certificate", "tls = { cert = \"/none.pem\", key = \"/none.pem\" }"),
        ("index.html", "interface = \"/none\""),
        ("hosts", "listen = \"0.0.0.0:7380\"\nbehind_proxy = [\"10.0.0.5\"]"),
    ] {
        std::fs::write(folder.path().join("svarsplats.toml"), setting).unwrap();
        let told = run(folder.path(), &["--check"]);
        assert!(!told.status.success(), "{setting}");
        assert!(String::from_utf8(told.stderr).unwrap().contains(name), "{setting}");
    }
    std::fs::remove_file(folder.path().join("svarsplats.toml")).unwrap();
    assert_eq!(run(folder.path(), &["--nonsense"]).status.code(), Some(2));
    assert!(!folder.path().join("svarsplats.db").exists(), "a check makes nothing");
    assert!(!copy(folder.path(), &folder.path().join("x")).status.success(), "there is no store");
}

#[cfg(unix)]
#[test]
fn the_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    stop(start(&data, &[]).0);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data.join("svarsplats.db")), 0o600);
    assert_eq!(mode(&data), 0o700);
}
