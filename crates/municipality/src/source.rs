//! A text with its path, read as TOML item by item.

use crate::{Fault, Flaw};
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A file, or the front matter of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub path: &'a str,
    pub text: &'a str,
    /// Lines of the file before `text`.
    pub lines_before: usize,
}

impl<'a> Source<'a> {
    /// The file's name without folder and ending: the id of an article, a script, a checklist.
    pub(crate) fn stem(&self) -> &'a str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// A flaw on the line where `span` begins.
    pub(crate) fn flaw(&self, span: Range<usize>, what: Fault) -> Flaw {
        Flaw { path: self.path.to_owned(), line: Some(self.line(span.start)), what }
    }

    /// A flaw of the file as a whole.
    pub(crate) fn flaw_of_file(&self, what: Fault) -> Flaw {
        Flaw { path: self.path.to_owned(), line: None, what }
    }

    fn line(&self, at: usize) -> usize {
        self.lines_before + 1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count()
    }

    pub(crate) fn unreadable(&self, error: &toml::de::Error) -> Flaw {
        let message = error.message().trim();
        let Some(span) = error.span() else {
            return self.flaw_of_file(Fault::Unreadable(message.to_owned()));
        };
        let line = self.line(span.start);
        let written = self.text.lines().nth(line - self.lines_before - 1).unwrap_or_default();
        // The key alone: the value may be a person's number.
        let key = written.split_once('=').map(|(key, _)| key.trim()).filter(|key| is_key(key));
        let what = key.map_or_else(|| message.to_owned(), |key| format!("{key}: {message}"));
        Flaw { path: self.path.to_owned(), line: Some(line), what: Fault::Unreadable(what) }
    }

    /// The whole text as one table, as far as it can be read, and what cannot.
    pub(crate) fn table(&self) -> (DeTable<'a>, Vec<Flaw>) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        (table.into_inner(), errors.iter().map(|error| self.unreadable(error)).collect())
    }

    /// The whole text as one item.
    pub(crate) fn whole<T: DeserializeOwned>(&self) -> Result<T, Flaw> {
        let table = DeTable::parse(self.text).map_err(|error| self.unreadable(&error))?;
        let span = table.span();
        self.item(Spanned::new(span, DeValue::Table(table.into_inner())))
    }

    /// One value as an item.
    pub(crate) fn item<T: DeserializeOwned>(&self, value: Spanned<DeValue<'a>>) -> Result<T, Flaw> {
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| self.unreadable(&error))
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
