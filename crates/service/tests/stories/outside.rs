//! Groups outside the system: a letter with a link, and a page where they accept, answer or give back.

use crate::common::smtp::{MailServer, Mood, body};
use crate::common::{Desk, Town, client, handed_over, seed};
use contract::cases::{CaseAt, GiveBackCase, RegisterCase};
use contract::{CaseGiveBack, Code};
use domain::case::CaseStatus;
use domain::contact::Channel;
use domain::handoff::Include;
use service::{PostConfig, PostEncryption, ServiceConfig};

pub(crate) fn by_post(config: &mut ServiceConfig, server: &MailServer) {
    config.post = Some(PostConfig {
        server: "127.0.0.1".into(),
        port: server.address.port(),
        encryption: PostEncryption::None,
        authorities: None,
        login: None,
        from: "Prov <svar@example.se>".into(),
        address: "https://svar.example.se/".into(),
        patience: service::PATIENCE,
    });
    config.hosts = vec!["svar.example.se".into()];
    // What is told here goes over days.
    config.session_hours = 168;
}

/// With the building group outside the system.
pub(crate) fn seeded_outside(config: &mut ServiceConfig) {
    let mut seed = seed::seed();
    for group in &mut seed.structure.groups {
        if group.id.as_str() == "bygglov" {
            (group.outside, group.email) = (true, Some("bygg@example.se".into()));
        }
    }
    config.seed = Some(seed);
}

/// The building group is a contractor that is reached by e-mail.
pub(crate) async fn town(server: &MailServer) -> Town {
    town_that(server, false).await
}

/// The same, that asks the customer before it closes a case.
pub(crate) async fn town_that(server: &MailServer, confirms: bool) -> Town {
    Town::start_with(|config| {
        seeded_outside(config);
        if let Some(seed) = &mut config.seed {
            seed.structure.case_types[0].confirm_before_close = confirms;
        }
        by_post(config, server);
    })
    .await
}

pub(crate) async fn hands_over(town: &Town, agent: &Desk, request: &RegisterCase) {
    let mut events = agent.events().await;
    agent.register(request).await;
    town.clock.advance(10_000);
    events.until_case(request.case_id, CaseStatus::HandedOver).await;
}

/// The path of the link in a letter.
pub(crate) fn link(letter: &str) -> String {
    let body = body(letter);
    let at = body.find("https://svar.example.se/lank/").unwrap();
    body[at..].split_whitespace().next().unwrap().strip_prefix("https://svar.example.se").unwrap().to_owned()
}

pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) page: String,
    pub(crate) location: Option<String>,
}

pub(crate) async fn answered(request: reqwest::RequestBuilder) -> Answered {
    let response = request.send().await.unwrap();
    let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    Answered { status: response.status().as_u16(), page: response.text().await.unwrap(), location }
}

pub(crate) fn stays() -> reqwest::Client {
    drop(client());
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) async fn open(town: &Town, path: &str) -> Answered {
    answered(stays().get(town.url(path))).await
}

