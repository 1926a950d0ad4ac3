//! A registered case to read, and what can be done with it. The same for its owner and for a case officer.

use crate::components::shape::{self, Shape, badge};
use crate::components::{button, fact, room, typed, units};
use crate::dom::prelude::*;
use crate::i18n::{self, CHANNELS, K, channel, disposition, t, tf, wire};
use crate::keys::Action;
use crate::state::App;
use crate::state::answering::{self, Answering, Asks};
use crate::state::handing::Handing;
use crate::state::keeping::AGAIN;
use crate::state::once::Once;
use crate::transport::{Sent, query, reply};
use crate::views::{alarm, case_asks, case_form, case_past, case_rewrite, handover};
use crate::{edge, format, ids};
use contract::cases::{
    AcknowledgeAlarm, AnswerCase, CaseAction, CaseAlarm, CaseAt, CaseSummary, CaseView, ConfirmCase, GetCase,
    UndoHandoff,
};
use contract::domain::case::CaseStatus;
use contract::domain::contact::FollowUpWish;
use contract::domain::handoff::{CaseText, FieldValue, HandoffStage};
use contract::domain::rights::Role;
use contract::domain::{CaseId, Personal, ResponseGroupId};
use contract::{
    CaseAccept, CaseAcknowledge, CaseAnswer, CaseClose, CaseConfirm, CaseGet, CaseRenewLink, CaseTakeBack,
    Code, Command, Error, HandoffUndo,
};
use leptos::task::spawn_local;

/// What the reader holds.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) app: App,
    pub(super) case: RwSignal<Option<CaseView>>,
    error: RwSignal<Option<Code>>,
    pub(super) busy: RwSignal<bool>,
    once: Once,
    pub(super) writing: Answering,
    handing: RwSignal<Option<Handing>>,
    /// Newer than what was read: an alarm is raised while somebody writes, and draws nothing else anew.
    alarm: Memo<Option<CaseAlarm>>,
}

impl Reader {
    fn read(self, id: CaseId) {
        spawn_local(async move {
            match query::<CaseGet>(GetCase { case_id: id }).await {
                Ok(view) => {
                    let (id, number) = (view.summary.id, view.summary.number);
                    self.app.numbers.update(|all| {
                        all.retain(|(other, _)| *other != id);
                        all.push((id, number));
                    });
                    self.error.try_set(None);
                    self.case.try_set(Some(view));
                }
                Err(error) => {
                    let awaited = self.error.try_set(Some(error.code));
                    if awaited && error.code.passes_by_itself() {
                        edge::after(AGAIN, move || self.read(id));
                    }
                }
            }
        });
    }

    fn undo(self) {
        let leaving = self.case.with_untracked(|c| {
            let case = c.as_ref()?;
            let handoff = case.handoffs.iter().rev().find(|h| h.stage == HandoffStage::Leaving)?;
            Some(UndoHandoff { case_id: case.summary.id, handoff: handoff.id })
        });
        let Some(request) = leaving else { return };
        spawn_local(async move {
            match self.once.send::<HandoffUndo>(&request).await {
                Ok(_) => {
                    self.app.outgoing.update(|all| all.retain(|o| o.case != request.case_id));
                    self.read(request.case_id);
                }
                Err(error) => self.app.fail(&error),
            }
        });
    }

    pub(super) fn at(self) -> Option<CaseAt> {
        self.case.with_untracked(|c| {
            c.as_ref().map(|c| CaseAt { case_id: c.summary.id, version: c.summary.version })
        })
    }

    /// Sends a change; when it is done the caret goes to `next`.
    pub(super) fn send<C: Command<Reply = CaseView>>(
        self,
        request: &C::Request,
        next: &'static str,
        done: fn(Answering),
    ) {
        if !self.busy.get_untracked() {
            self.sent(self.once.tell::<C>(request), next, done);
        }
    }

