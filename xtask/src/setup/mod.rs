//! Prepares the machine: says what is missing and why, and installs it where it can.

mod packages;
mod system;

use crate::command::{self, Failure, Outcome};
use packages::Package;
use std::path::Path;
use std::process::Command;
pub use system::System;

/// What the machine is prepared for; each includes the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Compiling.
    Build,
    /// Using the app.
    Run,
    /// Running every test.
    Test,
    /// Measuring beside peers.
    Bench,
}

/// `cargo xtask setup [build|run|test|bench]`.
pub fn task(arguments: &[String]) -> Outcome {
    let purpose = match arguments.first().map(String::as_str) {
        Some("build") => Purpose::Build,
        None | Some("run") => Purpose::Run,
        Some("test") => Purpose::Test,
        Some("bench") => Purpose::Bench,
        Some(other) => return Err(Failure(format!("setup is for build, run, test or bench, not {other}"))),
    };
    prepare(purpose)?;
    println!("everything is here");
    Ok(())
}

/// Installs what is missing; a second run finds nothing to do and takes a fraction of a second.
pub fn prepare(purpose: Purpose) -> Outcome {
    let system = System::here();
    let wanted = wanted(purpose);
    if system.has_apt {
        install(&missing(wanted), &system, purpose)?;
    } else if !wanted.iter().all(|package| present_otherwise(package)) {
        return Err(Failure(by_hand(&system, purpose)));
    }
    wasm_target()
}

fn wanted(purpose: Purpose) -> Vec<&'static Package> {
    let mut wanted: Vec<_> = packages::BUILD.iter().collect();
    if purpose >= Purpose::Run {
        wanted.extend(packages::RUN);
    }
    if purpose >= Purpose::Test {
        wanted.extend(packages::TEST);
    }
    if purpose >= Purpose::Bench {
        wanted.extend(packages::BENCH);
    }
    wanted
}

fn missing(wanted: Vec<&'static Package>) -> Vec<&'static Package> {
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f=${Package} ${db:Status-Status}\n"]).args(wanted.iter().map(|package| package.name));
    // dpkg-query ends with 1 when it does not know one of the names; what it does know it has printed.
    let known = query.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    missing_from(wanted, &known.unwrap_or_default(), |program| command::find(program).is_some())
}

fn missing_from(
    wanted: Vec<&'static Package>,
    known: &str,
    has_program: impl Fn(&str) -> bool,
) -> Vec<&'static Package> {
    let installed: Vec<&str> = known.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    let mut missing = wanted;
    missing.retain(|package| {
        !installed.contains(&package.name) && !package.or_program.is_some_and(&has_program)
    });
    missing
}

fn install(missing: &[&Package], system: &System, purpose: Purpose) -> Outcome {
    if missing.is_empty() {
        return Ok(());
    }
    let may_install = system.root || command::find("sudo").is_some();
    if !may_install
        && purpose == Purpose::Test
        && missing.iter().all(|package| packages::TEST.contains(package))
    {
        println!("Without root or sudo these cannot be installed; the tests that need them are skipped:");
        missing.iter().for_each(|package| println!("  {:<26} {}", package.name, package.purpose));
        return Ok(());
    }
    println!("Installing from Debian:");
    for package in missing {
        println!("  {:<26} {}", package.name, package.purpose);
    }
    if !may_install {
        let names: Vec<_> = missing.iter().map(|package| package.name).collect();
        return Err(Failure(format!("without sudo, ask root to run: apt-get install {}", names.join(" "))));
    }
    for service in missing.iter().filter_map(|package| package.service) {
        leave_off(service, system)?;
    }
    if !system.has_package_lists() {
        command::run(system.as_root("apt-get").args(["-q", "update"]))?;
    }
    let attempt = || {
        let mut apt = system.as_root("apt-get");
        apt.args(["-q", "install", "-y", "--no-install-recommends"]);
        command::run(apt.args(missing.iter().map(|package| package.name)))
    };
    attempt().or_else(|Failure(_)| {
        println!("The package lists may be old: reading them anew.");
        command::run(system.as_root("apt-get").args(["-q", "update"]))?;
        attempt()
    })
}

/// The stories start it with settings of their own: masked, the package starts none (`systemctl unmask` takes it back).
fn leave_off(service: &str, system: &System) -> Outcome {
    let unit = Path::new("/etc/systemd/system").join(service);
    let systemd = unit.parent().is_some_and(Path::is_dir);
    if !systemd || unit.symlink_metadata().is_ok() {
        return Ok(());
    }
    println!("  {service} is masked: nothing of it shall start with this machine");
    command::run(system.as_root("ln").args(["-s", "/dev/null"]).arg(unit))
}

/// On other systems the libraries cannot be asked for by name; the interface's own build will tell. What
/// can be seen is whether a compiler and pkg-config know them.
fn present_otherwise(package: &Package) -> bool {
    let known = |module: &str| {
        Command::new("pkg-config").args(["--exists", module]).status().is_ok_and(|status| status.success())
    };
    match package.name {
        "build-essential" => command::find("cc").is_some(),
        "pkg-config" => command::find("pkg-config").is_some(),
        "cmake" => command::find("cmake").is_some(),
        "libwebkit2gtk-4.1-dev" => known("webkit2gtk-4.1"),
        "libasound2-dev" => known("alsa"),
        "libssl-dev" => known("openssl"),
        _ => true,
    }
}

fn by_hand(system: &System, purpose: Purpose) -> String {
    let mut text = format!(
        "{} is not Debian: packages are not installed for you here.\n\
         Install what these Debian packages hold, then run this again:\n",
        system.name
    );
    for package in wanted(purpose) {
        text.push_str(&format!("  {:<26} {}\n", package.name, package.purpose));
    }
    text
}

fn wasm_target() -> Outcome {
    const TARGET: &str = "wasm32-unknown-unknown";
    let mut ask = Command::new("rustc");
    ask.current_dir(crate::places::root()).args(["--print", "target-libdir", "--target", TARGET]);
    let there = command::read(&mut ask).is_ok_and(|folder| std::path::Path::new(folder.trim()).is_dir());
    if there {
        return Ok(());
    }
    println!("Adding the target {TARGET}: the interface is compiled for it.");
    command::run(Command::new("rustup").current_dir(crate::places::root()).args(["target", "add", TARGET]))
        .map_err(|Failure(text)| {
            Failure(format!("{text}\nRust's target {TARGET} is needed; rustup adds it."))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_installed_is_missing() {
        let known = "build-essential installed\npkg-config not-installed\n";
        let missing = missing_from(packages::BUILD.iter().collect(), known, |_| false);
        let names: Vec<_> = missing.iter().map(|package| package.name).collect();
        assert!(!names.contains(&"build-essential"));
        assert!(names.contains(&"pkg-config") && names.contains(&"libssl-dev"));
    }

    #[test]
    fn a_program_from_elsewhere_makes_its_package_unnecessary() {
        let with = missing_from(packages::TEST.iter().collect(), "", |program| program == "npm");
        assert!(!with.iter().any(|package| package.name == "npm"));
    }

    #[test]
    fn another_system_is_told_every_package_and_its_purpose() {
        let text = by_hand(&System::named("Fedora Linux 44"), Purpose::Run);
        assert!(text.contains("Fedora Linux 44") && text.contains("libwebkit2gtk-4.1-dev"));
        assert!(text.contains("Swedish word forms"));
    }
}
