//! What a screen reader reaches of the real window.

use stories::errand;
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