    // One copy for every change.
    fn sent(self, sent: Sent, next: &'static str, done: fn(Answering)) {
        let focused = edge::focused();
        self.busy.set(true);
        spawn_local(async move {
            let reply: Result<CaseView, Error> = sent.await.and_then(|text| reply(&text));
            self.busy.try_set(false);
            match reply {
                Ok(view) => {
                    self.app.message.set(None);
                    crate::state::cases::changed(self.app, view.summary.clone());
                    self.case.try_set(Some(view));
                    done(self.writing);
                    self.writing.keep_rest(self.app);
                    edge::focus(next);
                }
                Err(error) => {
                    self.app.fail(&error);
                    edge::focus(&focused);
                    // Somebody was before: show how it stands, and keep what was written.
                    if error.code == Code::Stale
                        && let Some(at) = self.at()
                    {
                        self.read(at.case_id);
                    }
                }
            }
        });
    }
}

/// The view.
pub fn view(app: App, id: CaseId) -> AnyView {
    let case = RwSignal::new(None);
    let reader = Reader {
        app,
        case,
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
        once: Once::new(),
        writing: answering::of(app, id),
        handing: RwSignal::new(None),
        alarm: alarm_of(app, id, case),
    };
    reader.read(id);
    Effect::new(move |_| {
        let changed = app.changed.get().filter(|(case, _)| *case == id);
        let shown = reader.case.with_untracked(|c| c.as_ref().map(|c| c.summary.version));
        if let (Some((_, version)), Some(shown)) = (changed, shown)
            && version > shown
        {
            reader.read(id);
        }
    });
    view! {
        <article class="case-reader" id=ids::CASE_VIEW tabindex="-1" data-case=id.to_string()>
            {move || {
                if let Some(handing) = reader.handing.get() {
                    return hand_over(reader, handing);
                }
                match (reader.case.get(), reader.error.get()) {
                    (Some(case), _) => content(reader, &case),
                    (None, Some(code)) => absent(code),
                    (None, None) => view! { <p class="quiet late" role="status">{t(K::CaseViewLoading)}</p> }.into_any(),
                }
            }}
        </article>
    }
    .into_any()
}

// From the list that has the case, which every change reaches; else as it was read.
fn alarm_of(app: App, id: CaseId, case: RwSignal<Option<CaseView>>) -> Memo<Option<CaseAlarm>> {
    Memo::new(move |_| {
        let listed = |all: &Vec<CaseSummary>| all.iter().find(|c| c.id == id).map(|c| c.alarm.clone());
        let listed = app.inbox.with(listed).or_else(|| app.mine.with(listed));
        listed.unwrap_or_else(|| case.with(|c| c.as_ref().and_then(|c| c.summary.alarm.clone())))
    })
}

fn alarm_line(reader: Reader, alarm: CaseAlarm) -> AnyView {
    let app = reader.app;
    let open = alarm.acknowledged_by.is_none() && (app.at_front() || app.has_role(&[Role::CaseOfficer]));
    let (kind, step) = (alarm.kind, alarm.step);
    let seen = move || {
        if let Some(at) = reader.at() {
            let request = AcknowledgeAlarm { case_id: at.case_id, kind, step };
            // Whoever is writing goes on.
            let next = if edge::focused() == ids::ANSWER_TEXT { ids::ANSWER_TEXT } else { ids::CASE_VIEW };
            reader.send::<CaseAcknowledge>(&request, next, |_| ());
        }
    };
    view! {
        <p class="foot-row">
            {alarm::mark(&alarm, app.now.get_untracked())}
            {open.then(|| button(app, ids::ACKNOWLEDGE, "plain small", t(K::ActAcknowledge), Action::Acknowledge, seen))}
        </p>
    }
    .into_any()
}

