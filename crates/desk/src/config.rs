//! What the desk remembers in the clear: where it connects and how it looks. No person's data.

use contract::desk::Settings;
use contract::error::{Code, Error};
use contract::phone::ChooseDevices;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where the desk works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Choice {
    /// Practice on this computer.
    Practice,
    /// A kontaktcenter's service.
    Connect {
        /// Its address.
        address: String,
    },
}

/// The file `desk.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where it works; `None`: ask.
    pub choice: Option<Choice>,
    /// Settings.
    pub settings: Settings,
    /// Sound devices.
    pub devices: ChooseDevices,
}

const FILE: &str = "desk.json";

impl Config {
    /// Reads the file; one that is missing or unreadable gives the defaults.
    #[must_use]
    pub fn read(data: &Path) -> Self {
        let Ok(text) = std::fs::read_to_string(data.join(FILE)) else { return Self::default() };
        serde_json::from_str(&text).unwrap_or_else(|_| {
            tracing::warn!("desk.json could not be read; the defaults are used");
            Self::default()
        })
    }

    /// Writes the file beside the old one and then in its place, so that a crash leaves one of them whole.
    ///
    /// # Errors
    /// [`Code::DiskFull`], or [`Code::Internal`]; the old file stays.
    pub fn write(&self, data: &Path) -> Result<(), Error> {
        let written = || {
            std::fs::create_dir_all(data)?;
            let beside = data.join("desk.json.new");
            std::fs::write(&beside, serde_json::to_vec_pretty(self)?)?;
            std::fs::rename(beside, data.join(FILE))
        };
        written().map_err(|error: std::io::Error| {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            Error::new(if full { Code::DiskFull } else { Code::Internal }, error.kind().to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_release_wrote_is_read_and_written_as_it_stands() {
        for text in [
            include_str!("../tests/golden/config.connect.json"),
            include_str!("../tests/golden/config.practice.json"),
        ] {
            let kept: serde_json::Value = serde_json::from_str(text).unwrap();
            let config: Config = serde_json::from_str(text).unwrap();
            assert_ne!(config, Config::default(), "a shape that is not read gives the defaults");
            assert_eq!(serde_json::to_value(&config).unwrap(), kept);
        }
    }
}
