//! The readable files of a municipality: structure, agreements, answer support, people.
//!
//! Pure: texts go in, a [`Municipality`] or every flaw that was found comes out. Nothing half-read
//! comes out, so whoever replaces one municipality by another keeps the old one on bad input.
//!
//! | file | holds |
//! | --- | --- |
//! | `municipality.toml` | name, entries, queues |
//! | `departments.toml`, `groups.toml` | departments; response groups with their service hours |
//! | `case-types/*.toml` | case types with own fields and agreement |
//! | `articles/<department>/<id>.md` | an article: front matter, public answer, `---intern---`, internal part |
//! | `scripts/<id>.md` | a talmanus: front matter, a step per `## ` heading |
//! | `checklists/<id>.toml` | a checklist |
//! | `people.toml`, `customers.toml`, `search-test.toml` | accounts, known residents, labelled searches; may be absent |

mod answers;
mod collect;
mod flaw;
mod markdown;
mod organisation;
mod people;
mod source;

pub use flaw::{Fault, Flaw, Kind};

use collect::Collect;
use domain::customer::ProtectedIdentity;
use domain::knowledge::KnowledgeBase;
use domain::phone_number::PhoneNumber;
use domain::structure::{StaffMember, Structure};
use domain::{ArticleId, Personal};
use serde::Deserialize;

/// A municipality as its files describe it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Municipality {
    /// Departments, groups, queues, case types. Items keep the order of the files, files that of their paths.
    pub structure: Structure,
    /// Articles, talmanus, checklists.
    pub knowledge: KnowledgeBase,
    /// Accounts, without passwords.
    pub staff: Vec<StaffMember>,
    /// Residents that are known beforehand.
    pub residents: Vec<KnownResident>,
    /// What a search must find.
    pub searches: Vec<LabelledSearch>,
}

/// A resident in `customers.toml`; becomes a customer when a service gives an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownResident {
    /// Name.
    pub name: Personal<String>,
    /// Numbers.
    pub phones: Vec<PhoneNumber>,
    /// E-mail.
    pub email: Option<Personal<String>>,
    /// Address.
    pub address: Option<Personal<String>>,
    /// Protection.
    pub protected: ProtectedIdentity,
}

/// A search with the articles that belong among its first answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledSearch {
    /// What is typed.
    pub text: String,
    /// Articles, any of which is right.
    pub expect: Vec<ArticleId>,
    /// What makes it hard.
    pub kind: SearchKind,
}

/// What makes a search hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Nothing.
    Plain,
    /// Another inflection.
    Inflected,
    /// A compound, or parts of one.
    Compound,
    /// A misspelling.
    Misspelt,
    /// Everyday words for it.
    Everyday,
}

/// Reads a municipality from its files: paths relative to its folder, with `/`, and their texts. The
/// order of the files does not matter. Files of other endings than `.toml` and `.md` are passed over.
///
/// # Errors
/// Every flaw found, by path and line. Of an item (a group, a case type …) that cannot be read as such
/// the first fault is told; references are checked everywhere.
pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Municipality, Vec<Flaw>> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    let mut collect = Collect::default();
    for (path, text) in files {
        collect.file(path, text);
    }
    collect.finish()
}

#[cfg(feature = "demo")]
mod demo {
    use super::{Flaw, Municipality, parse};
    use include_dir::{Dir, include_dir};

    static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../assets/exempelkoping");

    impl Municipality {
        /// Exempelköping, the municipality for practice.
        ///
        /// # Errors
        /// Flaws in the files that were built in; the tests of this crate hold that there are none.
        pub fn exempelkoping() -> Result<Self, Vec<Flaw>> {
            let mut files = Vec::new();
            gather(&FILES, &mut files);
            parse(files)
        }
    }

    fn gather<'a>(folder: &'a Dir, files: &mut Vec<(&'a str, &'a str)>) {
        let texts = folder.files().filter_map(|file| file.path().to_str().zip(file.contents_utf8()));
        files.extend(texts);
        folder.dirs().for_each(|dir| gather(dir, files));
    }
}