// Why there is no case to show; where it comes by itself, that it does.
fn absent(code: Code) -> AnyView {
    if code.passes_by_itself() {
        return view! {
            <div class="empty" role="status">
                <p class="strong">{t(K::CaseViewAway)}</p>
                <p class="quiet">{t(K::CaseViewAwayLead)}</p>
            </div>
        }
        .into_any();
    }
    view! { <div class="empty"><p role="alert">{i18n::error(code)}</p></div> }.into_any()
}

fn content(reader: Reader, case: &CaseView) -> AnyView {
    view! {
        <div class="form-scroll" tabindex="0" role="group" aria-label=t(K::CaseTitle)>
            {head(reader.app, case)}
            <div role="status">{move || reader.alarm.get().map(|alarm| alarm_line(reader, alarm))}</div>
            {along(reader.app, case)}
            {case.answer.clone().map(|text| view! {
                <section class="block answer">
                    <h4>{t(K::CaseViewAnswer)}{case.answer_channel.map(|how| format!(" · {}", channel(how)))}</h4>
                    <p class="pre">{text.into_inner()}</p>
                </section>
            })}
            {case.not_satisfied.clone().map(|text| view! {
                <section class="block">
                    <h4>{t(K::ActNotSatisfied)}</h4>
                    <p class="pre">{text.into_inner()}</p>
                </section>
            })}
            {case_past::view(reader.app, case)}
        </div>
        {actions(reader, case)}
    }
    .into_any()
}

fn head(app: App, case: &CaseView) -> AnyView {
    let summary = &case.summary;
    let now = app.now.get_untracked();
    let type_name = app.structure.with_untracked(|s| {
        s.case_type(&summary.case_type).map_or_else(|| summary.case_type.to_string(), |c| c.name.clone())
    });
    let subject = summary.subject.as_ref().map_or_else(|| type_name.clone(), |s| s.expose().clone());
    view! {
        <header class="case-head">
            <p class="case-line-more">
                <span class="number">{summary.number.to_string()}</span>
                <span data-status=wire(summary.status)>{badge(shape::case(summary.status), i18n::case_status(summary.status))}</span>
                {summary.rest.map(|rest| alarm::rest(rest, now))}
                {alarm::waits(summary, now)}
            </p>
            <h3>{subject}</h3>
            <dl class="facts">
                {fact(t(K::CaseViewType), type_name)}
                {fact(t(K::CaseViewRegistered), format!("{} · {}", format::when(summary.registered_at, now), channel(summary.channel)))}
                {fact(t(K::CaseViewOwner), summary.owner_name.expose().clone())}
                {fact(t(K::CaseViewDisposition), disposition(case.disposition))}
                {(case.returns > 0).then(|| fact(t(K::CaseViewReturns), case.returns.to_string()))}
                {case.closes_at.map(|at| fact(t(K::CaseViewCloses), format::when(at, now)))}
            </dl>
        </header>
    }
    .into_any()
}

