//! Asterisk 22 for the stories: Debian's own package, in a change-root of Debian sid, since bookworm has none.

use crate::command::{self, Failure, Outcome};
use crate::places;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGES: &[&str] = &["asterisk", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-gsm"];

/// The unpacked root with Asterisk in it, made at the first call and kept. Takes root.
pub fn root() -> Outcome<PathBuf> {
    let kept = places::cache()?.join("asterisk");
    let root = kept.join("root");
    if !kept.join("version").is_file() {
        println!("Unpacking Debian sid with Asterisk into {} (a minute, once)", kept.display());
        let _ = std::fs::remove_dir_all(&root);
        places::folder(kept.clone())?;
        unpack(&root)?;
        std::fs::write(kept.join("version"), version(&root)?)?;
    }
    println!("{}", std::fs::read_to_string(kept.join("version"))?.trim());
    Ok(root)
}

fn unpack(root: &Path) -> Outcome {
    command::quiet(Command::new("debootstrap").args(["--variant=minbase", "sid"]).arg(root))?;
    // Nothing is started by its package: the stories start it with settings of their own.
    let policy = root.join("usr/sbin/policy-rc.d");
    std::fs::write(&policy, "#!/bin/sh\nexit 101\n")?;
    command::run(Command::new("chmod").arg("755").arg(&policy))?;
    let mut install = Command::new("chroot");
    install.arg(root).args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y"]);
    command::quiet(install.arg("--no-install-recommends").args(PACKAGES))?;
    command::quiet(Command::new("chroot").arg(root).args(["apt-get", "clean"]))
}

fn version(root: &Path) -> Outcome<String> {
    let text = command::read(Command::new("chroot").arg(root).args(["/usr/sbin/asterisk", "-V"]))?;
    if text.starts_with("Asterisk ") { Ok(text) } else { Err(Failure(format!("not Asterisk: {text}"))) }
}
