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

#[tokio::test]
async fn every_control_of_the_errand_has_a_name() {
    let Some(desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    errand::becomes_ready(&desk.page).await;
    let idle = accessibility::tree().await;
    assert_named(&idle, &["Sök allt", "Ditt läge: Klar", "Låt nästa invånare ringa", "Nytt ärende"]);
    desk.page.press("Alt+X").await;
    errand::is_offered(&desk.page).await;
    let offered = accessibility::tree().await;
    assert_named(&offered, &["Svara", "Avböj", "Telefon"]);
    errand::answers(&desk.page).await;
    let call = accessibility::tree().await;
    assert_named(
        &call,
        &[
            "Lägg på",
            "Parkera",
            "Det gäller",
            "Ärendetyp",
            "Anteckning",
            "Resultat",
            "Registrera",
            "Lämna över",
        ],
    );
    for tree in [&idle, &offered, &call] {
        assert_eq!(accessibility::nameless(tree), Vec::<&Node>::new());
    }
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