fn along(app: App, case: &CaseView) -> AnyView {
    // To the front nothing has to come along: what is not there was never written.
    let nothing = if app.at_front() { K::HandEmpty } else { K::CaseViewNotAlong };
    let absent = || view! { <span class="quiet">{t(nothing)}</span> }.into_any();
    let customer = match &case.customer {
        None => absent(),
        Some(c) if c.is_anonymous() => t(K::CaseViewAnonymous).into_any(),
        Some(c) => {
            let phone = format::number_to_keep(c.phone.expose());
            let phone = if phone.is_empty() { c.phone.expose().clone() } else { phone };
            let parts: Vec<String> = [c.name.expose().clone(), phone, c.email.expose().clone()]
                .into_iter()
                .filter(|p| !p.trim().is_empty())
                .collect();
            let protected =
                case.protected.masks().then(|| badge((Shape::Diamond, "warn"), t(K::PhoneProtected)));
            view! { {parts.join(" · ")}" "{protected} }.into_any()
        }
    };
    let note =
        case.note.clone().map_or_else(absent, |n| view! { <p class="pre">{n.into_inner()}</p> }.into_any());
    let place = case.place.clone().filter(|p| !p.expose().is_empty());
    let articles = case
        .articles
        .iter()
        .enumerate()
        .map(|(at, id)| {
            // A service of an earlier release tells no titles.
            let name = case.article_titles.get(at).cloned();
            let (id, name) = (id.clone(), name.unwrap_or_else(|| super::knowledge::title(app, id)));
            let open = move |_| app.reading.set(Some(crate::state::Reading::Article(id.clone())));
            view! { <button type="button" class="chip" on:click=open>{name}</button> }
        })
        .collect_view();
    view! {
        <dl class="facts wide-facts">
            {fact(t(K::CaseViewCustomer), customer)}
            {fact(t(K::CaseNote), note)}
            {place.map(|p| fact(t(K::CasePlace), p.into_inner()))}
            {case.follow_up.as_ref().map(|wish| fact(t(K::CaseFollowUp), follow_up(app, wish)))}
            {case
                .fields
                .iter()
                .map(|(label, value)| view! {
                    <div class="fact"><dt>{label.clone()}</dt><dd>{value.expose().clone()}</dd></div>
                })
                .collect_view()}
            {(!case.checked.is_empty()).then(|| {
                let lines = case.checked.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
                fact(t(K::CaseViewChecked), view! { <ul class="checked">{lines}</ul> })
            })}
            {(!case.articles.is_empty()).then(|| fact(t(K::CaseViewArticles), articles))}
        </dl>
    }
    .into_any()
}

/// The reply that the customer chose, and by when it was promised.
fn follow_up(app: App, wish: &FollowUpWish) -> String {
    let how = wish.channel.map_or_else(|| t(K::CaseFollowNone).to_owned(), |how| channel(how).to_owned());
    match wish.before {
        Some(before) => {
            format!(
                "{how} · {}",
                tf(K::HandAnswerBy, &[("when", &format::when(before, app.now.get_untracked()))])
            )
        }
        None => how,
    }
}

