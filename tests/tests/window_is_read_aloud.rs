//! What a screen reader reaches of the real window.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a story that cannot go on fails"
)]

use stories::errand::{self, DECK};
use stories::peers::accessibility::{self, Node};
use stories::peers::desk::Desk;

/// Reads the window: these are among what can be reached, and no control lacks a name.
async fn reads(names: &[&str]) {
    let tree = accessibility::tree().await;
    assert_named(&tree, names);
    assert_eq!(accessibility::nameless(&tree), Vec::<&Node>::new());
}

#[tokio::test]
async fn every_control_of_the_errand_has_a_name() {
    let Some(desk) = Desk::practising().await else { return };
    let page = &desk.page;
    errand::works(page).await;
    errand::becomes_ready(page).await;
    reads(&["Sök allt", "Ditt läge: Klar", "Låt nästa invånare ringa", "Nytt ärende"]).await;
    page.press("Alt+X").await;
    errand::is_offered(page).await;
    reads(&["Svara", "Avböj", "Telefon"]).await;
    errand::answers(page).await;
    reads(&[
        "Lägg på",
        "Parkera",
        "Det gäller",
        "Ärendetyp",
        "Anteckning",
        "Resultat",
        "Registrera",
        "Lämna över",
    ])
    .await;

    // What comes up, what is read of it, and that it was used.
    page.types(DECK.subject).await;
    page.element(&format!("h3 + ul > li:first-child > .suggestion[data-id=\"{}\"]", DECK.article)).await;
    reads(&["Förslag", "Bygga altan"]).await;
    page.press("Alt+1").await;
    page.element("#use-article").await;
    reads(&["Till förslagen", "Använd i ärendet"]).await;
    page.press("Alt+U").await;
    page.element("#use-article[aria-pressed=true]").await;
    reads(&["Ta bort Bygga altan"]).await;

    // The list of types, then what the chosen one asks for.
    page.tab_to("case-type").await;
    page.types(DECK.case_type).await;
    page.element("#case-type-list [role=option][aria-selected=true]").await;
    reads(&[DECK.case_type]).await;
    page.press("Enter").await;
    errand::has_caret_in(page, "note").await;
    page.types(DECK.note).await;
    page.tab_to("customer-name").await;
    page.types(DECK.name).await;
    let number = page.element("#customer-phone").await;
    number.clear().await.unwrap();
    number.send_keys("070-174 06 12").await.unwrap();
    page.tab_to(DECK.field.0).await;
    page.types(DECK.field.1).await;
    reads(&[
        "Namn",
        "Telefon",
        "E-post",
        "Plats",
        "Återkoppling",
        "Fastighetsbeteckning eller adress",
        "Vad ska göras",
        "Har arbetet redan börjat?",
        "Kanal",
    ])
    .await;

    page.press("Alt+L").await;
    page.element("#send:enabled").await;
    reads(&["Lämnas till", "Det gäller", "Kunden", "Anteckningen", "Ärendet hos", "Skicka", "Tillbaka"])
        .await;
    page.press("Ctrl+Enter").await;
    page.element("#undo").await;
    reads(&["Ångra"]).await;
    page.sees("är lämnat till").await;
    reads(&["Öppna"]).await;
    errand::hangs_up(page).await;
    reads(&["En minut till", "Klar för nästa"]).await;
}

#[tokio::test]
async fn twice_as_large_the_errand_stays_in_reach() {
    let Some(desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    errand::becomes_ready(&desk.page).await;
    // A step is a fifth (WCAG 1.4.4 asks for 200 %).
    for _ in 0..5 {
        desk.page.press("Ctrl++").await;
    }
    let numbers = async |script: &str| {
        let told = desk.page.client.execute(script, vec![]).await.unwrap();
        told.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>()
    };
    desk.page
        .awaits("a window of half the width", || async {
            (numbers("return [innerWidth, outerWidth]").await[0] <= 680.0).then_some(())
        })
        .await;
    // However far down in a case one is, the caller is in sight.
    errand::begins_a_case(&desk.page).await;
    desk.page.tab_to("note").await;
    let place = "return [document.getElementById('note').getBoundingClientRect().top]";
    let before = numbers(place).await[0];
    desk.page.press("Alt+X").await;
    errand::is_offered(&desk.page).await;
    // Nor does it take away the line that is being written.
    desk.page
        .awaits("the note where it stood", || async {
            ((numbers(place).await[0] - before).abs() < 1.5).then_some(())
        })
        .await;
    let strip = "const at = document.querySelector('.call-strip').getBoundingClientRect(); \
                 const practice = document.querySelector('.practice').getBoundingClientRect(); \
                 return [at.top - practice.bottom + 1, innerHeight / 2 - at.bottom]";
    desk.page
        .awaits("the offered call in sight", || async {
            numbers(strip).await.into_iter().all(|room| room >= 0.0).then_some(())
        })
        .await;
    for known in ["Samtal", "Säg", "Svara", "Avböj"] {
        assert!(desk.page.element(".call-strip").await.text().await.unwrap().contains(known), "{known}");
    }
    desk.page.picture("twice-as-large-offered").await;
    errand::answers(&desk.page).await;
    desk.page.types(DECK.subject).await;
    desk.page.element(&format!(".suggestion[data-id=\"{}\"]", DECK.article)).await;
    desk.page.picture("twice-as-large").await;
    for id in ["subject", "case-type", "note", "customer-name", "register", "hand-over"] {
        desk.page.tab_to(id).await;
        let sides = format!(
            "const at = document.getElementById('{id}').getBoundingClientRect(); \
             const call = document.querySelector('.call-strip').getBoundingClientRect(); \
             return [at.left, innerWidth - at.right, at.top - call.bottom, innerHeight - at.bottom, call.top]"
        );
        desk.page
            .awaits(&format!("the whole of {id} in sight"), || async {
                numbers(&sides).await.into_iter().all(|room| room >= 0.0).then_some(())
            })
            .await;
    }
    desk.page.picture("twice-as-large-end").await;
}

/// A button's name may go on with its key: `Svara F2`.
fn assert_named(tree: &[Node], names: &[&str]) {
    for name in names {
        assert!(
            tree.iter().any(|node| node.name.starts_with(name)),
            "nothing is named {name:?} among {:?}",
            tree.iter().map(|node| &node.name).filter(|name| !name.is_empty()).collect::<Vec<_>>()
        );
    }
}
