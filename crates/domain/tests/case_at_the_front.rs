//! What the agreement or the agent chose of a case at its handoff, and what its owner does with it after.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod given;

use domain::case::{
    AfterAnswer, Case, CaseEvent, CaseStatus, FieldText, FrontStanding, Recorded, Refusal, Rest, rests_until,
};
use domain::contact::{Channel, Disposition};
use domain::handoff::{HandoffStage, Include};
use domain::rights::Role;
use domain::service_hours::{ServiceHours, Week, wall_clock};
use domain::structure::{AfterHandoff, Confirmer, ReturnReason, Structure};
use domain::{CaseId, CustomerId, HandoffId, TextId, Timestamp};
use given::{NOW, actor, handoff, officer, owner, registered, text};

fn sent(after: AfterHandoff) -> CaseEvent {
    CaseEvent::HandoffSent {
        handoff: handoff(),
        group: "bygglov".parse().unwrap(),
        leaves_at: NOW.plus_seconds(10),
        receipt_due: NOW.plus_seconds(3_600),
        response_due: NOW.plus_seconds(7_200),
        resolution_due: NOW.plus_seconds(9_000),
        include: Include::ALL,
        after,
    }
}

const LEFT: fn() -> CaseEvent = || CaseEvent::HandoffLeft { handoff: handoff(), receipt_due: None };
const ACCEPTED: fn() -> CaseEvent = || CaseEvent::Accepted { handoff: handoff() };

/// The customer is asked by the front.
const ASKED: AfterAnswer =
    AfterAnswer { confirm: Some(Confirmer::Front), close_at: None, resolution_due: None };

fn answered(confirm: bool) -> CaseEvent {
    CaseEvent::Answered {
        text: text(2),
        channel: Channel::Call,
        confirm,
        confirmer: Confirmer::Front,
        close_at: None,
        resolution_due: None,
    }
}

fn after(events: &[CaseEvent]) -> Case {
    let first = Recorded { at: NOW, heard_at: None, by: Some(owner().user), event: registered() };
    let more = events.iter().map(|event| Recorded {
        at: NOW,
        heard_at: None,
        by: Some(officer().user),
        event: event.clone(),
    });
    let events: Vec<Recorded> = [first].into_iter().chain(more).collect();
    Case::replay(CaseId::new(NOW, [1; 10]), &events).unwrap()
}

/// How it stands at the front when sent, left, accepted, answered, and closed by the group.
fn walk(choice: AfterHandoff) -> [FrontStanding; 5] {
    let all = [sent(choice), LEFT(), ACCEPTED(), answered(false), CaseEvent::Closed];
    [1, 2, 3, 4, 5].map(|length| after(&all[..length]).front())
}

#[test]
fn kept_it_stays_open_at_the_front_until_it_is_closed() {
    use FrontStanding::{Closed, Open};
    assert_eq!(walk(AfterHandoff::Keep), [Open, Open, Open, Open, Closed]);
}

#[test]
fn parked_it_waits_until_the_group_answers() {
    use FrontStanding::{Closed, Open, Parked};
    assert_eq!(walk(AfterHandoff::Park), [Open, Parked, Parked, Open, Closed]);
}

#[test]
fn closed_it_leaves_the_front_with_the_handoff_and_not_before() {
    use FrontStanding::{Closed, Open};
    assert_eq!(walk(AfterHandoff::Close), [Open, Closed, Closed, Closed, Closed]);
}

#[test]
fn closed_at_the_front_it_opens_again_when_it_comes_back() {
    let back = [
        CaseEvent::Returned { handoff: handoff(), reason: Some(text(3)), why: None },
        CaseEvent::ReceiptExpired { handoff: handoff() },
    ];
    for back in back {
        let case = after(&[sent(AfterHandoff::Close), LEFT(), back]);
        assert_eq!((case.front(), case.status), (FrontStanding::Open, CaseStatus::Open));
    }
    let undone = after(&[sent(AfterHandoff::Close), CaseEvent::HandoffUndone { handoff: handoff() }]);
    assert_eq!(undone.front(), FrontStanding::Open);
}