fn actions(reader: Reader, case: &CaseView) -> AnyView {
    let can = |action: CaseAction| case.actions.contains(&action);
    let app = reader.app;
    let handed = !case.handoffs.is_empty();
    let confirms = can(CaseAction::Confirm);
    let asked = case.summary.status == CaseStatus::Confirming;
    if case.actions.is_empty() && !asked && !case.questions.iter().any(|q| q.can_reply || q.can_withdraw) {
        return ().into_any();
    }
    let accept = move || {
        if let Some(at) = reader.at() {
            reader.send::<CaseAccept>(&at, ids::ANSWER_TEXT, |_| ());
        }
    };
    let close = move || {
        if let Some(at) = reader.at() {
            reader.send::<CaseClose>(&at, ids::CASE_VIEW, |_| ());
        }
    };
    let take_back = move |_| {
        if let Some(at) = reader.at() {
            reader.send::<CaseTakeBack>(&at, ids::CASE_VIEW, |_| ());
        }
    };
    let renew_link = move |_| {
        if let Some(at) = reader.at() {
            reader.send::<CaseRenewLink>(&at, ids::CASE_VIEW, |_| ());
        }
    };
    let confirm = move || {
        if let Some(case) = reader.at() {
            let request = ConfirmCase { case, not_satisfied: None };
            reader.send::<CaseConfirm>(&request, ids::CASE_VIEW, |_| ());
        }
    };
    let why_id = if can(CaseAction::GiveBack) { ids::GIVE_BACK_WHY } else { ids::GIVE_BACK_REASON };
    let why = move || {
        reader.writing.asks.set(None);
        reader.writing.giving_back.set(true);
        edge::focus(why_id);
    };
    let prepare = move || {
        if let Some(text) = reader.case.with_untracked(|c| c.as_ref().map(|c| text(app, c))) {
            let handing = app.rooted(Handing::new);
            handing.ask(app, text);
            reader.handing.set(Some(handing));
            edge::focus(ids::PREVIEW);
        }
    };
    let open = move |asks, first| {
        reader.writing.done();
        reader.writing.asks.set(Some(asks));
        reader.writing.giving_back.set(true);
        edge::focus(first);
    };
    // Of these a case allows one.
    let asks = if confirms {
        Some(Asks::Satisfied)
    } else if can(CaseAction::GiveBack) {
        Some(Asks::GiveBack)
    } else if can(CaseAction::Reopen) {
        Some(Asks::Reopen)
    } else {
        can(CaseAction::Park).then_some(Asks::Rest)
    };
    let reasons = case.return_reasons.clone();
    let colleagues: Vec<_> =
        case.colleagues.iter().map(|(id, name)| (id.clone(), name.expose().clone())).collect();
    let replies: Vec<_> =
        case.questions.iter().filter(|q| q.can_reply).map(|q| (q.id.to_string(), String::new())).collect();
    let open_ones: Choices = case
        .questions
        .iter()
        .filter(|q| q.can_withdraw)
        .map(|q| (q.id.to_string(), case_past::whom(app, q)))
        .collect();
    let withdraws = !open_ones.is_empty();
    let (groups, others) = consulted(app, case);
    let (assigns, rests) = (!colleagues.is_empty(), can(CaseAction::Park));
    let (informs, asks_others, answers) = (!groups.is_empty(), !others.is_empty(), !replies.is_empty());
    // What is no longer to be asked is not asked.
    let asking = Memo::new(move |_| {
        let allowed = |asks: &Asks| match asks {
            Asks::Assign => assigns,
            Asks::Ask => asks_others,
            Asks::Reply => answers,
            Asks::Withdraw => withdraws,
            Asks::Inform => informs,
            _ => rests,
        };
        let asked = match reader.writing.asks.get() {
            None => asks,
            other => other.filter(allowed),
        };
        asked.filter(|_| reader.writing.giving_back.get())
    });
    let first = if can(CaseAction::Answer) || !can(CaseAction::Close) { "" } else { "primary" };
    view! {
        <div class="case-foot" data-busy=move || reader.busy.get().to_string()>
            {can(CaseAction::Answer).then(|| view! {
                {move || (reader.writing.ready.get() && asking.get().is_none() && !reader.writing.rewriting.get()).then(|| answer(reader, handed))}
            })}
            {asked.then(|| {
                view! { <p class="note-box">{t(if confirms { K::ActConfirmAsk } else { K::ActConfirmWaits })}</p> }
            })}
            // One thing at a time: the keys of what else could be done are those of the text that is changed.
            <div class="foot-row" hidden=move || reader.writing.rewriting.get()>
                {can(CaseAction::Accept).then(|| button(app, ids::ACCEPT, "primary", t(K::ActAccept), Action::Accept, accept))}
                {can(CaseAction::Undo).then(|| {
                    button(app, ids::UNDO, "", t(K::ActUndo), Action::Undo, move || reader.undo())
                })}
                {can(CaseAction::HandOff).then(|| button(app, ids::HAND_OVER, "", t(K::ActHandOff), Action::HandOver, prepare))}
                {can(CaseAction::GiveBack).then(|| {
                    button(app, ids::GIVE_BACK, "", t(K::ActGiveBack), Action::GiveBack, why)
                })}
                {assigns.then(|| view! {
                    <button type="button" id=ids::ASSIGN on:click=move |_| open(Asks::Assign, ids::WHO)>{t(K::ActAssign)}</button>
                })}
                {answers.then(|| button(app, ids::REPLY, "primary", t(K::ActReply), Action::Reply, move || open(Asks::Reply, ids::GIVE_BACK_REASON)))}
                {asks_others.then(|| button(app, ids::ASK, "", t(K::ActAsk), Action::Ask, move || open(Asks::Ask, ids::WHO)))}
                {withdraws.then(|| view! {
                    <button type="button" id=ids::WITHDRAW on:click=move |_| open(Asks::Withdraw, ids::WHO)>{t(K::ActWithdraw)}</button>
                })}
                {informs.then(|| view! {
                    <button type="button" id=ids::INFORM on:click=move |_| open(Asks::Inform, ids::WHO)>{t(K::ActInform)}</button>
                })}
                {can(CaseAction::Rewrite).then(|| view! {
                    <button type="button" id=ids::REWRITE on:click=move |_| case_rewrite::begin(reader, ids::SUBJECT)>{t(K::ActRewrite)}</button>
                })}
                {can(CaseAction::Unpark).then(|| view! {
                    <button type="button" id=ids::UNPARK on:click=move |_| case_asks::park(reader, None)>{t(K::ActUnpark)}</button>
                })}
                {can(CaseAction::TakeBack).then(|| view! {
                    <button type="button" id=ids::TAKE_BACK on:click=take_back>{t(K::ActTakeBack)}</button>
                })}
                {can(CaseAction::RenewLink).then(|| view! {
                    <button type="button" id=ids::RENEW_LINK on:click=renew_link>{t(K::ActRenewLink)}</button>
                })}
                {can(CaseAction::Park).then(|| view! {
                    <button type="button" id=ids::PARK on:click=move |_| open(Asks::Rest, ids::PARK_UNTIL)>{t(K::ActPark)}</button>
                })}
                {confirms.then(|| button(app, ids::CLOSE_CASE, "primary", t(K::ActConfirm), Action::CloseCase, confirm))}
                {confirms.then(|| button(app, ids::GIVE_BACK, "", t(K::ActNotSatisfied), Action::GiveBack, why))}
                {can(CaseAction::Reopen).then(|| button(app, ids::GIVE_BACK, "", t(K::ActReopen), Action::GiveBack, why))}
                {can(CaseAction::Close).then(|| button(app, ids::CLOSE_CASE, first, t(K::ActClose), Action::CloseCase, close))}
            </div>
            {move || asking.get().map(|asks| {
                let known = match asks {
                    Asks::Assign => &colleagues,
                    Asks::Ask => &others,
                    Asks::Reply => &replies,
                    Asks::Withdraw => &open_ones,
                    Asks::Inform => &groups,
                    _ => &reasons,
                };
                case_asks::view(reader, asks, known)
            })}
            {move || reader.writing.rewriting.get().then(|| case_rewrite::view(reader))}
        </div>
    }
    .into_any()
}

