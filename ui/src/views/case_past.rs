//! What has become of a case so far: what was asked, where it has been, and its history.

use crate::dom::prelude::*;
use crate::format;
use crate::i18n::{self, K, t, tf};
use crate::state::App;
use contract::cases::{CaseView, HandoffView, QuestionView};
use contract::domain::Personal;
use contract::domain::case::WaitsFor;

/// The view.
pub fn view(app: App, case: &CaseView) -> AnyView {
    view! { {questions(app, case)}{handoffs(app, case)}{history(app, case)} }.into_any()
}

/// Who was asked.
pub fn whom(app: App, asked: &QuestionView) -> String {
    match (asked.waits_for, &asked.group) {
        (Some(WaitsFor::Customer), _) => t(K::ActAskCustomer).to_owned(),
        (_, Some(group)) => app.structure.with_untracked(|s| format::group_name(s, group)),
        _ => t(K::ActAskFront).to_owned(),
    }
}

fn questions(app: App, case: &CaseView) -> AnyView {
    if case.questions.is_empty() {
        return ().into_any();
    }
    let one = |asked: &QuestionView| {
        let now = app.now.get_untracked();
        let whom = whom(app, asked);
        let line = |who: Option<&Personal<String>>, at| {
            format!("{} · {}", who.map_or("", |who| who.expose()), format::when(at, now))
        };
        let text = |text: &Option<Personal<String>>| {
            text.clone().map(|text| view! { <p class="pre">{text.into_inner()}</p> })
        };
        view! {
            <li>
                <p><strong>{whom}</strong>{asked.due.map(|due| format!(" · {}", tf(K::GuestOpinion, &[("when", &format::when(due, now))])))}</p>
                <p class="quiet">{line(Some(&asked.by), asked.at)}</p>
                {text(&asked.text)}
                {asked.replied_at.map(|at| view! { <p class="quiet">{line(asked.replied_by.as_ref(), at)}</p> })}
                {text(&asked.reply)}
                {asked.withdrawn.is_some().then(|| view! { <p class="quiet">{t(K::HistWithdrawn)}</p> })}
                {text(&asked.withdrawn)}
            </li>
        }
    };
    view! {
        <section class="block">
            <h4>{t(K::CaseViewQuestions)}</h4>
            <ul class="handoffs">{case.questions.iter().map(one).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn handoffs(app: App, case: &CaseView) -> AnyView {
    if case.handoffs.is_empty() {
        return ().into_any();
    }
    let one = |handoff: &HandoffView| {
        let now = app.now.get_untracked();
        let group = app.structure.with_untracked(|s| format::group_name(s, &handoff.group));
        let when = |at| format::when(at, now);
        view! {
            <li>
                <p><strong>{group}</strong>" · "{i18n::stage(handoff.stage)}{handoff.why.clone().map(|why| format!(" · {why}"))}
                    {handoff.accepted_by.clone().map(|who| format!(" · {}", who.into_inner()))}</p>
                <p class="quiet">
                    {tf(K::HandReceiptBy, &[("when", &when(handoff.receipt_due))])}" · "
                    {tf(K::HandAnswerBy, &[("when", &when(handoff.response_due))])}" · "
                    {tf(K::HandResolutionBy, &[("when", &when(handoff.resolution_due))])}
                </p>
                {handoff.reason.clone().map(|reason| view! { <p class="pre">{reason.into_inner()}</p> })}
            </li>
        }
    };
    view! {
        <section class="block">
            <h4>{t(K::CaseViewHandoffs)}</h4>
            <ul class="handoffs">{case.handoffs.iter().map(one).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn history(app: App, case: &CaseView) -> AnyView {
    let now = app.now.get_untracked();
    let lines = case.history.iter().map(|line| {
        let by = line.by.clone().map_or_else(|| t(K::HistClock).to_owned(), Personal::into_inner);
        let group = line.group.as_ref().map(|g| app.structure.with_untracked(|s| format::group_name(s, g)));
        let heard = line.heard_at.map(|at| tf(K::HistHeard, &[("time", &format::when(at, now))]));
        let alarm = line.alarm.as_ref().map(|alarm| format!(" – {}", i18n::alarm(alarm, now)));
        let to = line.to.as_ref().map(|to| format!(" {}", to.expose()));
        let until = line.until.map(|at| format!(" {}", format::when(at, now)));
        view! {
            <li>
                <time>{format::when(line.at, now)}</time>
                <span>{i18n::history(line.what)}{group.map(|g| format!(" – {g}"))}{to}{until}{alarm}</span>
                <span class="quiet">{by}{heard}</span>
            </li>
        }
    });
    view! {
        <section class="block">
            <h4>{t(K::CaseViewHistory)}</h4>
            <ol class="history">{lines.collect_view()}</ol>
        </section>
    }
    .into_any()
}