#[test]
fn one_that_nobody_accepted_is_marked_until_its_owner_does_something() {
    let expired = [sent(AfterHandoff::Park), LEFT(), CaseEvent::ReceiptExpired { handoff: handoff() }];
    assert!(after(&expired).not_accepted());
    assert!(!after(&expired[..2]).not_accepted());
    let returned = CaseEvent::Returned { handoff: handoff(), reason: Some(text(3)), why: None };
    assert!(!after(&[sent(AfterHandoff::Park), LEFT(), returned]).not_accepted(), "it says why itself");
    let again = |id: u8, more: &[CaseEvent]| {
        let mut events = expired.to_vec();
        let mut next = sent(AfterHandoff::Park);
        if let CaseEvent::HandoffSent { handoff, .. } = &mut next {
            *handoff = HandoffId::new(NOW, [id; 10]);
        }
        events.push(next);
        events.extend(more.iter().cloned());
        after(&events).not_accepted()
    };
    assert!(!again(8, &[]), "sent anew");
    let undone = CaseEvent::HandoffUndone { handoff: HandoffId::new(NOW, [8; 10]) };
    assert!(again(8, &[undone]), "and taken back");
}

#[test]
fn a_customer_who_must_confirm_is_asked_by_the_front_before_it_is_closed() {
    let case = after(&[sent(AfterHandoff::Close), LEFT(), ACCEPTED()]);
    let event = case.answer(&officer(), text(2), "Ja", Channel::Call, ASKED).unwrap();
    assert_eq!(event, answered(true));
    let case = after(&[sent(AfterHandoff::Close), LEFT(), ACCEPTED(), event.clone()]);
    assert_eq!((case.status, case.front()), (CaseStatus::Confirming, FrontStanding::Open));
    assert_eq!(case.close(&officer()), Err(Refusal::WrongState));
    assert_eq!(case.close(&owner()), Err(Refusal::WrongState));
    assert_eq!(case.confirm(&officer(), None), Err(Refusal::NotAllowed));
    assert_eq!(case.confirm(&owner(), Some((text(4), " "))), Err(Refusal::TextMissing));
    assert_eq!(case.confirm(&owner(), None), Ok(CaseEvent::Confirmed));

    let done = after(&[sent(AfterHandoff::Close), LEFT(), ACCEPTED(), event, CaseEvent::Confirmed]);
    assert_eq!((done.status, done.closed_at), (CaseStatus::Closed, Some(NOW)));
    assert_eq!(done.confirm(&owner(), None), Err(Refusal::WrongState));
}

#[test]
fn a_customer_who_is_not_satisfied_sends_it_back_to_whoever_answered() {
    let reason = case_reason();
    let events = [sent(AfterHandoff::Park), LEFT(), ACCEPTED(), answered(true), reason.clone()];
    let case = after(&events);
    assert_eq!((case.status, case.answered_at), (CaseStatus::Accepted, None));
    assert_eq!((case.answer, case.not_satisfied), (Some(text(2)), Some(text(4))));
    assert!(case.answer(&officer(), text(5), "Bättre", Channel::Call, ASKED).is_ok());
    let better = [&events[..], &[answered(true)]].concat();
    assert_eq!(after(&better).not_satisfied, None, "of the answer before");
    let own = after(&[answered(true), reason]);
    assert_eq!(own.status, CaseStatus::Open, "the front's own answer");
}

fn case_reason() -> CaseEvent {
    let case = after(&[sent(AfterHandoff::Park), LEFT(), ACCEPTED(), answered(true)]);
    case.confirm(&owner(), Some((text(4), "Ingen kom"))).unwrap()
}

