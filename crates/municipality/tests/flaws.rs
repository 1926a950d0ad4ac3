//! Each flaw is found, named, and placed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use domain::service_hours::ServiceTime;
use municipality::{Fault, Flaw, Kind, Municipality, parse};
use std::collections::BTreeMap;

const MUNICIPALITY: &str = r##"name = "Lilla Exempel"

[[entry]]
id = "kommunen"
name = "Kommunens nummer"
number = "08-465 004 00"
greeting = "Välkommen, du talar med {namn}."
hours = "kontaktcenter"
menu = [{ key = "1", label = "Bygga", queue = "bygg" }]
no_choice = "bygg"

[[queue]]
id = "bygg"
name = "Bygg"
group = "kontaktcenter"
language = "sv"
answer_target_seconds = 120
answer_target_share = 80
wrap_up_seconds = 30
greeting = "Bygg. Du talar med {namn}."
topics = ["bygglov-fraga"]

[[return_reason]]
id = "fel-grupp"
name = "Hör inte hit"
"##;

const DEPARTMENTS: &str = r#"[[department]]
id = "bygg"
name = "Bygg"
kind = "administration"
wall = false
"#;

const GROUPS: &str = r#"[[group]]
id = "kontaktcenter"
name = "Kontaktcenter"
department = "bygg"
phone = "+46846500420"
email = "kontakt@exempel.example"
receipt_minutes = 120
[group.hours]
mon = ["08:00-12:00", "13:00-16:30"]
[[group.exceptions]]
date = "2026-12-23"
open = ["08:00-12:00"]
reason = "Dag före julafton"
"#;

const CASE_TYPES: &str = r#"[[case_type]]
id = "bygglov-fraga"
name = "Fråga om bygglov"
group = "kontaktcenter"
rosa = 2
keywords = ["altan"]
script = "bygglov"
checklist = "bygglov"
may_solve = true
confirm_before_close = false
required = ["customer.name", "fastighet"]
[[case_type.field]]
id = "fastighet"
label = "Fastighet"
kind = "text"
[case_type.agreement]
response = "2d"
resolution = "10d"
after_handoff = "park"
purpose = "Syfte."
volume_per_year = 900
target_group = "privatpersoner"
kontaktcenter_does = "Svarar."
group_does = "Prövar."
"#;

const ARTICLE: &str = r#"+++
title = "Bygga altan"
question = "Behöver jag bygglov?"
keywords = ["trall"]
case_types = ["bygglov-fraga"]
owner = "kontaktcenter"
author = "Nils Hagström"
reviewed = 2026-05-04
review_by = 2027-05-04
+++
Oftast inte.

---intern---
Fråga om höjden.
"#;

const SCRIPT: &str = r#"+++
title = "Bygglov"
case_types = ["bygglov-fraga"]
owner = "kontaktcenter"
reviewed = 2026-05-04
+++
## Fråga
> Vad vill du bygga?
"#;

const CHECKLIST: &str = r#"title = "Bygglov"
case_types = ["bygglov-fraga"]
owner = "kontaktcenter"
[[item]]
id = "fastighet"
text = "Fastighet eller adress"
required = true
field = "fastighet"
"#;

const PEOPLE: &str = r#"[[person]]
user = "agent"
name = "Amina Lindqvist"
roles = ["agent", "case_officer"]
group = "kontaktcenter"
phone = "1001"
"#;

const CUSTOMERS: &str = r#"[[customer]]
name = "Berit Hallgren"
phones = ["070-174 06 12"]
email = ""
address = ""
protected = "sekretessmarkering"
"#;

const SEARCHES: &str = r#"[[query]]
text = "bygga altann"
expect = ["bygga-altan"]
kind = "misspelt"
"#;

fn files() -> BTreeMap<&'static str, String> {
    [
        ("municipality.toml", MUNICIPALITY),
        ("departments.toml", DEPARTMENTS),
        ("groups.toml", GROUPS),
        ("case-types/bygg.toml", CASE_TYPES),
        ("articles/bygg/bygga-altan.md", ARTICLE),
        ("scripts/bygglov.md", SCRIPT),
        ("checklists/bygglov.toml", CHECKLIST),
        ("people.toml", PEOPLE),
        ("customers.toml", CUSTOMERS),
        ("search-test.toml", SEARCHES),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .into()
}

fn read(files: &BTreeMap<&'static str, String>) -> Result<Municipality, Vec<Flaw>> {
    parse(files.iter().map(|(path, text)| (*path, text.as_str())))
}

