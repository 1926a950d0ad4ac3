//! The command line.

use crate::account;
use service::AccountChange;
use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
svarsplats-service [OPTIONS]              runs the service
svarsplats-service [OPTIONS] backup FILE  writes a whole copy, also while the service runs
svarsplats-service [OPTIONS] restore FILE puts a copy in the store's place; the service must be stopped
svarsplats-service [OPTIONS] import DIR   takes a municipality's files, prints flaws by path and line, or the
                                          accounts that were made; the service must be stopped
svarsplats-service [OPTIONS] account NAME [--role ROLE]… [--name TEXT] [--group ID] [--phone NAME]
                             [--new-password] [--revoke]
                                          makes or changes an account, also while the service runs;
                                          ROLE: agent, lead, case_officer, trainer, administrator, auditor

  --data DIR      where everything is kept (default: the system's data folder for the user)
  --listen ADDR   host:port (default 127.0.0.1:7380)
  --config FILE   settings, TOML (default: DIR/svarsplats.toml when it is there)
  --check         reads and checks the settings, and stops
  --demo          an empty store begins with Exempelköping; prints its accounts once
  --help, --version

Every setting of the file can be given as SVARSPLATS_<NAME>, with __ for a dot: SVARSPLATS_TLS__CERT.
";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Task {
    /// Run the service.
    #[default]
    Serve,
    /// Check the settings.
    Check,
    /// Write a copy.
    Backup(PathBuf),
    /// Put a copy in place.
    Restore(PathBuf),
    /// Take in a municipality's files.
    Import(PathBuf),
    /// Make or change an account.
    Account(AccountChange),
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// The command line, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Arguments {
    pub(crate) task: Task,
    pub(crate) data: Option<PathBuf>,
    pub(crate) listen: Option<String>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) demo: bool,
}

/// Reads the command line without the program's name.
pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut words = words;
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value; see --help"));
        match word.as_str() {
            "--data" => arguments.data = Some(value()?.into()),
            "--listen" => arguments.listen = Some(value()?),
            "--config" => arguments.config = Some(value()?.into()),
            "--demo" => arguments.demo = true,
            "--check" => arguments.task = Task::Check,
            "backup" => arguments.task = Task::Backup(value()?.into()),
            "restore" => arguments.task = Task::Restore(value()?.into()),
            "import" => arguments.task = Task::Import(value()?.into()),
            "account" => {
                arguments.task = Task::Account(AccountChange { user: value()?, ..AccountChange::default() })
            }
            "--help" | "-h" => arguments.task = Task::Help,
            "--version" | "-V" => arguments.task = Task::Version,
            _ => match &mut arguments.task {
                Task::Account(change) => of_account(change, &word, value)?,
                _ => return Err(format!("{word} is not known; see --help")),
            },
        }
    }
    Ok(arguments)
}

/// A word that belongs to `account`.
fn of_account(
    change: &mut AccountChange,
    word: &str,
    mut value: impl FnMut() -> Result<String, String>,
) -> Result<(), String> {
    match word {
        "--role" => {
            let role = value()?;
            change.roles.push(account::role(&role).ok_or_else(|| format!("{role} is no role; see --help"))?);
        }
        "--name" => change.name = Some(value()?),
        "--group" => {
            let group = value()?;
            change.group = Some(group.parse().map_err(|_| format!("{group} is no group's id"))?);
        }
        "--phone" => change.phone = Some(value()?),
        "--new-password" => change.new_password = true,
        "--revoke" => change.revoke = true,
        _ => return Err(format!("{word} is not known; see --help")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Arguments, String> {
        read(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_command_line_is_read() {
        let read = words("--data /d --demo backup /f").unwrap();
        assert_eq!((read.task, read.demo), (Task::Backup("/f".into()), true));
        assert_eq!(read.data, Some("/d".into()));
        assert_eq!(words("").unwrap(), Arguments::default());
    }

    #[test]
    fn what_is_unknown_or_lacks_a_value_is_told() {
        assert!(words("--prot 1").unwrap_err().contains("--prot"));
        assert!(words("--listen").unwrap_err().contains("wants a value"));
    }
}
