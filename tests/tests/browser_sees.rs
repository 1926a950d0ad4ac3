//! The stories' own browser: what it claims of a page is so.

use stories::peers::browser::Page;

const PAGE: &str = "data:text/html;charset=utf-8,<html lang=sv><title>Prov</title><main><h1>Prov</h1>\
    <label>Det gäller <input id=about></label><button onclick=\"document.querySelector('p').textContent = \
    'Sparat: ' + document.querySelector('input').value\">Registrera</button><p>Inget än</p></main>";

#[tokio::test]
async fn a_field_is_filled_and_a_button_pressed_by_their_names() {
    let Some(page) = Page::browser("provare", PAGE).await else { return };
    page.sees("Inget än").await;
    page.click("Det gäller").await;
    page.has_focus_on("Det gäller").await;
    page.types("altan på Åsvägen").await;
    page.press("Tab").await;
    page.press("Enter").await;
    page.sees("Sparat: altan på Åsvägen").await;
    page.no_longer_sees("Inget än").await;
    page.picture("prov").await;
    page.close().await;
}

#[tokio::test]
async fn a_picture_without_words_is_a_breach_and_a_plain_page_is_none() {
    let Some(page) = Page::browser("provare", PAGE).await else { return };
    assert_eq!(page.accessibility_breaches().await, Vec::<String>::new());
    page.client.goto(&PAGE.replace("<h1>", "<img src=x><h1>")).await.unwrap();
    let breaches = page.accessibility_breaches().await;
    for theme in ["light", "dark"] {
        let told = format!("{theme}: image-alt");
        assert!(breaches.iter().any(|breach| breach.starts_with(&told)), "{breaches:?}");
    }
    page.close().await;
}
