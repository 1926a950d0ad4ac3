//! Reading all files, then checking what they say of each other.

use crate::source::Source;
use crate::{Fault, Flaw, Kind, Municipality};
use domain::structure::CaseType;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Collect {
    pub(crate) municipality: Municipality,
    flaws: Vec<Flaw>,
    /// Ids that exist, also of items with another flaw: one fault is told once.
    known: BTreeMap<(Kind, String), String>,
    /// Names that must stand for something, with the flaw if they do not.
    references: Vec<(Kind, String, Flaw)>,
    /// Own fields that lines of checklists fill.
    filled: Vec<FilledField>,
    files: Vec<String>,
    /// The file at hand is no whole TOML: what its items lack may be due to that.
    torn: bool,
}

/// A checklist's line that fills an own field of one of the checklist's case types.
pub(crate) struct FilledField {
    pub(crate) case_types: Vec<domain::CaseTypeId>,
    pub(crate) field: domain::FieldId,
    pub(crate) flaw: Flaw,
}

const NEEDED: [&str; 3] = ["municipality.toml", "departments.toml", "groups.toml"];

impl Collect {
    pub(crate) fn file(&mut self, path: &str, text: &str) {
        if !path.ends_with(".toml") && !path.ends_with(".md") {
            return;
        }
        self.files.push(path.to_owned());
        let file = Source { path, text, lines_before: 0 };
        let parts: Vec<&str> = path.split('/').collect();
        let read = match parts.as_slice() {
            ["municipality.toml"] => self.municipality_file(file),
            ["departments.toml"] => self.departments(file),
            ["groups.toml"] => self.groups(file),
            ["case-types", name] if name.ends_with(".toml") => self.case_types(file),
            ["articles", department, name] if name.ends_with(".md") => self.article(file, department),
            ["scripts", name] if name.ends_with(".md") => self.script(file),
            ["checklists", name] if name.ends_with(".toml") => self.checklist(file),
            ["people.toml"] => self.people(file),
            ["customers.toml"] => self.customers(file),
            ["search-test.toml"] => self.searches(file),
            _ => Err(file.flaw_of_file(Fault::Stray)),
        };
        if let Err(flaw) = read {
            self.flaws.push(flaw);
        }
    }

    pub(crate) fn finish(mut self) -> Result<Municipality, Vec<Flaw>> {
        for needed in NEEDED {
            if !self.files.iter().any(|path| path == needed) {
                self.flaws.push(Flaw { path: needed.to_owned(), line: None, what: Fault::Missing });
            }
        }
        for (kind, id, flaw) in std::mem::take(&mut self.references) {
            if !self.known.contains_key(&(kind, id)) {
                self.flaws.push(flaw);
            }
        }
        for filled in std::mem::take(&mut self.filled) {
            let read = |id| self.municipality.structure.case_type(id);
            let types: Option<Vec<&CaseType>> = filled.case_types.iter().map(read).collect();
            // A case type that could not be read is told once, as such.
            if types.is_some_and(|types| !has_field(&types, &filled.field)) {
                self.flaws.push(filled.flaw);
            }
        }
        if self.flaws.is_empty() {
            return Ok(self.municipality);
        }
        self.flaws.sort();
        self.flaws.dedup();
        Err(self.flaws)
    }

    pub(crate) fn flaw(&mut self, flaw: Flaw) {
        self.flaws.push(flaw);
    }

    /// Makes an id known.
    pub(crate) fn know(&mut self, kind: Kind, id: &str, at: Flaw) {
        match self.known.entry((kind, id.to_owned())) {
            Entry::Vacant(free) => {
                let place = Flaw { what: Fault::Missing, ..at };
                free.insert(place.line.map_or(place.path.clone(), |line| format!("{}:{line}", place.path)));
            }
            Entry::Occupied(first) => {
                let what = Fault::Duplicate { kind, id: id.to_owned(), first: first.get().clone() };
                self.flaws.push(Flaw { what, ..at });
            }
        }
    }

    /// Demands that a name stands for something.
    pub(crate) fn refer<T: ToString>(&mut self, file: Source, kind: Kind, name: &Spanned<T>) {
        let id = name.get_ref().to_string();
        self.refer_at(kind, id, file.flaw(name.span(), Fault::Missing));
    }

    /// Demands it of a name that stands at `at`.
    pub(crate) fn refer_at(&mut self, kind: Kind, id: String, at: Flaw) {
        let what = Fault::Unknown { kind, id: id.clone() };
        self.references.push((kind, id, Flaw { what, ..at }));
    }

    /// Demands it of each name, and gives the names.
    pub(crate) fn refer_all<T: ToString>(
        &mut self,
        file: Source,
        kind: Kind,
        names: Vec<Spanned<T>>,
    ) -> Vec<T> {
        names.iter().for_each(|name| self.refer(file, kind, name));
        names.into_iter().map(Spanned::into_inner).collect()
    }

    /// Demands that one of the case types has the own field.
    pub(crate) fn fill(&mut self, filled: FilledField) {
        self.filled.push(filled);
    }

    /// Demands that a text says something.
    pub(crate) fn say(&mut self, file: Source, name: &'static str, text: &Spanned<String>) {
        if text.get_ref().trim().is_empty() {
            self.flaws.push(file.flaw(text.span(), Fault::Empty(name)));
        }
    }

    /// The file as a table; what is no TOML becomes flaws, the rest can be read.
    pub(crate) fn table<'a>(&mut self, file: Source<'a>) -> DeTable<'a> {
        let (table, flaws) = file.table();
        self.torn = !flaws.is_empty();
        self.flaws.extend(flaws);
        table
    }

    /// The items under `[[name]]` with their spans; what cannot be read becomes a flaw. The value of
    /// `id` becomes known, whether or not the rest can be read.
    pub(crate) fn items<'a, T: DeserializeOwned>(
        &mut self,
        file: Source<'a>,
        table: &mut DeTable<'a>,
        name: &str,
        id: Option<(Kind, &str)>,
    ) -> Vec<(Range<usize>, T)> {
        let items = match table.remove(name).map(Spanned::into_inner) {
            Some(DeValue::Array(items)) => items,
            Some(_) => {
                let what = Fault::Unreadable(format!("{name} is not written as [[{name}]]"));
                self.flaws.push(file.flaw_of_file(what));
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let mut all = Vec::new();
        for item in items {
            let span = item.span();
            if let Some((kind, key)) = id
                && let Some(value) = item.get_ref().as_table().and_then(|table| table.get(key))
                && let Some(text) = value.get_ref().as_str()
            {
                self.know(kind, text, file.flaw(value.span(), Fault::Missing));
            }
            match file.item(item) {
                Ok(read) => all.push((span, read)),
                Err(_) if self.torn => {}
                Err(flaw) => self.flaws.push(flaw),
            }
        }
        all
    }

    /// Keys that nothing has read.
    pub(crate) fn nothing_else(&mut self, file: Source, table: &DeTable) {
        for key in table.keys().filter(|_| !self.torn) {
            let what = Fault::Unreadable(format!("{}: unknown key", key.get_ref()));
            self.flaws.push(file.flaw(key.span(), what));
        }
    }
}

fn has_field(types: &[&CaseType], field: &domain::FieldId) -> bool {
    types.iter().any(|case_type| case_type.fields.iter().any(|own| own.id == *field))
}