#[test]
fn texts_are_written_anew_by_the_owner_until_a_group_has_had_them() {
    let undone = [sent(AfterHandoff::Park), CaseEvent::HandoffUndone { handoff: handoff() }];
    assert_eq!(after(&undone).check_rewrite(&owner()), Ok(()));
    assert_eq!(
        after(&undone).check_rewrite(&actor(3, Role::Agent, "kontaktcenter")),
        Err(Refusal::NotAllowed)
    );
    assert_eq!(after(&undone).check_rewrite(&officer()), Err(Refusal::NotAllowed));
    assert_eq!(after(&undone[..1]).check_rewrite(&owner()), Err(Refusal::WrongState), "on its way");
    let back = [sent(AfterHandoff::Park), LEFT(), CaseEvent::ReceiptExpired { handoff: handoff() }];
    assert_eq!(after(&back).check_rewrite(&owner()), Err(Refusal::WrongState), "a group has had it");
    let case = after(&[&undone[..], &[rewritten(None, None, None)]].concat());
    assert_eq!((case.subject, case.note, case.version), (text(6), Some(text(7)), 4));
}

fn rewritten(
    customer: Option<CustomerId>,
    customer_text: Option<TextId>,
    fields: Option<Vec<FieldText>>,
) -> CaseEvent {
    let (subject, note) = (text(6), Some(text(7)));
    CaseEvent::Rewritten { subject, note, place: None, customer, customer_text, fields }
}

#[test]
fn a_customer_who_is_known_stays_whatever_is_written_of_them_anew() {
    let known = |n| Some(CustomerId::new(Timestamp(1), [n; 10]));
    let fields = vec![FieldText { field: "fastighet".parse().unwrap(), text: text(9) }];
    let first = rewritten(known(1), Some(text(8)), Some(fields.clone()));
    let case = after(std::slice::from_ref(&first));
    assert_eq!((case.customer, case.customer_text, &case.fields), (known(1), Some(text(8)), &fields));
    let case = after(&[first, rewritten(known(2), None, None)]);
    assert_eq!((case.customer, case.customer_text, case.fields), (known(1), Some(text(8)), fields));
}

#[test]
fn a_case_rests_until_its_day_and_what_is_done_ends_the_rest() {
    let later = NOW.plus_seconds(3_600);
    let parked = CaseEvent::Parked { until: later };
    let open = after(&[]);
    assert_eq!(open.park(&owner(), later, NOW), Ok(parked.clone()));
    assert_eq!(open.park(&officer(), later, NOW), Err(Refusal::NotAllowed));
    for moment in [NOW, NOW.plus_millis(367 * 24 * 3_600_000)] {
        assert_eq!(open.park(&owner(), moment, NOW), Err(Refusal::Moment));
    }
    let resting = after(std::slice::from_ref(&parked));
    assert_eq!((resting.front(), resting.next_tick()), (FrontStanding::Parked, Some(later)));
    assert_eq!(resting.tick(later.plus_millis(-1)), None);
    assert_eq!(resting.tick(later), Some(CaseEvent::Unparked));

    let mut back = resting.clone();
    back.apply(&Recorded { at: later, heard_at: None, by: None, event: CaseEvent::Unparked }).unwrap();
    assert_eq!(
        (back.front(), back.rest, back.next_tick()),
        (FrontStanding::Open, Some(Rest { until: later, over: true }), None)
    );
    assert_eq!(back.unpark(&owner()), Err(Refusal::WrongState), "it is over");
    for done in [sent(AfterHandoff::Park), answered(false), CaseEvent::Closed] {
        for before in [&resting, &back] {
            let mut case = before.clone();
            case.apply(&Recorded { at: later, heard_at: None, by: Some(owner().user), event: done.clone() })
                .unwrap();
            assert_eq!(case.rest, None, "{done:?}");
        }
    }
    let away = after(&[sent(AfterHandoff::Park), LEFT()]);
    assert_eq!(away.park(&owner(), later, NOW), Err(Refusal::WrongState), "with the group");
}

