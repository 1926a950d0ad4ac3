//! The list of commands holds together.

use contract::{COMMANDS, Code, Home, Kind, command};
use std::collections::HashSet;

#[test]
fn names_are_unique_and_found() {
    let names: HashSet<_> = COMMANDS.iter().map(|c| c.name).collect();
    assert_eq!(names.len(), COMMANDS.len());
    for info in COMMANDS {
        assert_eq!(command(info.name), Some(info));
        assert!(info.summary.trim().ends_with('.'), "{}", info.name);
    }
}

#[test]
fn only_the_services_changes_wait_in_the_outbox() {
    for info in COMMANDS.iter().filter(|c| c.kind == Kind::Queued) {
        assert_eq!(info.home, Home::Service, "{}", info.name);
    }
}

#[test]
fn every_code_travels_as_one_word_and_a_failing_status() {
    for code in Code::ALL {
        let text = serde_json::to_value(code).unwrap();
        assert!(text.as_str().unwrap().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert!(code.http_status() >= 400);
    }
}
