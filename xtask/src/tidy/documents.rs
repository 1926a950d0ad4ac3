//! What a document claims about the tree.

/// The paths that a document names in backticks and that are not there.
pub fn missing(document: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut breaches = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        // Between an odd and the next even backtick stands what is quoted.
        for quoted in line.split('`').skip(1).step_by(2) {
            if looks_like_a_path(quoted) && !exists(quoted) {
                breaches.push(format!("{document}:{number}: {quoted} is not in the tree"));
            }
        }
    }
    breaches
}

/// A folder in it or an ending that our files have; no blanks, variables, addresses or commands.
fn looks_like_a_path(text: &str) -> bool {
    const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".css", ".html", ".js", ".json", ".sql"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.is_empty() || !text.chars().all(plain) || text.starts_with(['/', '.', '~']) {
        return false;
    }
    let folder = text.ends_with('/') && text.len() > 1;
    let roots = ["crates/", "ui/", "src-tauri/", "tests/", "xtask/", "assets/", "icons/", "docs/"];
    folder
        || roots.iter().any(|root| text.starts_with(root))
        || ENDINGS.iter().any(|ending| text.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_is_named_with_its_line() {
        let text =
            "See `crates/phone/src/lib.rs` and\n`crates/gone/`, `rpc(name, payload)`, `POST /rpc/{name}`.\n";
        let breaches = missing("A.md", text, |path| path == "crates/phone/src/lib.rs");
        assert_eq!(breaches, ["A.md:2: crates/gone/ is not in the tree"]);
    }

    #[test]
    fn code_and_addresses_are_no_paths() {
        for text in
            ["phone::call", "/healthz", "127.0.0.1:7380", "text/event-stream", "cargo xtask test", "a/b"]
        {
            assert!(!looks_like_a_path(text), "{text}");
        }
        for path in ["Cargo.toml", "crates/domain", "assets/exempelkoping/", "ui/src/main.rs"] {
            assert!(looks_like_a_path(path), "{path}");
        }
    }
}
