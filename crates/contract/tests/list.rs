//! The list of commands holds together.

#![allow(clippy::unwrap_used, reason = "a test")]

use contract::cases::{CaseAction, HistoryKind};
use contract::domain::case::CaseStatus;
use contract::domain::contact::Disposition;
use contract::domain::holidays::PublicHoliday;
use contract::{COMMANDS, Code, Home, Kind, command};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::fmt::Debug;

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

fn read_as_written<T: Serialize + DeserializeOwned + PartialEq + Debug + Copy>(words: &[(&str, T)]) {
    for (name, word) in words {
        assert_eq!(serde_json::to_value(word).unwrap(), *name);
        assert_eq!(serde_json::from_value::<T>((*name).into()).unwrap(), *word);
    }
    for none in ["nothing".into(), 1.into(), serde_json::Value::Null] {
        assert!(serde_json::from_value::<T>(none).is_err());
    }
}

#[test]
fn words_are_read_by_the_names_that_they_are_written_by() {
    read_as_written(Code::WORDS);
    read_as_written(HistoryKind::WORDS);
    read_as_written(CaseAction::WORDS);
    read_as_written(CaseStatus::WORDS);
    read_as_written(Disposition::WORDS);
    read_as_written(PublicHoliday::WORDS);
}
