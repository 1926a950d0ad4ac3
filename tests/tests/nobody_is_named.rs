//! No person's data outside the encrypted store, the service's database and memory.

use std::path::Path;
use stories::errand::{self, Question};
use stories::shift::{Shift, is_offered};

/// Words that nothing else holds.
const CANARY: Question = Question {
    subject: "bygga altan kanariefagel",
    note: "Kanariefagel Kvick, 811218-9876, undrar om altanen.",
    name: "Kvintus Kanariefagel",
    ..errand::DECK
};
const TRACES: &[&str] = &["anariefagel", "811218-9876", "701740612", "174 06 12"];

#[tokio::test]
async fn neither_logs_nor_files_hold_the_resident() {
    let Some(Shift { asterisk, mut service, mut desk }) = Shift::begin().await else { return };
    let _caller = is_offered(&asterisk, &desk).await;
    errand::answers(&desk.page).await;
    errand::finds_the_article(&desk.page, &CANARY).await;
    errand::fills_in(&desk.page, &CANARY).await;
    errand::hands_over(&desk.page, &CANARY).await;
    errand::hangs_up(&desk.page).await;
    let mut found = traces("the service's log", service.program.lines().join("\n").as_bytes());
    found.extend(traces("the desk's log", desk.page.driver.lines().join("\n").as_bytes()));
    desk.kill().await;
    service.program.end().await;
    found.extend(files(desk.data()));
    if let Some(home) = std::env::var_os("HOME") {
        found.extend(files(Path::new(&home)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        found.extend(traces("the name of", path.as_os_str().as_encoded_bytes()));
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else if let Ok(content) = std::fs::read(&path) {
            found.extend(traces(&path.display().to_string(), &content));
        }
    }
    found
}

fn traces(place: &str, content: &[u8]) -> Vec<String> {
    let holds = |trace: &&&str| content.windows(trace.len()).any(|window| window == trace.as_bytes());
    TRACES.iter().filter(holds).map(|trace| format!("{trace:?} in {place}")).collect()
}
