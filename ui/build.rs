//! Makes the typed table of texts from `locales/sv.json` and `locales/en.json`. A text that one of the
//! languages lacks, or whose placeholders differ, stops the build.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Texts that the shell shows, or the service on pages of its own, and not the interface.
const ELSEWHERE: [&str; 2] = ["notification.", "page."];

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let (sv, en) = (read("sv")?, read("en")?);
    let mut kinds = String::new();
    let mut texts = [String::new(), String::new()];
    let mut keys = String::new();
    for (key, swedish) in &sv {
        let english = en.get(key).ok_or_else(|| format!("locales/en.json lacks {key}"))?;
        if placeholders(swedish) != placeholders(english) {
            return Err(format!("{key}: the languages have different placeholders").into());
        }
        if elsewhere(key) {
            continue;
        }
        let name = variant(key);
        writeln!(kinds, "    /// {swedish:?}\n    {name},")?;
        for (texts, text) in texts.iter_mut().zip([swedish, english]) {
            write!(texts, "{text:?}, ")?;
        }
        writeln!(keys, "    {key:?},")?;
    }
    if let Some(key) = en.keys().find(|key| !sv.contains_key(*key)) {
        return Err(format!("locales/sv.json lacks {key}").into());
    }
    let [swedish, english] = texts;
    let code = format!(
        "/// A text of the interface.\n#[derive(Debug, Clone, Copy, PartialEq, Eq)]\n\
         pub enum K {{\n{kinds}}}\n\n\
         /// Swedish and English, in the order of [`K`]; a page carries them beside the module.\n\
         #[cfg(not(target_arch = \"wasm32\"))]\n\
         static TEXTS: [[&str; {count}]; 2] = [[{swedish}], [{english}]];\n\n\
         #[cfg(test)]\nstatic KEYS: [&str; {count}] = [\n{keys}];\n",
        count = sv.keys().filter(|key| !elsewhere(key)).count()
    );
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("texts.rs"), code)?;
    println!("cargo::rerun-if-changed=locales");
    Ok(())
}

fn elsewhere(key: &str) -> bool {
    ELSEWHERE.iter().any(|begin| key.starts_with(begin))
}

fn read(language: &str) -> Result<BTreeMap<String, String>, Failure> {
    let file = format!("locales/{language}.json");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{file}: {e}"))?;
    Ok(serde_json::from_str(&text).map_err(|e| format!("{file}: {e}"))?)
}

/// `phone.hang_up` → `PhoneHangUp`.
fn variant(key: &str) -> String {
    key.split(['.', '_'])
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
    found.sort_unstable();
    found
}
