//! The Debian package of the release.

use crate::command::{self, Failure, Outcome};
use crate::{dictionary, interface, notices, npm, places, setup};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The dictionary's licence, as Debian's package brings it.
const LICENCE: &str = "/usr/share/doc/hunspell-sv/copyright";

/// `cargo xtask dist`: prints where the package lies.
pub fn dist() -> Outcome {
    setup::prepare(setup::Purpose::Run)?;
    if !npm::available() {
        return Err(Failure("npm is needed: it brings wasm-opt and Tauri's packager (Debian: npm)".into()));
    }
    let package = package()?;
    println!("{} ({:.1} MiB)", package.display(), mebibytes(&package)?);
    Ok(())
}

/// Builds the release and packs it.
pub fn package() -> Outcome<PathBuf> {
    interface::build()?;
    let dictionary = dictionary::compile()?;
    release()?;
    let cli = npm::install(npm::TAURI_CLI)?.join("@tauri-apps/cli/tauri.js");
    let folder = places::target().join("release/bundle/deb");
    let _ = std::fs::remove_dir_all(&folder);
    let mut bundle = Command::new("node");
    bundle.current_dir(places::root().join("src-tauri")).env("CARGO_TARGET_DIR", places::target());
    bundle.arg(cli).args(["bundle", "--bundles", "deb"]);
    // A file of its own beside its licence: it is LGPL-3, and can be replaced.
    let resources = dictionary
        .map(|dictionary| json!({ dictionary.to_string_lossy(): "sv.fst", LICENCE: "sv.fst.copyright" }));
    let deb = json!({ "files": documents(&notices::write()?) });
    let more = json!({ "bundle": { "resources": resources.unwrap_or(json!({})), "linux": { "deb": deb } } });
    bundle.arg("--config").arg(more.to_string());
    command::quiet(&mut bundle)?;
    let made = places::files_below(&folder);
    let package = made.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "deb"));
    let package = package.ok_or_else(|| Failure(format!("no package in {}", folder.display())))?;
    tighten(&package)?;
    Ok(package)
}

/// Packs a package anew as Debian packs its own, a third smaller than Tauri does. Without dpkg it stays as it is.
fn tighten(package: &Path) -> Outcome {
    if command::find("dpkg-deb").is_none() {
        return Ok(());
    }
    let unpacked = package.with_extension("unpacked");
    let _ = std::fs::remove_dir_all(&unpacked);
    command::quiet(Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&unpacked))?;
    let mut pack = Command::new("dpkg-deb");
    pack.args(["-Zxz", "--root-owner-group", "--build"]).arg(&unpacked).arg(package);
    command::quiet(&mut pack)?;
    std::fs::remove_dir_all(&unpacked)?;
    Ok(())
}

/// What the package says of whose work is in it, by where it is put.
fn documents(notices: &Path) -> Value {
    let root = places::root();
    let ours = ["LICENSE-APACHE", "LICENSE-MIT"].map(|name| (name, root.join(name)));
    let files = ours.into_iter().chain([("copyright", notices.to_owned())]);
    files
        .map(|(name, file)| {
            (format!("/usr/share/doc/svarsplats/{name}"), Value::from(file.to_string_lossy()))
        })
        .collect()
}

/// Builds the app and the service as they are released.
pub fn release() -> Outcome<PathBuf> {
    let mut cargo = command::cargo(&places::root());
    cargo.args(["build", "--release", "--package", "svarsplats", "--package", "svarsplats-service"]);
    command::run(&mut cargo)?;
    Ok(places::target().join("release"))
}

/// A file's size.
pub fn mebibytes(file: &std::path::Path) -> Outcome<f64> {
    let bytes = u32::try_from(std::fs::metadata(file)?.len() / 1024).unwrap_or(u32::MAX);
    Ok(f64::from(bytes) / 1024.0)
}
