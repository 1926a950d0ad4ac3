//! What every adapter has to show. One function a property; `run_suite` runs them all, each on a
//! fresh store.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the suite is a test"
)]

mod alarms;
mod cases;
mod drafts;
mod given;
mod guests;
mod letters;
mod people;
mod returns;
mod stream;

use crate::Store;
use std::path::PathBuf;
use std::sync::Arc;

/// A fresh store, with a folder of its own that lives as long as the place.
pub trait Place: Send + Sync {
    /// Opens the store of the place; after `close`, again the same.
    fn open(&self) -> Arc<dyn Store>;
    /// Opens a backup that was written to `file`.
    fn open_backup(&self, file: &std::path::Path) -> Arc<dyn Store>;
    /// A path in the folder.
    fn path(&self, name: &str) -> PathBuf;
}

/// Runs every property.
///
/// # Panics
/// At the first that does not hold.
pub async fn run_suite<P: Place>(make: impl Fn() -> P) {
    cases::events_give_the_case_back(&make()).await;
    cases::what_was_read_must_be_current(&make()).await;
    cases::events_that_do_not_follow_are_refused(&make()).await;
    cases::a_commit_is_whole_or_nothing(&make()).await;
    cases::numbers_have_no_gap_and_no_double(&make()).await;
    cases::a_refused_commit_draws_no_number(&make()).await;
    cases::a_repeat_gives_the_stored_reply(&make()).await;
    cases::another_payload_conflicts(&make()).await;
    cases::repeats_at_once_are_done_once(&make()).await;
    cases::receipts_are_forgotten_by_age(&make()).await;
    cases::erased_texts_leave_the_replay_whole(&make()).await;
    cases::lists_page_without_gap_or_double(&make()).await;
    cases::the_inbox_shows_what_has_left(&make()).await;
    cases::ones_own_list_leaves_out_what_is_closed_at_the_front(&make()).await;
    cases::a_foreign_cursor_is_refused(&make()).await;
    cases::the_clock_finds_what_is_due(&make()).await;
    cases::open_cases_are_found_by_number_and_customer(&make()).await;
    guests::the_inbox_shows_what_a_group_is_asked_and_told(&make()).await;
    returns::what_came_back_is_counted_by_group_and_reason(&make()).await;
    letters::a_letter_is_taken_once_and_again_only_when_it_surely_did_not_go(&make()).await;
    letters::a_link_is_used_once_and_with_what_it_does(&make()).await;
    alarms::alarms_are_looked_at_in_time_and_after_every_change(&make()).await;
    alarms::an_alarm_is_raised_once_whoever_looks(&make()).await;
    alarms::a_look_at_a_case_that_has_changed_keeps_nothing(&make()).await;
    alarms::an_alarm_is_seen_by_the_first_who_says_so(&make()).await;
    drafts::a_draft_is_its_writers_alone(&make()).await;
    drafts::a_draft_goes_with_what_is_sent_and_no_sooner(&make()).await;
    drafts::old_drafts_are_forgotten(&make()).await;
    people::customers_are_found_by_any_spelling_of_a_number(&make()).await;
    people::customers_of_a_page_are_read_in_one_turn(&make()).await;
    people::users_and_credentials_are_apart(&make()).await;
    people::a_user_name_is_taken_once(&make()).await;
    people::sessions_end_and_stay_ended(&make()).await;
    people::agent_events_give_the_status(&make()).await;
    people::an_agent_changed_meanwhile_is_stale(&make()).await;
    people::looks_are_kept(&make()).await;
    people::settings_are_kept(&make()).await;
    stream::calls_come_in_order(&make()).await;
    stream::the_stream_misses_nothing_under_load(&make()).await;
    stream::the_head_wakes_and_is_committed(&make()).await;
    stream::a_forgotten_stretch_is_a_gap(&make()).await;
    stream::everything_is_there_after_a_restart(&make()).await;
    stream::a_backup_under_load_opens_and_is_whole(&make()).await;
    stream::a_closed_store_says_so(&make()).await;
}
