//! What single files must hold to.

use super::directions::members;
use serde_json::Value;

/// Lines in a source file at most.
const LINES: usize = 650;

/// Crates whose manifest does not inherit the workspace's lints.
pub fn lints(metadata: &Value) -> Vec<String> {
    let manifests = members(metadata).iter().filter_map(|package| package.get("manifest_path")?.as_str());
    let read = manifests.map(|path| (path, std::fs::read_to_string(path).unwrap_or_default()));
    read.filter(|(_, text)| !inherits(text))
        .map(|(path, _)| format!("{path}: no [lints] workspace = true"))
        .collect()
}

fn inherits(manifest: &str) -> bool {
    let lines = manifest.lines().map(str::trim);
    let section =
        lines.skip_while(|line| *line != "[lints]").skip(1).take_while(|line| !line.starts_with('['));
    section.into_iter().any(|line| line.replace(' ', "") == "workspace=true")
}

/// Where nothing reaches out: rules take what they need as arguments and give back what they decide.
const PURE: &[&str] = &[
    "crates/domain/src/",
    "crates/contract/src/",
    "crates/knowledge/src/",
    "crates/phone/src/call/",
    "crates/phone/src/media/",
];

/// What reaches out of a program.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::thread",
    "std::os",
    "tokio",
    "getrandom",
    "File::open",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
];

/// What a file of pure rules reaches for, if it does.
pub fn purity(file: &str, text: &str) -> Vec<String> {
    if !PURE.iter().any(|folder| file.starts_with(folder)) {
        return Vec::new();
    }
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|(number, line)| {
            let found = OUTSIDE.iter().filter(move |word| line.contains(**word));
            found.map(move |word| format!("{file}:{number}: {word} in pure rules"))
        })
        .collect()
}

/// What a Rust file must not be or hold.
pub fn source(file: &str, text: &str) -> Vec<String> {
    // Written in pieces, so that this file does not hold them.
    let words = [("to", "do!("), ("unimple", "mented!("), ("#[ig", "nore"), ("FIX", "ME"), ("TO", "DO")];
    let lines = text.lines().count();
    let mut breaches = Vec::new();
    if lines > LINES {
        breaches.push(format!("{file}: {lines} lines, {LINES} at most"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        for word in words.iter().map(|(first, second)| format!("{first}{second}")) {
            if line.contains(&word) {
                breaches.push(format!("{file}:{number}: {word}"));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_inherits_the_lints_in_their_own_section() {
        assert!(inherits("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits("[lints]\n\n[dependencies.b]\nworkspace = true\n"));
    }

    #[test]
    fn pure_rules_do_not_reach_out_and_others_may() {
        let text = "//! Reads no std::fs.\nuse std::net::IpAddr;\nuse std::fs::read;\n";
        assert_eq!(
            purity("crates/domain/src/case.rs", text),
            ["crates/domain/src/case.rs:3: std::fs in pure rules"]
        );
        assert!(purity("crates/phone/src/call/machine.rs", "let s = UdpSocket::bind(a);").len() == 1);
        assert!(purity("crates/phone/src/rtp/mod.rs", text).is_empty());
    }

    #[test]
    fn long_and_unfinished_files_are_named_with_the_line() {
        assert_eq!(source("a.rs", &"fn f() {}\n".repeat(651)), ["a.rs: 651 lines, 650 at most"]);
        let unfinished = format!("fn f() {{\n    {}{})\n}}\n", "to", "do!(");
        assert_eq!(source("b.rs", &unfinished).len(), 1);
    }
}
