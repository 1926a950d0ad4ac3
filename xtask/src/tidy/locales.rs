//! The interface says everything in both languages.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Keys that one language has and the other lacks. `sv.json` and `en.json`, or folders of those names.
pub fn breaches(folder: &Path) -> Vec<String> {
    let (Some(swedish), Some(english)) = (keys(folder, "sv"), keys(folder, "en")) else { return Vec::new() };
    let lacks = |language: &str, has: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        other.difference(has).map(|key| format!("ui/locales: {language} lacks {key}")).collect()
    };
    let mut breaches = lacks("sv", &swedish, &english);
    breaches.extend(lacks("en", &english, &swedish));
    breaches
}

fn keys(folder: &Path, language: &str) -> Option<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    let single = folder.join(format!("{language}.json"));
    if single.is_file() {
        collect("", &read(&single), &mut keys);
        return Some(keys);
    }
    let files = crate::places::files_below(&folder.join(language));
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let namespace = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        collect(&namespace, &read(file), &mut keys);
    }
    (!files.is_empty()).then_some(keys)
}

fn read(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn collect(above: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
                collect(&path, value, keys);
            }
        }
        _ => {
            keys.insert(above.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_keys_are_compared_by_their_path() {
        let mut keys = BTreeSet::new();
        collect("", &json!({ "call": { "answer": "Svara", "end": "Lägg på" }, "title": "x" }), &mut keys);
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["call.answer", "call.end", "title"]);
    }

    #[test]
    fn a_text_in_one_language_only_is_a_breach() {
        let folder = std::env::temp_dir().join(format!("svarsplats-locales-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("sv.json"), r#"{"a":"1","b":"2"}"#).unwrap();
        std::fs::write(folder.join("en.json"), r#"{"a":"1"}"#).unwrap();
        let found = breaches(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, ["ui/locales: en lacks b"]);
    }
}
