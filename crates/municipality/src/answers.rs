//! Articles, talmanus and checklists.

use crate::collect::{Collect, FilledField};
use crate::markdown::{answer, front_matter, steps};
use crate::organisation::twice;
use crate::source::Source;
use crate::{Fault, Flaw, Kind};
use domain::knowledge::{Article, CallScript, Checklist, ChecklistItem};
use domain::{CaseTypeId, ChecklistItemId, DepartmentId, FieldId, ResponseGroupId};
use serde::Deserialize;
use std::str::FromStr;
use toml::Spanned;
use toml::value::Datetime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenArticle {
    title: Spanned<String>,
    question: Spanned<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    case_types: Vec<Spanned<CaseTypeId>>,
    owner: Spanned<ResponseGroupId>,
    author: Spanned<String>,
    reviewed: Spanned<Datetime>,
    review_by: Spanned<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenScript {
    title: Spanned<String>,
    #[serde(default)]
    case_types: Vec<Spanned<CaseTypeId>>,
    owner: Spanned<ResponseGroupId>,
    reviewed: Spanned<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChecklist {
    title: Spanned<String>,
    #[serde(default)]
    case_types: Vec<Spanned<CaseTypeId>>,
    owner: Spanned<ResponseGroupId>,
    #[serde(default, rename = "item")]
    items: Vec<WrittenItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenItem {
    id: Spanned<ChecklistItemId>,
    text: Spanned<String>,
    #[serde(default)]
    required: bool,
    field: Option<Spanned<FieldId>>,
}

impl Collect {
    pub(crate) fn article(&mut self, file: Source, department: &str) -> Result<(), Flaw> {
        let id = self.named_by_file(file, Kind::Article)?;
        let department: DepartmentId = slug(file, department)?;
        let (facts, body) = front_matter(file)?;
        let written: WrittenArticle = facts.whole()?;
        self.say(facts, "title", &written.title);
        self.say(facts, "question", &written.question);
        self.say(facts, "author", &written.author);
        self.refer(facts, Kind::Group, &written.owner);
        self.refer_at(Kind::Department, department.to_string(), file.flaw_of_file(Fault::Missing));
        let (public, internal) = answer(body);
        if public.is_empty() {
            self.flaw(file.flaw_of_file(Fault::Empty("the answer")));
        }
        let reviewed = self.date(facts, &written.reviewed);
        let review_by = self.date(facts, &written.review_by);
        if review_by <= reviewed {
            self.flaw(facts.flaw(written.review_by.span(), Fault::ReviewOrder));
        }
        let article = Article {
            id,
            title: written.title.into_inner(),
            question: written.question.into_inner(),
            answer: public,
            internal,
            keywords: written.keywords,
            case_types: self.refer_all(facts, Kind::CaseType, written.case_types),
            department,
            owner: written.owner.into_inner(),
            author: written.author.into_inner(),
            reviewed,
            review_by,
        };
        self.municipality.knowledge.articles.push(article);
        Ok(())
    }

    pub(crate) fn script(&mut self, file: Source) -> Result<(), Flaw> {
        let id = self.named_by_file(file, Kind::Script)?;
        let (facts, body) = front_matter(file)?;
        let written: WrittenScript = facts.whole()?;
        self.say(facts, "title", &written.title);
        self.refer(facts, Kind::Group, &written.owner);
        self.date(facts, &written.reviewed);
        let steps = steps(body);
        if steps.is_empty() {
            self.flaw(file.flaw_of_file(Fault::Empty("the list of steps (## headings)")));
        }
        let script = CallScript {
            id,
            title: written.title.into_inner(),
            case_types: self.refer_all(facts, Kind::CaseType, written.case_types),
            owner: written.owner.into_inner(),
            steps,
        };
        self.municipality.knowledge.scripts.push(script);
        Ok(())
    }

    pub(crate) fn checklist(&mut self, file: Source) -> Result<(), Flaw> {
        let id = self.named_by_file(file, Kind::Checklist)?;
        let written: WrittenChecklist = file.whole()?;
        self.say(file, "title", &written.title);
        self.refer(file, Kind::Group, &written.owner);
        let case_types = self.refer_all(file, Kind::CaseType, written.case_types);
        let mut items: Vec<ChecklistItem> = Vec::new();
        for item in written.items {
            self.say(file, "text", &item.text);
            if items.iter().any(|other| other.id == *item.id.get_ref()) {
                self.flaw(twice(file, item.id.span(), Kind::ChecklistItem, item.id.get_ref().as_str()));
            }
            if let Some(field) = &item.field {
                let what = Fault::Unknown { kind: Kind::Field, id: field.get_ref().to_string() };
                let flaw = file.flaw(field.span(), what);
                let (case_types, field) = (case_types.clone(), field.get_ref().clone());
                self.fill(FilledField { case_types, field, flaw });
            }
            items.push(ChecklistItem {
                id: item.id.into_inner(),
                text: item.text.into_inner(),
                required: item.required,
                field: item.field.map(Spanned::into_inner),
            });
        }
        if items.is_empty() {
            self.flaw(file.flaw_of_file(Fault::Empty("the list of items ([[item]])")));
        }
        let checklist = Checklist { id, title: written.title.into_inner(), case_types, items };
        self.municipality.knowledge.checklists.push(checklist);
        Ok(())
    }

    /// The id that the file's name gives; it becomes known.
    fn named_by_file<T: FromStr>(&mut self, file: Source, kind: Kind) -> Result<T, Flaw>
    where
        T::Err: ToString,
    {
        self.know(kind, file.stem(), file.flaw_of_file(Fault::Missing));
        slug(file, file.stem())
    }

    /// A date without a time, as `2026-05-04`.
    fn date(&mut self, facts: Source, date: &Spanned<Datetime>) -> String {
        if date.get_ref().date.is_none() || date.get_ref().time.is_some() {
            let what = Fault::Unreadable("not a date such as 2026-05-04".into());
            self.flaw(facts.flaw(date.span(), what));
        }
        date.get_ref().to_string()
    }
}

fn slug<T: FromStr>(file: Source, text: &str) -> Result<T, Flaw>
where
    T::Err: ToString,
{
    text.parse().map_err(|bad: T::Err| file.flaw_of_file(Fault::Unreadable(bad.to_string())))
}
