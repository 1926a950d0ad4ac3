//! How a test says that this machine lacks what it needs. The crates' own tests take this file in as well.

use std::io::Write as _;

/// Gives what the test needs, or notes that it is skipped, with the reason, and gives nothing. On a machine
/// that must run everything it fails instead.
pub fn or_skip<T>(needed: Option<T>, reason: &str) -> Option<T> {
    if needed.is_some() {
        return needed;
    }
    assert!(
        std::env::var_os("SVARSPLATS_NOTHING_SKIPPED").is_none(),
        "nothing may be skipped here: {reason}"
    );
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("skipped {test}: {reason}");
    if let Some(path) = std::env::var_os("SVARSPLATS_EXCUSES") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let noted = file.and_then(|mut file| writeln!(file, "{test}\t{reason}"));
        assert!(noted.is_ok(), "the excuse could not be noted: {noted:?}");
    }
    None
}