/// The flaws after `from` has become `to` in `path`, as they are told.
fn flaws(path: &'static str, from: &str, to: &str) -> Vec<String> {
    let mut files = files();
    let text = files.get_mut(path).unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    read(&files).unwrap_err().iter().map(Flaw::to_string).collect()
}

fn one(path: &'static str, from: &str, to: &str) -> String {
    let mut all = flaws(path, from, to);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[test]
fn a_whole_municipality_is_read() {
    let read = read(&files()).unwrap();
    let reasons = read.structure.reasons_to_return();
    assert_eq!(reasons.iter().map(|reason| reason.name.as_str()).collect::<Vec<_>>(), ["Hör inte hit"]);
    let case_type = &read.structure.case_types[0];
    assert_eq!(case_type.agreement.response_time, ServiceTime::Days(2));
    assert_eq!(case_type.required.len(), 2);
    let group = read.structure.group(&case_type.group).unwrap();
    assert_eq!(group.receipt_time, ServiceTime::Minutes(120));
    assert_eq!((group.hours.week().mon.len(), group.hours.exceptions().len()), (2, 1));
    assert_eq!(read.structure.entries[0].number.e164(), "+46846500400");
    let article = &read.knowledge.articles[0];
    assert_eq!((article.id.as_str(), article.department.as_str()), ("bygga-altan", "bygg"));
    assert_eq!((article.answer.as_str(), article.internal.as_str()), ("Oftast inte.", "Fråga om höjden."));
    assert_eq!(article.review_by, "2027-05-04");
    assert_eq!(read.knowledge.scripts[0].steps[0].text, "> Vad vill du bygga?");
    assert_eq!(read.knowledge.checklists[0].items[0].field.as_ref().unwrap().as_str(), "fastighet");
    assert!(read.residents[0].protected.masks() && read.residents[0].email.is_none());
    assert_eq!((read.staff.len(), read.searches.len()), (1, 1));
}

#[test]
fn names_that_stand_for_nothing() {
    let cases = [
        (
            "municipality.toml",
            "hours = \"kontaktcenter\"",
            "hours = \"x\"",
            "municipality.toml:8: there is no group \"x\"",
        ),
        (
            "municipality.toml",
            "queue = \"bygg\" }",
            "queue = \"x\" }",
            "municipality.toml:9: there is no queue \"x\"",
        ),
        (
            "municipality.toml",
            "no_choice = \"bygg\"",
            "no_choice = \"x\"",
            "municipality.toml:10: there is no queue \"x\"",
        ),
        (
            "municipality.toml",
            "topics = [\"bygglov-fraga\"]",
            "topics = [\"x\"]",
            "municipality.toml:21: there is no case type \"x\"",
        ),
        (
            "groups.toml",
            "department = \"bygg\"",
            "department = \"x\"",
            "groups.toml:4: there is no department \"x\"",
        ),
        (
            "case-types/bygg.toml",
            "group = \"kontaktcenter\"",
            "group = \"x\"",
            "case-types/bygg.toml:4: there is no group \"x\"",
        ),
        (
            "case-types/bygg.toml",
            "script = \"bygglov\"",
            "script = \"x\"",
            "case-types/bygg.toml:7: there is no script \"x\"",
        ),
        (
            "case-types/bygg.toml",
            "checklist = \"bygglov\"",
            "checklist = \"x\"",
            "case-types/bygg.toml:8: there is no checklist \"x\"",
        ),
        (
            "case-types/bygg.toml",
            "\"fastighet\"]",
            "\"x\"]",
            "case-types/bygg.toml:11: there is no own field \"x\"",
        ),
        (
            "articles/bygg/bygga-altan.md",
            "\"bygglov-fraga\"",
            "\"x\"",
            "articles/bygg/bygga-altan.md:5: there is no case type \"x\"",
        ),
        (
            "articles/bygg/bygga-altan.md",
            "owner = \"kontaktcenter\"",
            "owner = \"x\"",
            "articles/bygg/bygga-altan.md:6: there is no group \"x\"",
        ),
        (
            "scripts/bygglov.md",
            "owner = \"kontaktcenter\"",
            "owner = \"x\"",
            "scripts/bygglov.md:4: there is no group \"x\"",
        ),
        (
            "checklists/bygglov.toml",
            "field = \"fastighet\"",
            "field = \"x\"",
            "checklists/bygglov.toml:8: there is no own field \"x\"",
        ),
        (
            "people.toml",
            "group = \"kontaktcenter\"",
            "group = \"x\"",
            "people.toml:5: there is no group \"x\"",
        ),
        ("search-test.toml", "\"bygga-altan\"", "\"x\"", "search-test.toml:3: there is no article \"x\""),
    ];
    for (path, from, to, told) in cases {
        assert_eq!(one(path, from, to), told);
    }
}

#[test]
fn values_that_cannot_be() {
    let cases = [
        ("groups.toml", "13:00-16:30", "11:00-16:30", "overlap"),
        ("groups.toml", "13:00-16:30", "13:00-24:30", "groups.toml:9: mon: 13:00-24:30 goes beyond 24:00"),
        (
            "groups.toml",
            "13:00-16:30",
            "eftermiddag",
            "groups.toml:9: mon: \"eftermiddag\" is not an interval",
        ),
        ("groups.toml", "mon =", "monday =", "groups.toml:9: monday: unknown field"),
        ("groups.toml", "2026-12-23", "2026-13-23", "groups.toml:11: date: \"2026-13-23\" is not a date"),
        ("groups.toml", "+46846500420", "växeln", "groups.toml:5: phone: not a telephone number"),
        ("groups.toml", "kontakt@exempel", "kontakt", "groups.toml:6: email: not an e-mail address"),
        (
            "groups.toml",
            "receipt_minutes = 120",
            "receipt_minutes = 0",
            "groups.toml:7: receipt_minutes is empty",
        ),
        (
            "case-types/bygg.toml",
            "\"2d\"",
            "\"2 dagar\"",
            "case-types/bygg.toml:17: response: \"2 dagar\" is not a service time",
        ),
        (
            "case-types/bygg.toml",
            "\"10d\"",
            "\"0d\"",
            "case-types/bygg.toml:18: resolution: \"0d\" is no time",
        ),
        ("case-types/bygg.toml", "rosa = 2", "rosa = 9", "case-types/bygg.toml:5: rosa: a ROSA group is 1–8"),
        (
            "case-types/bygg.toml",
            "kind = \"text\"",
            "kind = \"choice\"",
            "case-types/bygg.toml:13: a choice needs two options",
        ),
        (
            "case-types/bygg.toml",
            "\"park\"",
            "\"glöm\"",
            "case-types/bygg.toml:19: after_handoff: unknown variant",
        ),
        ("municipality.toml", "08-465 004 00", "ring", "municipality.toml:6: number: not a telephone number"),
        ("municipality.toml", "key = \"1\"", "key = \"A\"", "municipality.toml:9: \"A\" is not a key"),
        ("municipality.toml", "share = 80", "share = 180", "municipality.toml:18: 180 % is more than all"),
        ("municipality.toml", "Lilla Exempel", "", "municipality.toml: name is empty"),
        ("departments.toml", "\"administration\"", "\"klubb\"", "departments.toml:4: kind: unknown variant"),
        ("customers.toml", "070-174 06 12", "12", "customers.toml:3: phones: not a telephone number"),
        (
            "customers.toml",
            "\"sekretessmarkering\"",
            "\"hemlig\"",
            "customers.toml:6: protected: unknown variant",
        ),
        ("people.toml", "\"case_officer\"", "\"chef\"", "people.toml:4: roles: unknown variant"),
        ("people.toml", "[\"agent\", \"case_officer\"]", "[]", "roles is empty"),
        ("search-test.toml", "\"misspelt\"", "\"svår\"", "search-test.toml:4: kind: unknown variant"),
        (
            "articles/bygg/bygga-altan.md",
            "2027-05-04",
            "2026-05-04",
            "articles/bygg/bygga-altan.md:9: review_by is not later",
        ),
        (
            "articles/bygg/bygga-altan.md",
            "2027-05-04",
            "2027-05-04T10:00:00",
            "not a date such as 2026-05-04",
        ),
        ("articles/bygg/bygga-altan.md", "Oftast inte.", "", "the answer is empty"),
        ("articles/bygg/bygga-altan.md", "+++\ntitle", "title", "does not begin with facts"),
        ("scripts/bygglov.md", "## Fråga", "Fråga", "the list of steps (## headings) is empty"),
        (
            "checklists/bygglov.toml",
            "\"Fastighet eller adress\"",
            "\" \"",
            "checklists/bygglov.toml:6: text is empty",
        ),
    ];
    for (path, from, to, told) in cases {
        let flaw = one(path, from, to);
        assert!(flaw.starts_with(path) && flaw.contains(told), "{flaw}\n{told}");
    }
}

#[test]
fn keys_and_files_that_mean_nothing() {
    assert!(one("groups.toml", "email =", "e-mail =").contains("groups.toml:6: e-mail: unknown field"));
    assert!(
        one("municipality.toml", "name =", "motto = \"Hej\"\nname =").ends_with(":1: motto: unknown key")
    );
    // What is no TOML is told once; names in the rest of the file still count.
    assert!(one("departments.toml", "wall = false", "wall = ").starts_with("departments.toml:5: "));
    assert!(one("groups.toml", "mon =", "måndag =").starts_with("groups.toml:9: "));
    assert!(
        one("groups.toml", "name = \"Kontaktcenter\"\n", "").contains("groups.toml:1: missing field `name`")
    );
    let mut files = files();
    files.insert("scripts/extra/fel.md", String::new());
    files.insert("LÄSMIG.txt", String::new());
    let flaws = read(&files).unwrap_err();
    assert_eq!(flaws, [Flaw { path: "scripts/extra/fel.md".into(), line: None, what: Fault::Stray }]);
}

#[test]
fn two_of_the_same_name() {
    let mut files = files();
    files.insert("articles/annan/bygga-altan.md", ARTICLE.to_owned());
    files.insert("case-types/annan.toml", CASE_TYPES.to_owned());
    let flaws: Vec<_> = read(&files).unwrap_err().into_iter().map(|flaw| flaw.to_string()).collect();
    assert_eq!(
        flaws,
        [
            "articles/annan/bygga-altan.md: there is no department \"annan\"",
            "articles/bygg/bygga-altan.md: article \"bygga-altan\" exists already, in articles/annan/bygga-altan.md",
            "case-types/bygg.toml:2: case type \"bygglov-fraga\" exists already, in case-types/annan.toml:2",
        ]
    );
    let again =
        "[[case_type.field]]\nid = \"fastighet\"\nlabel = \"Igen\"\nkind = \"text\"\n[[case_type.field]]";
    assert!(
        one("case-types/bygg.toml", "[[case_type.field]]", again)
            .contains("own field \"fastighet\" exists already")
    );
    let key = "menu = [{ key = \"1\", label = \"Bo\", queue = \"bygg\" }, ";
    assert!(one("municipality.toml", "menu = [", key).contains("menu key \"1\" exists already"));
    let item = "[[item]]\nid = \"fastighet\"\ntext = \"Igen\"\n[[item]]";
    assert!(
        one("checklists/bygglov.toml", "[[item]]", item)
            .contains("checklist item \"fastighet\" exists already")
    );
}

#[test]
fn a_group_needs_hours() {
    let mut files = files();
    let groups = files.get_mut("groups.toml").unwrap();
    *groups = groups
        .replace("mon = [\"08:00-12:00\", \"13:00-16:30\"]", "")
        .replace("open = [\"08:00-12:00\"]", "");
    let flaws = read(&files).unwrap_err();
    assert_eq!(flaws, [Flaw { path: "groups.toml".into(), line: Some(1), what: Fault::NeverOpen }]);
}

#[test]
fn files_that_must_exist() {
    let missing: Vec<_> = parse([]).unwrap_err().into_iter().map(|flaw| (flaw.path, flaw.what)).collect();
    let must = ["departments.toml", "groups.toml", "municipality.toml"];
    assert_eq!(missing, must.map(|path| (path.to_owned(), Fault::Missing)));
    let mut files = files();
    for optional in ["people.toml", "customers.toml", "search-test.toml"] {
        files.remove(optional);
    }
    assert!(read(&files).is_ok());
}

#[test]
fn all_flaws_are_told_at_once_and_each_once() {
    let mut files = files();
    for (path, from, to) in [
        ("groups.toml", "+46846500420", "växeln"),
        ("case-types/bygg.toml", "\"2d\"", "\"snart\""),
        ("people.toml", "\"kontaktcenter\"", "\"ekonomi\""),
        ("checklists/bygglov.toml", "owner = \"kontaktcenter\"", "owner = \"ekonomi\""),
    ] {
        let text = files.get_mut(path).unwrap();
        *text = text.replacen(from, to, 1);
    }
    let flaws = read(&files).unwrap_err();
    // The group and the case type cannot be read, but exist: nobody that names them is blamed.
    let paths: Vec<_> = flaws.iter().map(|flaw| flaw.path.as_str()).collect();
    assert_eq!(paths, ["case-types/bygg.toml", "checklists/bygglov.toml", "groups.toml", "people.toml"]);
    let unknown = Fault::Unknown { kind: Kind::Group, id: "ekonomi".into() };
    assert_eq!((&flaws[1].what, &flaws[3].what), (&unknown, &unknown));
}
