//! `cargo xtask test --bare`: the tests in a fresh Debian 12 that holds nothing but Rust and the tree.

use crate::command::{self, Failure, Outcome};
use crate::places;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TREE: &str = "srv/svarsplats";

/// Makes the machine, runs the tests in it, gives their result.
pub fn test() -> Outcome<ExitCode> {
    let bare = places::cache()?.join("bare");
    let machine = bare.join("root");
    let mounts = Mounts::release(&machine);
    remove(&machine)?;
    places::folder(bare)?;
    println!("A fresh Debian 12 in {}", machine.display());
    let mut strap = Command::new("debootstrap");
    strap.args(["--variant=minbase", "--include=ca-certificates", "bookworm"]).arg(&machine);
    command::quiet(&mut strap)?;
    settings(&machine)?;
    let toolchain = rust(&machine)?;
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--no-hardlinks"]).arg(places::root()).arg(machine.join(TREE));
    command::run(&mut clone)?;
    mounts.make()?;
    let mut inside = Command::new("chroot");
    inside.arg(&machine).args(["env", "-i", "HOME=/root", "LANG=C.UTF-8"]);
    inside.arg(format!("PATH={toolchain}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    if let Some(display) = std::env::var_os("DISPLAY") {
        inside.arg(format!("DISPLAY={}", display.to_string_lossy()));
    }
    inside.args(["sh", "-c", &format!("cd /{TREE} && sh bare.sh")]);
    std::fs::write(machine.join(TREE).join("bare.sh"), SCRIPT)?;
    let ended = inside.status()?;
    drop(mounts);
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Removes an earlier machine, unless something is still mounted in it: that would be removed as well.
fn remove(machine: &Path) -> Outcome {
    let mounts = std::fs::read_to_string("/proc/self/mounts")?;
    let within = format!("{}/", machine.display());
    if let Some(mount) = mounts.split_whitespace().find(|word| word.starts_with(&within)) {
        return Err(Failure(format!("{mount} is still mounted; unmount it first")));
    }
    if machine.exists() {
        std::fs::remove_dir_all(machine)?;
    }
    Ok(())
}

/// A compiler is what even xtask needs; it is what a person with Rust on Debian has. The app comes first, while
/// nothing is installed but what it asks for itself; it needs a display of the machine that this is run on.
const SCRIPT: &str = "\
set -e
apt-get -q update
apt-get -q install -y --no-install-recommends gcc libc6-dev git
git config --global --add safe.directory '*'
rm bare.sh
if [ -n \"$DISPLAY\" ]; then
    mkfifo /tmp/said
    SVARSPLATS_READY=1 cargo xtask run --practice >/tmp/said 2>&1 &
    run=$!
    sed '/^ready/q' /tmp/said
    kill -TERM $run
    wait $run || echo \"cargo xtask run ended with $?\"
fi
exec cargo xtask test
";

/// The network's names, and the settings of apt, cargo and npm that this machine reaches its archives by.
fn settings(machine: &Path) -> Outcome {
    for file in ["etc/resolv.conf", "etc/hosts"] {
        std::fs::copy(Path::new("/").join(file), machine.join(file))?;
    }
    std::fs::write(
        machine.join("etc/apt/sources.list"),
        "deb http://deb.debian.org/debian bookworm main\n\
         deb http://deb.debian.org/debian bookworm-updates main\n\
         deb http://security.debian.org/debian-security bookworm-security main\n",
    )?;
    for (folder, into) in [
        ("/etc/apt/apt.conf.d", "etc/apt/apt.conf.d"),
        ("/usr/local/share/ca-certificates", "usr/local/share/ca-certificates"),
    ] {
        for file in places::files_below(Path::new(folder)) {
            if let Some(name) = file.file_name() {
                let into = places::folder(machine.join(into))?;
                std::fs::copy(&file, into.join(name))?;
            }
        }
    }
    command::quiet(Command::new("chroot").arg(machine).arg("update-ca-certificates"))
}

/// Copies the toolchain of this machine; gives its folder of programs as seen within.
fn rust(machine: &Path) -> Outcome<String> {
    let mut ask = Command::new("rustc");
    let sysroot = command::read(ask.current_dir(places::root()).args(["--print", "sysroot"]))?;
    // The folder may be a link to another.
    let sysroot = std::fs::canonicalize(sysroot.trim())?;
    command::run(Command::new("cp").arg("-a").arg(sysroot).arg(machine.join("opt/rust")))?;
    Ok("/opt/rust/bin".into())
}

/// What a change-root borrows from the machine; let go when dropped.
struct Mounts(Vec<(&'static str, PathBuf)>);

impl Mounts {
    fn release(machine: &Path) -> Self {
        let kinds = ["proc", "sysfs", "devtmpfs", "devpts", "tmpfs"];
        let places = ["proc", "sys", "dev", "dev/pts", "dev/shm"];
        let mounts = Self(kinds.into_iter().zip(places.map(|place| machine.join(place))).collect());
        mounts.end();
        mounts
    }

    fn make(&self) -> Outcome {
        for (kind, place) in &self.0 {
            places::folder(place.clone())?;
            let mut mount = Command::new("mount");
            if *kind == "devtmpfs" {
                mount.args(["--bind", "/dev"]);
            } else {
                mount.args(["-t", kind, kind]);
            }
            command::run(mount.arg(place))?;
        }
        Ok(())
    }

    fn end(&self) {
        for (_, place) in self.0.iter().rev() {
            let mut end = Command::new("umount");
            let _ = end.arg("--quiet").arg(place).stderr(std::process::Stdio::null()).status();
        }
    }
}

impl Drop for Mounts {
    fn drop(&mut self) {
        self.end();
    }
}