/// Id and name of each that one may choose.
type Choices = Vec<(String, String)>;

/// The groups that can be told, and all who can be asked.
fn consulted(app: App, case: &CaseView) -> (Choices, Choices) {
    let groups: Vec<_> = if case.actions.contains(&CaseAction::Consult) {
        let other = |id: &ResponseGroupId| case.summary.group.as_ref() != Some(id);
        app.structure.with_untracked(|s| {
            let others = s.groups.iter().filter(|group| other(&group.id) && !group.outside);
            others.map(|group| (group.id.to_string(), group.name.clone())).collect()
        })
    } else {
        Vec::new()
    };
    let mut asked = groups.clone();
    if case.actions.contains(&CaseAction::Ask) {
        let own = [(case_asks::CUSTOMER, K::ActAskCustomer), (case_asks::FRONT, K::ActAskFront)];
        asked.splice(0..0, own.map(|(id, name)| (id.to_owned(), t(name).to_owned())));
    }
    (groups, asked)
}

fn answer(reader: Reader, officer: bool) -> AnyView {
    let save = move || {
        let text = reader.writing.answer.get_untracked();
        if text.trim().is_empty() {
            return edge::focus(ids::ANSWER_TEXT);
        }
        if let Some(case) = reader.at() {
            let request = AnswerCase {
                case,
                text: Personal::new(text),
                channel: reader.writing.channel.get_untracked(),
            };
            reader.send::<CaseAnswer>(&request, ids::CLOSE_CASE, Answering::clear);
        }
    };
    let value = move || wire(reader.writing.channel.get());
    let class = if officer { "primary" } else { "" };
    view! {
        // What is typed after it was sent would not be in it.
        <div class="answering" inert=move || reader.busy.get()>
            <div class="field wide">
                <label for=ids::ANSWER_TEXT>{t(K::ActAnswerText)}</label>
                <textarea id=ids::ANSWER_TEXT rows="3" maxlength="8000" autocomplete="off" prop:value=move || reader.writing.answer.get()
                    on:input=typed(move |text| {
                        reader.writing.answer.set(text);
                        reader.writing.typed(reader.app);
                    })></textarea>
                {room(8_000, move || reader.writing.answer.with(|text| units(text)))}
            </div>
            <div class="foot-row">
                <div class="field inline">
                    <label for=ids::ANSWER_CHANNEL>{t(K::ActAnswerChannel)}</label>
                    <select id=ids::ANSWER_CHANNEL prop:value=value
                        on:change=typed(move |name| if let Some(c) = i18n::channel_from(&name) {
                            reader.writing.channel.set(c);
                            reader.writing.typed(reader.app);
                        })>
                        {CHANNELS
                            .into_iter()
                            .map(|c| view! { <option value=wire(c) selected=move || value() == wire(c)>{channel(c)}</option> })
                            .collect_view()}
                    </select>
                </div>
                {button(reader.app, ids::ANSWER_SAVE, class, t(K::ActAnswerGo), Action::Register, save)}
                <span class="grow"></span>
                {case_form::saved(reader.writing.keeping, "")}
            </div>
        </div>
    }
    .into_any()
}