#[test]
fn a_rest_ends_when_its_owner_is_there() {
    let day = ["08:00-16:30"].map(|span| span.parse().unwrap()).to_vec();
    let week = Week { mon: day.clone(), tue: day, ..Week::default() };
    let hours = ServiceHours::new(week, Vec::new(), false).unwrap();
    let back = |date: &str, hours| {
        let wall = wall_clock(rests_until(date.parse().unwrap(), hours).unwrap()).unwrap();
        (wall.date.to_string(), wall.minute)
    };
    assert_eq!(back("2026-03-10", Some(&hours)), ("2026-03-10".into(), 8 * 60));
    // Easter Monday: the day after it.
    assert_eq!(back("2026-04-04", Some(&hours)), ("2026-04-07".into(), 8 * 60));
    assert_eq!(back("2026-04-04", None), ("2026-04-04".into(), 0));
}

#[test]
fn a_group_that_asks_itself_confirms_and_so_may_the_front() {
    let then = AfterAnswer { confirm: Some(Confirmer::Group), close_at: None, resolution_due: None };
    let before = [sent(AfterHandoff::Park), LEFT(), ACCEPTED()];
    let event = after(&before).answer(&officer(), text(2), "Ja", Channel::Call, then).unwrap();
    let case = after(&[&before[..], &[event]].concat());
    assert_eq!((case.status, case.front()), (CaseStatus::Confirming, FrontStanding::Parked));
    assert_eq!(case.confirm(&officer(), None), Ok(CaseEvent::Confirmed));
    assert_eq!(case.confirm(&owner(), None), Ok(CaseEvent::Confirmed));
    let other = actor(7, Role::CaseOfficer, "mark");
    assert_eq!(case.confirm(&other, None), Err(Refusal::NotAllowed));
    assert_eq!(case.close(&officer()), Err(Refusal::WrongState), "not before");
}

#[test]
fn an_answered_case_is_closed_by_the_clock_when_its_type_says_so() {
    let later = NOW.plus_seconds(3_600);
    for confirm in [None, Some(Confirmer::Front)] {
        let then = AfterAnswer { confirm, close_at: Some(later), resolution_due: None };
        let event = after(&[]).answer(&owner(), text(2), "Ja", Channel::Call, then).unwrap();
        let case = after(std::slice::from_ref(&event));
        assert_eq!((case.next_tick(), case.tick(later.plus_millis(-1))), (Some(later), None));
        assert_eq!(case.tick(later), Some(CaseEvent::Closed));
        assert_eq!(after(&[event.clone(), CaseEvent::Closed]).next_tick(), None);
        let back = CaseEvent::NotSatisfied { reason: text(3) };
        assert_eq!(after(&[event, back]).next_tick(), None, "the customer has spoken");
    }
}

#[test]
fn a_reopened_case_is_the_fronts_and_no_first_contact_resolution() {
    let solved = |events: &[CaseEvent]| {
        let mut registered = registered();
        if let CaseEvent::Registered(registration) = &mut registered {
            registration.disposition = Disposition::Solved;
        }
        let recorded = |event: &CaseEvent| Recorded {
            at: NOW,
            heard_at: None,
            by: Some(owner().user),
            event: event.clone(),
        };
        let events: Vec<Recorded> = [&registered].into_iter().chain(events).map(recorded).collect();
        Case::replay(CaseId::new(NOW, [1; 10]), &events).unwrap()
    };
    let closed = solved(&[CaseEvent::Closed]);
    assert!(closed.first_contact_resolution());
    assert_eq!(closed.reopen(&officer(), text(3), "Nej"), Err(Refusal::NotAllowed));
    assert_eq!(closed.reopen(&owner(), text(3), " "), Err(Refusal::TextMissing));
    let reopened = closed.reopen(&owner(), text(3), "Det hjälpte inte").unwrap();
    let open = solved(&[CaseEvent::Closed, reopened.clone()]);
    assert_eq!((open.status, open.front(), open.closed_at), (CaseStatus::Open, FrontStanding::Open, None));
    assert_eq!(open.reopen(&owner(), text(3), "Nej"), Err(Refusal::WrongState));
    let again = solved(&[CaseEvent::Closed, reopened.clone(), CaseEvent::Closed]);
    assert!(!open.first_contact_resolution() && !again.first_contact_resolution(), "whatever becomes of it");

    // It is nobody's who had it: whom it goes to now is decided anew.
    let events =
        [sent(AfterHandoff::Close), LEFT(), ACCEPTED(), answered(false), CaseEvent::Closed, reopened];
    let back = after(&events);
    assert_eq!((back.current_handoff(), back.handoffs[0].stage), (None, HandoffStage::Done));
    assert_eq!((back.check_handoff(&owner()), back.answered_at), (Ok(()), None));
    assert_eq!(back.answer(&officer(), text(5), "Ja", Channel::Call, ASKED), Err(Refusal::NotAllowed));
}

