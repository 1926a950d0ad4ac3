//! The peer of `bench start`: a bare Tauri window with one line of text, built as the app is built.

use crate::command::{self, Outcome};
use crate::places;
use std::path::PathBuf;

const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("peer/Cargo.toml.in")),
    ("build.rs", include_str!("peer/build.rs.in")),
    ("src/main.rs", include_str!("peer/main.rs.in")),
    ("tauri.conf.json", include_str!("peer/tauri.conf.json")),
    ("capabilities/window.json", include_str!("peer/window.json")),
    ("interface/index.html", include_str!("peer/index.html")),
    ("interface/boot.js", include_str!("peer/boot.js")),
];

/// Writes and builds it; gives the program.
pub fn build() -> Outcome<PathBuf> {
    let folder = places::folder(places::made()?.join("bare-window"))?;
    for (name, content) in FILES {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|already| already == *content) {
            continue;
        }
        if let Some(parent) = path.parent() {
            places::folder(parent.to_path_buf())?;
        }
        std::fs::write(&path, content)?;
    }
    let root = places::root();
    std::fs::copy(root.join("icons/32x32.png"), folder.join("icon.png"))?;
    // The same versions as the app, which then also are compiled already.
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let mut cargo = command::cargo(&folder);
    command::run(cargo.args(["build", "--release"]).env("CARGO_TARGET_DIR", places::target()))?;
    Ok(places::target().join("release/bare-window"))
}