// What was written, as a preview needs it. Own fields come back by their labels.
pub(super) fn text(app: App, case: &CaseView) -> CaseText {
    let fields = app.structure.with_untracked(|s| {
        let own = s.case_type(&case.summary.case_type).map(|c| c.fields.clone()).unwrap_or_default();
        case.fields
            .iter()
            .filter_map(|(label, value)| {
                let field = own.iter().find(|f| f.label == *label)?.id.clone();
                Some(FieldValue { field, value: value.clone() })
            })
            .collect()
    });
    CaseText {
        case_type: case.summary.case_type.clone(),
        customer: case.customer.clone().unwrap_or_default(),
        subject: case.summary.subject.clone().unwrap_or_default(),
        note: case.note.clone().unwrap_or_default(),
        place: case.place.clone().unwrap_or_default(),
        fields,
        checked: Vec::new(),
        follow_up: None,
    }
}

fn hand_over(reader: Reader, handing: Handing) -> AnyView {
    let app = reader.app;
    let written = Callback::new(move |()| reader.case.with_untracked(|c| c.as_ref().map(|c| text(app, c))));
    let back = Callback::new(move |()| {
        reader.handing.set(None);
        edge::focus(ids::HAND_OVER);
    });
    let send = Callback::new(move |()| {
        let number = reader.case.with_untracked(|c| c.as_ref().map(|c| c.summary.number));
        if let (Some(at), Some(number)) = (reader.at(), number) {
            handing.send_case(app, at, number, move || {
                reader.handing.set(None);
                reader.read(at.case_id);
            });
        }
    });
    // What is missing is written where the texts are changed, for as long as they can be.
    let jump = Callback::new(move |id: String| {
        let can = |case: &CaseView| case.actions.contains(&CaseAction::Rewrite);
        if !reader.case.with_untracked(|case| case.as_ref().is_some_and(can)) {
            return app.tell(t(K::ActRewriteNot).to_owned());
        }
        reader.handing.set(None);
        case_rewrite::begin(reader, &id);
    });
    handover::view(app, handing, written, back, send, jump, handing.busy)
}