pub(crate) async fn send(town: &Town, path: &str, form: &str) -> Answered {
    let request = stays().post(town.url(path)).header("content-type", "application/x-www-form-urlencoded");
    answered(request.body(form.to_owned())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_accounts_accepts_and_answers_by_links_that_each_hold_once() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    let letter = server.letters(1).await.remove(0);
    let number = agent.case(request.case_id).await.unwrap().summary.number.to_string();
    assert!(letter.contains("To: bygg@example.se") && body(&letter).contains(&number), "{letter}");
    for personal in ["Karin", "174 06", "altan", "höjden", "Storgatan"] {
        assert!(!body(&letter).contains(personal) && !letter.contains(personal), "{personal} in {letter}");
    }

    // Reading uses nothing: mail filters open links.
    let path = link(&letter);
    for _ in 0..2 {
        let page = open(&town, &path).await;
        assert_eq!(page.status, 200);
        for shown in ["Bygga altan", "Karin Exempel", "undrar om höjden", "Storgatan 1", "Ta emot ärendet"]
        {
            assert!(page.page.contains(shown), "{shown}");
        }
    }
    let accepted = send(&town, &path, "step=accept").await;
    assert_eq!(accepted.status, 303);
    let next = accepted.location.unwrap();
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::Accepted);
    assert_eq!(view.history.last().unwrap().by.as_ref().unwrap().expose(), "Gruppen bygglov");
    // The same link is in the letter that goes now.
    assert_eq!(link(&server.letters(2).await[1]), next);

    // The first is used, also for something else.
    let again = send(&town, &path, "step=give_back&why=fel-grupp").await;
    assert_eq!(again.status, 410);
    assert!(again.page.contains("redan använd") && again.page.contains("Ingenting har ändrats"));
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.version, view.summary.version);

    let empty = send(&town, &next, "step=answer&channel=letter&text=+").await;
    assert_eq!(empty.status, 422);
    assert!(empty.page.contains("Något saknas"));
    let done = send(&town, &next, "step=answer&channel=letter&text=Nej%2C+ni+beh%C3%B6ver+inget+lov").await;
    assert_eq!(done.status, 200);
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!((view.summary.status, view.answer_channel), (CaseStatus::Answered, Some(Channel::Letter)));
    assert_eq!(view.answer.unwrap().expose(), "Nej, ni behöver inget lov");
    assert_eq!(open(&town, &next).await.status, 410);
    assert_eq!(server.asked_so_far(), 2);
    // Nobody can sign in as the group.
    let guest = town.guest();
    let as_group = contract::session::SignIn { user: "*bygglov".into(), password: "".into() };
    assert_eq!(guest.change::<contract::SignIn>(&as_group).await.unwrap_err(), Code::WrongCredentials);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_not_satisfied_brings_the_group_a_new_link() {
    let mut server = MailServer::start().await;
    let town = town_that(&server, true).await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    send(&town, &link(&server.letters(1).await[0]), "step=accept").await;
    let by = link(&server.letters(2).await[1]);
    assert_eq!(send(&town, &by, "step=answer&channel=letter&text=Ja").await.status, 200);
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::Confirming);
    let case = contract::cases::CaseAt { case_id: request.case_id, version: view.summary.version };
    let confirm = contract::cases::ConfirmCase { case, not_satisfied: Some("Fel tomt".into()) };
    let view = agent.change::<contract::CaseConfirm>(&confirm).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::Accepted);
    let next = link(&server.letters(3).await[2]);
    assert_eq!(send(&town, &next, "step=answer&channel=call&text=Ringde").await.status, 200);
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.status, CaseStatus::Confirming);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gives_back_by_link_with_a_reason_of_the_list() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let mut request = handed_over();
    request.handoff.as_mut().unwrap().include = Include { fields: true, customer: true, ..Include::NONE };
    hands_over(&town, &agent, &request).await;
    let path = link(&server.letters(1).await[0]);
    let page = open(&town, &path).await.page;
    assert!(!page.contains("Bygga altan") && !page.contains("höjden"), "what did not go along");
    assert!(page.contains("Karin Exempel") && page.contains("Fel grupp"));
    for lacks in ["step=give_back&why=", "step=give_back&why=annat&text=+", "step=give_back&why=hittar-pa"] {
        let page = send(&town, &path, lacks).await;
        assert_eq!(page.status, 422, "{lacks}");
    }
    let form = "step=give_back&why=annat&text=%3Cscript%3EMarken+%C3%A4r+er";
    assert_eq!(send(&town, &path, form).await.status, 200);
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!((view.summary.status, view.returns), (CaseStatus::Open, 1));
    assert_eq!(view.handoffs[0].reason.as_ref().unwrap().expose(), "<script>Marken är er");
    assert_eq!(open(&town, &path).await.status, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_altered_late_or_of_another_time_does_nothing_and_says_so() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let (first, second) = (handed_over(), handed_over());
    hands_over(&town, &agent, &first).await;
    hands_over(&town, &agent, &second).await;
    let letters = server.letters(2).await;
    let (path, other) = (link(&letters[0]), link(&letters[1]));
    let version = agent.case(first.case_id).await.unwrap().summary.version;
    let last = if path.ends_with('0') { "1" } else { "0" };
    // Its own with another sign, its own with the other's signature, the other's time, none, and too much.
    let altered = [
        format!("{}{last}", &path[..path.len() - 1]),
        format!("{}{}", &path[..path.len() - 64], &other[other.len() - 64..]),
        format!("{}{}", &path[..path.len() - 80], &other[other.len() - 80..]),
        "/lank/0".to_owned(),
        format!("{path}00"),
    ];
    for path in altered {
        let page = send(&town, &path, "step=accept").await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.page.contains("inte hel, eller ändrad") && page.page.contains("Ingenting har ändrats"));
    }
    assert_eq!(agent.case(first.case_id).await.unwrap().summary.version, version);
    // Another page may not send the form.
    let foreign = stays().post(town.url(&path)).header("origin", "https://evil.example").body("step=accept");
    assert_eq!(answered(foreign).await.status, 403);

    // Not accepted in time: the case is back, and the link is over.
    let mut events = agent.events().await;
    town.clock.advance(2 * 3_600_000);
    events.until_case(first.case_id, CaseStatus::Open).await;
    let page = send(&town, &path, "step=accept").await;
    assert_eq!(page.status, 410);
    assert!(page.page.contains("har gått ut"), "{}", page.page);
    assert_eq!(agent.case(first.case_id).await.unwrap().summary.status, CaseStatus::Open);

    // Whoever tries on and on is slowed down.
    let mut refused = false;
    for n in 0..40 {
        refused |= open(&town, &format!("/lank/{n}")).await.status == 429;
    }
    assert!(refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_a_handoff_that_is_over_does_nothing() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    let path = link(&server.letters(1).await[0]);
    // Somebody of the group who has an account was before.
    let version = officer.case(request.case_id).await.unwrap().summary.version;
    let case = CaseAt { case_id: request.case_id, version };
    let back = GiveBackCase { case, why: "fel-grupp".parse().unwrap(), reason: "".into() };
    officer.change::<CaseGiveBack>(&back).await.unwrap();
    let page = send(&town, &path, "step=accept").await;
    assert_eq!(page.status, 410);
    assert!(page.page.contains("inte ärendet längre"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_by_the_same_link_are_one() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    let path = link(&server.letters(1).await[0]);
    let (a, b) =
        tokio::join!(send(&town, &path, "step=accept"), send(&town, &path, "step=give_back&why=fel-grupp"));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert!(statuses[1] == 410 || statuses == [303, 410], "{statuses:?}");
    assert!(statuses[0] == 200 || statuses[0] == 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_waits_for_a_mail_server_and_goes_once() {
    let mut server = MailServer::start().await;
    server.moods(&[Mood::Later]);
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    server.asked(1).await;
    // What waits is in the store: it is sent by the service that starts next, at its time.
    let town = town.restart_as(|config| by_post(config, &server)).await;
    assert_eq!(server.asked_so_far(), 1);
    town.clock.advance(60_000);
    let letters = server.letters(1).await;
    assert_eq!((letters.len(), server.asked_so_far()), (1, 2));
    // And never again.
    let town = town.restart_as(|config| by_post(config, &server)).await;
    town.clock.advance(3_600_000);
    let next = handed_over();
    let agent = town.sign_in("agent").await;
    hands_over(&town, &agent, &next).await;
    assert_eq!(server.letters(2).await.len(), 2, "the next one's alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_may_have_gone_is_not_sent_again_and_the_case_comes_back() {
    let mut server = MailServer::start().await;
    server.moods(&[Mood::Silent]);
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    server.letters(1).await;
    let town = town.restart_as(|config| by_post(config, &server)).await;
    let mut events = agent_events(&town).await;
    town.clock.advance(2 * 3_600_000);
    events.until_case(request.case_id, CaseStatus::Open).await;
    assert_eq!(server.asked_so_far(), 1);
    // A refusal is no reason to try again either.
    server.moods(&[Mood::Never]);
    let next = handed_over();
    let agent = town.sign_in("agent").await;
    hands_over(&town, &agent, &next).await;
    server.asked(2).await;
    town.clock.advance(30 * 60_000);
    let last = handed_over();
    hands_over(&town, &agent, &last).await;
    assert_eq!(server.letters(2).await.len(), 2);
    assert_eq!(server.asked_so_far(), 3);
}

async fn agent_events(town: &Town) -> crate::common::Events {
    town.sign_in("agent").await.events().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_customer_is_told_to_nobody_outside() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let mut request = handed_over();
    request.text.customer.name = "Sigrid Skyddad".into();
    request.text.customer.phone = "070-174 06 12".into();
    hands_over(&town, &agent, &request).await;
    let letter = server.letters(1).await.remove(0);
    let page = open(&town, &link(&letter)).await.page;
    for personal in ["Sigrid", "174 06", "Storgatan", "undrar om", "altan"] {
        assert!(!page.contains(personal) && !body(&letter).contains(personal), "{personal}");
    }
    assert!(page.contains("Kontaktcentret når kunden"));
}
