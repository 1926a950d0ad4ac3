//! Programs and files from npm, each installed once, by its version, outside the tree.

use crate::command::{self, Failure, Outcome};
use crate::places;
use std::path::PathBuf;
use std::process::Command;

/// Shrinks the interface's module. Debian's own binaryen (108) writes one that browsers refuse.
pub const BINARYEN: &str = "binaryen@132.0.0";
/// Finds what a screen reader or a keyboard user would stumble over (MPL-2.0).
pub const AXE: &str = "axe-core@4.14.1";
/// Writes the Debian package.
pub const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";

/// npm is on this machine.
pub fn available() -> bool {
    command::find("npm").is_some()
}

/// The folder `node_modules` that holds the package; installs it at the first call.
pub fn install(package: &str) -> Outcome<PathBuf> {
    let name: String = package.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let home = places::cache()?.join("npm").join(name.trim_matches('-'));
    let modules = home.join("node_modules");
    // npm writes this file last.
    if modules.join(".package-lock.json").is_file() {
        return Ok(modules);
    }
    if !available() {
        return Err(Failure(format!("npm is needed for {package}; Debian's package is called npm")));
    }
    println!("Fetching {package} from npm");
    places::folder(home.clone())?;
    let mut npm = Command::new("npm");
    npm.current_dir(&home).args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]);
    command::quiet(npm.arg("--prefix").arg(&home).arg(package))?;
    Ok(modules)
}
