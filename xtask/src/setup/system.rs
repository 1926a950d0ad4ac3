//! Which system this is, and what may be done on it.

use crate::command;
use std::path::Path;
use std::process::Command;

/// The machine at hand.
#[derive(Debug)]
pub struct System {
    /// What it calls itself.
    pub name: String,
    /// It is Debian itself: here nothing may be missing for a test when one is root.
    pub debian: bool,
    /// Packages come from Debian or a relative of it.
    pub has_apt: bool,
    /// We may do everything.
    pub root: bool,
}

impl System {
    /// Reads `/etc/os-release`.
    pub fn here() -> Self {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let mut system = Self::from_release(&release, command::find("apt-get").is_some());
        system.root = rustix::process::geteuid().is_root();
        system
    }

    fn from_release(release: &str, apt: bool) -> Self {
        let value = |key: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let (id, like) = (value("ID"), value("ID_LIKE"));
        let debian = id == "debian";
        let name = [value("PRETTY_NAME"), std::env::consts::OS.to_owned()];
        Self {
            name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            debian,
            has_apt: apt && (debian || like.split(' ').any(|kin| kin == "debian")),
            root: false,
        }
    }

    #[cfg(test)]
    pub fn named(name: &str) -> Self {
        Self::from_release(&format!("PRETTY_NAME=\"{name}\"\nID=other\n"), false)
    }

    /// Every part of the tests must be there: a skipped one would be a hole.
    pub fn must_run_everything(&self) -> bool {
        self.debian && self.root
    }

    /// The command, through sudo when we are not root; it never asks questions.
    pub fn as_root(&self, program: &str) -> Command {
        let mut command = Command::new(if self.root { "env" } else { "sudo" });
        if !self.root {
            command.arg("env");
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", program]);
        command
    }

    /// apt has read its archives at some time.
    pub fn has_package_lists(&self) -> bool {
        let lists = crate::places::files_below(Path::new("/var/lib/apt/lists"));
        lists.iter().any(|file| file.to_string_lossy().contains("_Packages"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_of_debian_have_its_packages_but_not_its_duty() {
        let release = "PRETTY_NAME=\"Ubuntu 24.04\"\nID=ubuntu\nID_LIKE=debian\n";
        let ubuntu = System::from_release(release, true);
        assert!(ubuntu.has_apt && !ubuntu.debian);
        let debian = System::from_release("ID=debian\nVERSION_ID=\"12\"\n", true);
        assert!(debian.has_apt && debian.debian);
        assert!(!System::from_release("ID=fedora\n", false).has_apt);
    }
}
