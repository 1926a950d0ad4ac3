//! The demo municipality is whole.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use domain::service_hours::{ServiceTime, due, moment};
use domain::structure::Confirmer;
use municipality::Municipality;

fn exempelkoping() -> Municipality {
    Municipality::exempelkoping().unwrap_or_else(|flaws| {
        panic!("{}", flaws.iter().map(|flaw| format!("{flaw}\n")).collect::<String>())
    })
}

#[test]
fn it_has_all_that_it_promises() {
    let Municipality { structure, knowledge, staff, residents, searches } = exempelkoping();
    assert_eq!(structure.name, "Exempelköping");
    assert_eq!(structure.departments.len(), 6);
    assert_eq!(structure.groups.len(), 14);
    assert_eq!(structure.case_types.len(), 40);
    assert_eq!((structure.entries.len(), structure.queues.len()), (2, 6));
    assert!(knowledge.articles.len() >= 150, "{} articles", knowledge.articles.len());
    assert_eq!(knowledge.scripts.len(), 20);
    assert_eq!(knowledge.checklists.len(), 15);
    assert!(!staff.is_empty() && !residents.is_empty() && !searches.is_empty());
    let walls = structure.departments.iter().filter(|d| d.wall).map(|d| d.id.as_str());
    assert_eq!(walls.collect::<Vec<_>>(), ["social"]);
}

#[test]
fn every_case_type_has_an_answer_to_offer() {
    let Municipality { structure, knowledge, .. } = exempelkoping();
    for case_type in &structure.case_types {
        let answered = knowledge.articles.iter().any(|article| article.case_types.contains(&case_type.id));
        assert!(answered, "{} has no article", case_type.id);
    }
}

#[test]
fn a_type_says_how_its_cases_end() {
    let structure = exempelkoping().structure;
    let ends = |id: &str| {
        let case_type = structure.case_type(&id.parse().unwrap()).unwrap();
        (case_type.confirm_before_close, case_type.confirmed_by, case_type.closes_after)
    };
    assert_eq!(ends("trygghetslarm"), (true, Confirmer::Front, Some(ServiceTime::Days(10))));
    assert_eq!(ends("hemtjanst-utebliven"), (true, Confirmer::Group, None));
    assert_eq!(ends("bygglov-fraga"), (false, Confirmer::Front, None));
}

#[test]
fn every_agreement_gives_a_deadline() {
    let structure = exempelkoping().structure;
    let friday_evening = moment("2026-12-18".parse().unwrap(), 17 * 60 + 30).unwrap();
    for case_type in &structure.case_types {
        let group = structure.group(&case_type.group).unwrap();
        let answer = due(&group.hours, friday_evening, case_type.agreement.response_time, &[]).unwrap();
        let solved = due(&group.hours, friday_evening, case_type.agreement.resolution_time, &[]).unwrap();
        assert!(answer.due <= solved.due, "{}: the answer is due after the solution", case_type.id);
    }
}
