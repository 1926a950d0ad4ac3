//! What is asked before something is done with a case: why it is given back, what the customer is not satisfied
//! with, until when it rests, who takes it or is asked or told.

use super::case_form;
use super::case_reader::Reader;
use crate::components::{button, room, typed, units};
use crate::dom::prelude::*;
use crate::i18n::{K, t};
use crate::keys::Action;
use crate::state::answering::{Answering, Asks};
use crate::{edge, ids};
use contract::cases::{
    AskAboutCase, AskWhom, AssignCase, ConfirmCase, GiveBackCase, InformOfCase, ParkCase, ReopenCase,
    ReplyToQuestion, WithdrawQuestion,
};
use contract::domain::Personal;
use contract::domain::handoff::Include;
use contract::domain::service_hours::CivilDate;
use contract::domain::structure::FieldKind;
use contract::{
    CaseAsk, CaseAssign, CaseConfirm, CaseGiveBack, CaseInform, CasePark, CaseReopen, CaseReply, CaseWithdraw,
};

/// Lets the case rest until that day, or takes it up now.
pub fn park(reader: Reader, until: Option<CivilDate>) {
    if let Some(case) = reader.at() {
        reader.send::<CasePark>(&ParkCase { case, until }, ids::CASE_VIEW, Answering::done);
    }
}

/// `known`: what there is to choose among, id and name.
fn asked(reader: Reader, asks: Asks, known: &[(String, String)]) {
    if asks == Asks::Rest {
        return match reader.writing.chosen.with_untracked(|day| day.parse().ok()) {
            None => edge::focus(ids::PARK_UNTIL),
            until => park(reader, until),
        };
    }
    let Some(case) = reader.at() else { return };
    let id = |name: &String| known.iter().find(|(_, known)| known == name).map(|(id, _)| id.clone());
    let id = reader.writing.chosen.with_untracked(id).unwrap_or_default();
    if asks == Asks::Assign {
        let Ok(to) = id.parse() else { return edge::focus(ids::WHO) };
        return reader.send::<CaseAssign>(&AssignCase { case, to }, ids::CASE_VIEW, Answering::done);
    }
    if asks == Asks::Inform {
        let Ok(group) = id.parse() else { return edge::focus(ids::WHO) };
        let request = InformOfCase { case, group, include: reader.writing.include.get_untracked() };
        return reader.send::<CaseInform>(&request, ids::CASE_VIEW, Answering::done);
    }
    let reason = reader.writing.reason.get_untracked();
    if asks == Asks::GiveBack {
        let Ok(why) = id.parse() else { return edge::focus(ids::GIVE_BACK_WHY) };
        let request = GiveBackCase { case, why, reason: Personal::new(reason) };
        return reader.send::<CaseGiveBack>(&request, ids::CASE_VIEW, Answering::clear);
    }
    if reason.trim().is_empty() {
        return edge::focus(ids::GIVE_BACK_REASON);
    }
    let reason = Personal::new(reason);
    if asks == Asks::Ask {
        let Some(whom) = whom(&id) else { return edge::focus(ids::WHO) };
        let by = reader.writing.day.with_untracked(|day| day.parse().ok());
        let request =
            AskAboutCase { case, whom, text: reason, by, include: reader.writing.include.get_untracked() };
        reader.send::<CaseAsk>(&request, ids::CASE_VIEW, Answering::asked);
    } else if asks == Asks::Reply {
        let Some(question) = known.first().and_then(|(id, _)| id.parse().ok()) else { return };
        let request = ReplyToQuestion { case, question, text: reason };
        reader.send::<CaseReply>(&request, ids::CASE_VIEW, Answering::asked);
    } else if asks == Asks::Withdraw {
        let Ok(question) = id.parse() else { return edge::focus(ids::WHO) };
        let request = WithdrawQuestion { case, question, reason };
        reader.send::<CaseWithdraw>(&request, ids::CASE_VIEW, Answering::asked);
    } else if asks == Asks::Reopen {
        let request = ReopenCase { case, reason };
        reader.send::<CaseReopen>(&request, ids::CASE_VIEW, Answering::clear);
    } else {
        let request = ConfirmCase { case, not_satisfied: Some(reason) };
        reader.send::<CaseConfirm>(&request, ids::CASE_VIEW, Answering::clear);
    }
}

/// Those who can be asked beside the groups, as they are chosen.
pub const CUSTOMER: &str = "*customer";
pub const FRONT: &str = "*front";

fn whom(id: &str) -> Option<AskWhom> {
    match id {
        CUSTOMER => Some(AskWhom::Customer),
        FRONT => Some(AskWhom::Front),
        group => group.parse().ok().map(AskWhom::Group),
    }
}

