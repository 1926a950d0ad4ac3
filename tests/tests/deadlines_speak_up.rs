//! A deadline that runs out is marked where it is worked on, and who has seen it is told, in two browsers.

use stories::errand;
use stories::peers::browser::Page;
use stories::peers::service::Service;

/// Registers what a resident says of the home help, and hands it over.
async fn hands_over(agent: &Page) {
    errand::begins_a_case(agent).await;
    agent.types("fel tider").await;
    agent.tab_to("case-type").await;
    agent.types("Synpunkt på hemtj").await;
    agent.press("Enter").await;
    agent.tab_to("note").await;
    agent.types("Kommer när hon sover").await;
    agent.tab_to("customer-name").await;
    agent.types("Kim Ekdahl").await;
    agent.tab_to("customer-phone").await;
    agent.types("070-174 06 05").await;
    agent.press("Alt+L").await;
    agent.element("#send:enabled").await;
    agent.press("Ctrl+Enter").await;
    agent.sees("lämnas till").await;
}

#[tokio::test]
async fn a_deadline_that_ran_out_while_the_service_was_away_is_marked_and_seen_by_name() {
    let mut service = Service::start_with("").await;
    let Some(agent) = Page::browser("agent", &service.address()).await else { return };
    let Some(officer) = Page::browser("officer", &service.address()).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    let account = "handlaggare.hemtjanst";
    errand::sign_in(&officer, account, service.password(account)).await;
    hands_over(&agent).await;
    officer.element(".inbox-row").await.click().await.unwrap();
    officer.element("#accept").await;
    officer.press("Alt+A").await;
    officer.element("#answer-text").await.send_keys("Vi ändrar").await.unwrap();
    officer.sees("sparat").await;

    service.program.kill().await;
    service.lets_answers_run_out();
    service.start_again().await;

    officer.element(".inbox-row [data-alarm=overdue]").await;
    officer.sees("Förfallet: svara kunden senast").await;
    officer.picture("overdue").await;
    assert_eq!(officer.accessibility_breaches().await, Vec::<String>::new());
    officer.press("Alt+J").await;
    officer.sees("Sett av").await;
    officer.picture("seen").await;
    assert_eq!(officer.focused_id().await, "answer-text", "whoever is writing goes on");
    let kept = officer.execute("return document.getElementById('answer-text').value").await;
    assert_eq!(kept, "Vi ändrar", "what was being written is there");
    agent.element(".case-line [data-alarm=overdue]").await;
    agent.sees("Sett av").await;
    agent.picture("seen by the group").await;
    assert_eq!(service.count("alarm"), 1);
}
