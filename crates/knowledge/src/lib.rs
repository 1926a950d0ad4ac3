//! Swedish search and suggestions: folding, stems, compounds, spelling mistakes, ranking.
//!
//! Pure: no I/O and no clock. The text lies in an index behind the small port [`Index`]; the dictionary
//! of compound parts is bytes that the caller has read or mapped, or is learnt from the texts themselves.
//!
//! The way of one keystroke: [`suggest`] takes what is typed, the note, the queue and the case type
//! ([`Ask`]); [`Reading`] turns text into a bounded [`Clause`]; the index finds; what was found is ranked,
//! and each suggestion says why it is there.

mod analyse;
mod compound;
pub mod dictionary;
mod document;
mod fold;
mod index;
mod query;
mod search;
mod stem;
mod suggest;
mod typo;
mod vocabulary;
mod why;
mod words;

pub use analyse::{Analyser, Memory};
pub use dictionary::{Damaged, Dictionary};
pub use document::{Document, Head, Key, Kind};
pub use fold::{compose, fold};
pub use index::{Found, Index, Reach};
pub use query::{Clause, Place, Reading, Term};
pub use search::search;
pub use stem::{derived, marked_stem, stem};
pub use suggest::{Ask, Suggestion, suggest};
pub use vocabulary::Vocabulary;
pub use why::Reason;
pub use words::{is_stop_word, words};
