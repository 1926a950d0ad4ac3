//! Where the built interface lies: beside the program, not in it, so that a clean checkout compiles and
//! a changed interface needs no build of the shell.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use tauri::utils::assets::{AssetKey, AssetsIter, CspHash};
use tauri::{Assets, Runtime};

/// The folder of the built interface.
pub fn folder() -> Option<PathBuf> {
    places("SVARSPLATS_UI_DIR", "ui", "ui/dist")
        .into_iter()
        .find(|folder| folder.join("index.html").is_file())
}

/// The precompiled dictionary of compounds, when installed (platform.md, Swedish search).
pub fn dictionary() -> Option<PathBuf> {
    places("SVARSPLATS_DICTIONARY", "sv.fst", "target/sv.fst").into_iter().find(|file| file.is_file())
}

fn places(variable: &str, installed: &str, built: &str) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = std::env::var_os(variable).map(PathBuf::from).into_iter().collect();
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        places.push(folder.join("../lib/svarsplats").join(installed));
        places.push(folder.join("../lib/Svarsplats").join(installed));
        places.push(folder.join(installed));
    }
    if cfg!(debug_assertions) {
        places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(built));
    }
    places
}

/// Files of a folder, read when asked for.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The files under `root`.
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn read(&self, key: &str) -> Option<Vec<u8>> {
        let path = Path::new(key.trim_start_matches('/'));
        // Nothing outside the folder can be named.
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if plain { std::fs::read(self.root.join(path)).ok() } else { None }
    }
}

impl<R: Runtime> Assets<R> for Folder {
    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        self.read(key.as_ref()).map(Cow::Owned)
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(std::iter::empty())
    }

    fn csp_hashes(&self, _: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let folder = Folder::new(Path::new("src").to_owned());
        assert!(folder.read("/main.rs").is_some());
        for outside in ["/../Cargo.toml", "../Cargo.toml", "//etc/passwd", "/./../Cargo.toml"] {
            assert!(folder.read(outside).is_none(), "{outside}");
        }
    }
}
