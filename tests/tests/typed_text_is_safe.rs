//! Nothing that an agent typed is lost.

use stories::errand;
use stories::peers::desk::Desk;

#[tokio::test]
async fn a_draft_is_back_after_a_power_cut() {
    let Some(mut desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    desk.page.press("Alt+N").await;
    desk.page
        .awaits("the caret in Det gäller", || async {
            (desk.page.focused_id().await == "subject").then_some(())
        })
        .await;
    desk.page.types("granskning av plank").await;
    desk.page.tab_to("note").await;
    desk.page.types("Grannen ringde om ett plank på två meter.").await;
    desk.page.sees("Utkast sparat").await;
    // The word may be of the text a moment ago: the last letters are on disk within a second.
    desk.page
        .awaits("the draft on disk", || async {
            let text = desk.page.client.execute(SAVED, vec![]).await.ok()?;
            text.as_bool()?.then_some(())
        })
        .await;
    desk.kill().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("granskning av plank").await;
    let note = desk.page.element("#note").await.prop("value").await.unwrap();
    assert_eq!(note.as_deref(), Some("Grannen ringde om ett plank på två meter."));
}

/// The interface says that it is saving until the last letter is on disk.
const SAVED: &str = "return !document.body.innerText.includes('Sparar utkastet')";
