//! Where things lie: the tree, what is built, what is kept between runs.

use crate::command::{Failure, Outcome};
use std::path::{Path, PathBuf};

/// The root of the tree.
pub fn root() -> PathBuf {
    // Cargo says it anew at every run; what was compiled in may be of another clone that shares the target.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let own = PathBuf::from(own);
    own.parent().unwrap_or(&own).to_path_buf()
}

/// Where cargo builds: `CARGO_TARGET_DIR`, else `target` in the tree.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// What tasks write themselves, below cargo's folder.
pub fn made() -> Outcome<PathBuf> {
    folder(target().join("xtask"))
}

/// What is fetched once and kept between runs and between clones: `~/.cache/svarsplats`.
pub fn cache() -> Outcome<PathBuf> {
    let base = match (std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => Path::new(&home).join(".cache"),
        (None, None) => return Err(Failure("neither XDG_CACHE_HOME nor HOME is set".into())),
    };
    folder(base.join("svarsplats"))
}

/// The built interface.
pub fn interface() -> PathBuf {
    root().join("ui/dist")
}

/// The folder, made if it was not there.
pub fn folder(path: PathBuf) -> Outcome<PathBuf> {
    std::fs::create_dir_all(&path).map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    Ok(path)
}

/// Every file below a folder, sorted; nothing when the folder is not there.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.is_symlink() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}