/// The question and what sends its answer.
pub fn view(reader: Reader, asks: Asks, known: &[(String, String)]) -> AnyView {
    let (label, hint, go) = match asks {
        Asks::GiveBack => (K::ActGiveBackReason, K::ActGiveBackHint, K::ActGiveBack),
        Asks::Satisfied => (K::ActNotSatisfiedWhy, K::ActNotSatisfiedHint, K::ActNotSatisfied),
        Asks::Reopen => (K::ActNotSatisfiedWhy, K::ActReopenHint, K::ActReopen),
        Asks::Assign => (K::ActAssignTo, K::ActAssignHint, K::ActAssign),
        Asks::Ask => (K::ActAskText, K::ActAskHint, K::ActAsk),
        Asks::Reply => (K::ActReplyText, K::ActReplyHint, K::ActReply),
        Asks::Withdraw => (K::ActWithdrawWhy, K::ActWithdrawHint, K::ActWithdraw),
        Asks::Inform => (K::ActInformWhom, K::ActInformHint, K::ActInform),
        Asks::Rest => (K::ActParkUntil, K::ActParkHint, K::ActPark),
    };
    let chosen = reader.writing.chosen;
    let choice = |kind: &FieldKind, id| {
        case_form::control_of(
            kind,
            id,
            move || chosen.get(),
            move |what| {
                // Of another group another is usual.
                reader.writing.include.set(None);
                chosen.set(what);
            },
        )
    };
    let names = || known.iter().map(|(_, name)| name.clone()).collect();
    let (id, control) = match asks {
        Asks::Assign | Asks::Inform => (ids::WHO, choice(&FieldKind::Choice { options: names() }, ids::WHO)),
        Asks::Rest => (ids::PARK_UNTIL, choice(&FieldKind::Date, ids::PARK_UNTIL)),
        _ => (ids::GIVE_BACK_REASON, reason(reader)),
    };
    let before = match asks {
        Asks::GiveBack => Some((ids::GIVE_BACK_WHY, K::ActGiveBackWhy)),
        Asks::Ask | Asks::Withdraw => Some((ids::WHO, K::ActAskWhom)),
        _ => None,
    };
    let why = before.map(|(id, label)| {
        let control = choice(&FieldKind::Choice { options: names() }, id);
        view! { <div class="field"><label for=id>{t(label)}</label>{control}</div> }
    });
    let known = known.to_vec();
    // Only another group has a day of its own for its opinion.
    let groups = known.clone();
    let to_group = Memo::new(move |_| {
        let asks = matches!(asks, Asks::Ask | Asks::Inform);
        let of = |name: &String| groups.iter().find(|(id, known)| known == name && !id.starts_with('*'));
        chosen.with(|name| of(name).filter(|_| asks).map(|(id, _)| id.clone()))
    });
    let by = move || to_group.with(|group| group.is_some() && asks == Asks::Ask).then(|| opinion_by(reader));
    let along = move || to_group.get().map(|group| along(reader, &group));
    view! {
        <div class="giving-back" inert=move || reader.busy.get()>
            {why}
            {by}
            {along}
            <div class="field wide">
                <label for=id>{t(label)}</label>
                {control}
                <p class="hint" id="reason-hint">{t(hint)}</p>
            </div>
            <div class="foot-row">
                {button(reader.app, ids::GIVE_BACK_SEND, "", t(go), Action::Register, move || asked(reader, asks, &known))}
                {button(reader.app, "step-back", "plain", t(K::AppCancel), Action::Back, move || reader.writing.done())}
                <span class="grow"></span>
                {case_form::saved(reader.writing.keeping, "")}
            </div>
        </div>
    }
    .into_any()
}

type Part = (&'static str, K, fn(&mut Include) -> &mut bool);

const PARTS: [Part; 4] = [
    ("along-subject", K::HandIncludeSubject, |i| &mut i.subject),
    ("along-customer", K::HandIncludeCustomer, |i| &mut i.customer),
    ("along-note", K::HandIncludeNote, |i| &mut i.note),
    ("along-fields", K::HandIncludeFields, |i| &mut i.fields),
];

/// What of the case the group may read, of what the asker may.
fn along(reader: Reader, group: &str) -> AnyView {
    let parts = reader.case.with_untracked(|case| {
        let known = case.as_ref()?.consults.iter().find(|(id, ..)| id.as_str() == group)?;
        Some((known.1, known.2))
    });
    // A service of an earlier release tells none, and does as is usual.
    let Some((usual, mut most)) = parts.filter(|(_, most)| *most != Include::NONE) else {
        return ().into_any();
    };
    let include = reader.writing.include;
    let shown = move || include.get().unwrap_or(usual);
    let one = |(id, label, part): Part| {
        let toggle = move |_| {
            let mut chosen = include.get_untracked().unwrap_or(usual);
            *part(&mut chosen) ^= true;
            include.set(Some(chosen));
        };
        view! {
            <label class="include" class:off=move || !*part(&mut shown())>
                <input type="checkbox" role="switch" id=id prop:checked=move || *part(&mut shown()) on:change=toggle />
                <span class="include-name">{t(label)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="along">
            <legend>{t(K::HandAlong)}</legend>
            {PARTS.into_iter().filter(|(_, _, part)| *part(&mut most)).map(one).collect_view()}
        </fieldset>
    }
    .into_any()
}

fn opinion_by(reader: Reader) -> AnyView {
    let day = reader.writing.day;
    let control =
        case_form::control_of(&FieldKind::Date, ids::ASK_BY, move || day.get(), move |what| day.set(what));
    view! { <div class="field"><label for=ids::ASK_BY>{t(K::ActAskBy)}</label>{control}</div> }.into_any()
}

fn reason(reader: Reader) -> AnyView {
    view! {
        <textarea id=ids::GIVE_BACK_REASON rows="2" maxlength="2000" autocomplete="off" aria-describedby="reason-hint"
            prop:value=move || reader.writing.reason.get()
            on:input=typed(move |text| {
                reader.writing.reason.set(text);
                reader.writing.typed(reader.app);
            })></textarea>
        {room(2_000, move || reader.writing.reason.with(|text| units(text)))}
    }
    .into_any()
}