fn reason(explain: bool) -> ReturnReason {
    ReturnReason { id: "fel-grupp".parse().unwrap(), name: "Fel grupp".into(), explain }
}

#[test]
fn a_group_gives_back_with_a_reason_of_the_list_and_words_where_it_needs_them() {
    let case = after(&[sent(AfterHandoff::Park), LEFT()]);
    let why = Some("fel-grupp".parse().unwrap());
    let bare = CaseEvent::Returned { handoff: handoff(), reason: None, why };
    assert_eq!(case.give_back(&officer(), &reason(false), None), Ok(bare.clone()));
    assert_eq!(case.give_back(&officer(), &reason(false), Some((text(3), " "))), Ok(bare.clone()));
    assert_eq!(case.give_back(&officer(), &reason(true), Some((text(3), " "))), Err(Refusal::TextMissing));
    assert_eq!(case.give_back(&owner(), &reason(false), None), Err(Refusal::NotAllowed));
    let said = case.give_back(&officer(), &reason(true), Some((text(3), "Mark"))).unwrap();
    let back = after(&[sent(AfterHandoff::Park), LEFT(), said]);
    assert_eq!((back.handoffs[0].reason, back.returns()), (Some(text(3)), 1));
    assert_eq!(back.handoffs[0].why.as_ref().unwrap().as_str(), "fel-grupp");
    let answered = after(&[sent(AfterHandoff::Park), LEFT(), ACCEPTED(), answered(false)]);
    assert_eq!(answered.give_back(&officer(), &reason(false), None), Err(Refusal::WrongState));
}

#[test]
fn a_municipality_without_reasons_of_its_own_has_the_usual_ones() {
    let mut structure = Structure::default();
    assert_eq!(structure.reasons_to_return(), ReturnReason::usual());
    assert_eq!(ReturnReason::usual().iter().filter(|reason| reason.explain).count(), 1);
    structure.return_reasons = vec![reason(false)];
    assert_eq!(structure.reasons_to_return(), [reason(false)]);
}

#[test]
fn an_officer_gives_a_case_to_another_of_the_group() {
    let accepted = [sent(AfterHandoff::Park), LEFT(), ACCEPTED()];
    let case = after(&accepted);
    let (colleague, other) = (actor(6, Role::CaseOfficer, "bygglov"), actor(7, Role::CaseOfficer, "mark"));
    let event = case.assign(&officer(), &colleague).unwrap();
    assert_eq!(case.assign(&officer(), &other), Err(Refusal::NotAllowed), "of another group");
    assert_eq!(case.assign(&other, &colleague), Err(Refusal::NotAllowed));
    assert_eq!(case.assign(&owner(), &colleague), Err(Refusal::NotAllowed));
    assert_eq!(case.assign(&officer(), &officer()), Err(Refusal::WrongState), "it is theirs");
    assert_eq!(
        after(&accepted[..2]).assign(&officer(), &colleague),
        Err(Refusal::WrongState),
        "not accepted"
    );
    let given = after(&[&accepted[..], &[event]].concat());
    assert_eq!(given.handoffs[0].officer(), Some(colleague.user));
    assert_eq!((given.handoffs[0].accepted_by, given.status), (Some(officer().user), CaseStatus::Accepted));
    assert!(given.assign(&officer(), &officer()).is_ok(), "and taken back");
}
