//! What groups outside the system read: the interface's own texts, in Swedish.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static SWEDISH: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../ui/locales/sv.json")).unwrap_or_default()
});

/// The text of `page.{key}`.
pub(crate) fn text(key: &str) -> &'static str {
    SWEDISH.get(&format!("page.{key}")).map_or("", String::as_str)
}

/// The same with its placeholders filled.
pub(crate) fn filled(key: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(text(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there() {
        for key in ["lead", "accept", "answer", "give_back", "bad", "used", "expired", "over", "mail_arrived"]
        {
            assert!(!text(key).is_empty(), "{key}");
        }
        assert!(filled("mail_subject", &[("number", "2026-000001")]).contains("2026-000001"));
    }
}
