//! The errand, as an agent and a case officer do it by keyboard. Controls are found by the interface's own
//! lasting ids (`ui/src/ids.rs`).

use crate::peers::browser::Page;

/// What the resident asks about, and what the agent writes of it.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// In *Det gäller*.
    pub subject: &'static str,
    /// The article that answers it.
    pub article: &'static str,
    /// The case type's name.
    pub case_type: &'static str,
    /// The note.
    pub note: &'static str,
    /// The customer's name.
    pub name: &'static str,
    /// An own field of the type, and what stands in it.
    pub field: (&'static str, &'static str),
    /// The group that it goes to.
    pub group: &'static str,
}

/// Somebody wants to build a deck.
pub const DECK: Question = Question {
    subject: "bygga altan",
    article: "bygga-altan",
    case_type: "Fråga om bygglov",
    note: "Undrar om altanen kräver lov. Huset ligger nära vattnet.",
    name: "Kim Ekdahl",
    field: ("field-fastighet", "Ekbacken 1:12"),
    group: "Bygglovsgruppen",
};

/// Signs in at a desk or in a browser.
pub async fn sign_in(page: &Page, user: &str, password: &str) {
    page.element("#user").await;
    page.tab_to("user").await;
    page.types(user).await;
    page.tab_to("password").await;
    page.types(password).await;
    page.press("Enter").await;
    works(page).await;
}

/// Waits until the view of one's work is there.
pub async fn works(page: &Page) {
    page.element("main[data-phase=\"ready\"]").await;
}

/// Chooses the other language, in Swedish words; what is read next is in it.
pub async fn works_in_english(page: &Page) {
    page.click("Inställningar").await;
    page.element("#set-language option[value=en]").await.click().await.unwrap();
    page.sees("Language").await;
    page.press("Esc").await;
    page.sees("Connected").await;
}

/// Says that the next call may come.
pub async fn becomes_ready(page: &Page) {
    page.sees("Telefon klar").await;
    page.press("Alt+R").await;
    page.element("[data-agent-state=\"ready\"]").await;
}

/// Waits until a call is offered.
pub async fn is_offered(page: &Page) {
    page.element("#call[data-call-state=\"ringing\"]").await;
}

/// Answers by key; the caret then stands in *Det gäller*.
pub async fn answers(page: &Page) {
    page.press("F2").await;
    page.element("#call[data-call-state=\"in_call\"]").await;
    has_caret_in_subject(page).await;
}

/// Begins a case without a call; the caret then stands in *Det gäller*.
pub async fn begins_a_case(page: &Page) {
    page.press("Alt+N").await;
    has_caret_in_subject(page).await;
}

/// Waits until one can write what it is about.
async fn has_caret_in_subject(page: &Page) {
    has_caret_in(page, "subject").await;
}

/// Waits until one can write in the field of that id.
pub async fn has_caret_in(page: &Page, id: &str) {
    page.awaits(&format!("the caret in {id}"), || async { (page.focused_id().await == id).then_some(()) })
        .await;
}

/// Writes what it is about, reads and uses the article that comes up.
pub async fn finds_the_article(page: &Page, question: &Question) {
    page.types(question.subject).await;
    // It changes with each key until the last one: the first of the list is what Alt+1 opens.
    page.element(&format!("h3 + ul > li:first-child > .suggestion[data-id=\"{}\"]", question.article)).await;
    page.press("Alt+1").await;
    page.element(&format!("#reader [data-article=\"{}\"]", question.article)).await;
    page.press("Alt+U").await;
}

/// Chooses the type and fills in what the group demands.
pub async fn fills_in(page: &Page, question: &Question) {
    page.tab_to("case-type").await;
    page.types(question.case_type).await;
    page.press("Enter").await;
    has_caret_in(page, "note").await;
    page.types(question.note).await;
    page.tab_to("customer-name").await;
    page.types(question.name).await;
    let (field, value) = question.field;
    page.tab_to(field).await;
    page.types(value).await;
}

/// A whole case without a call, which the group takes.
pub async fn has_a_case_to_send(page: &Page, question: &Question) {
    begins_a_case(page).await;
    finds_the_article(page, question).await;
    fills_in(page, question).await;
    // No call tells the number.
    page.tab_back_to("customer-phone").await;
    page.types("070-174 06 12").await;
}

/// Looks at what goes along and by when the group answers, and sends it.
pub async fn hands_over(page: &Page, question: &Question) {
    page.press("Alt+L").await;
    page.element("#preview").await;
    page.element("#send:enabled").await;
    page.sees("Svar senast").await;
    page.picture("preview").await;
    shows_how_it_was_counted(page).await;
    page.press("Ctrl+Enter").await;
    page.sees(&format!("lämnas till {}", question.group)).await;
}

/// Opens how the deadline was counted: each day that counts in the group's hours, and together what was agreed.
async fn shows_how_it_was_counted(page: &Page) {
    page.tab_to_first("#why > summary").await;
    page.press("Enter").await;
    page.element("#why table.counted").await;
    page.awaits("how it was counted in sight", || async {
        (page.execute(COUNTED_IN_SIGHT).await == true).then_some(())
    })
    .await;
    page.picture("counted").await;
    let lines = page.execute(COUNTED).await;
    let lines: Vec<[String; 3]> = serde_json::from_value(lines).unwrap();
    let counted: Vec<u32> = lines.iter().filter_map(|[_, _, length]| minutes(length)).collect();
    assert!(!counted.is_empty(), "{lines:?}");
    for [day, hours, length] in &lines {
        // "8.00–12.00", and nothing for a day that does not count.
        assert_eq!(minutes(length).is_some(), hours.contains('–'), "{day} {hours} {length}");
    }
    let sum = page.execute("return document.querySelector('#why table + p').innerText").await;
    let sum = sum.as_str().and_then(|sum| minutes(sum.strip_prefix("Sammanlagt ")?)).unwrap();
    // Each line leaves out its seconds.
    let least = counted.iter().sum();
    let most = least + u32::try_from(counted.len()).unwrap();
    assert!(sum > 0 && (least..=most).contains(&sum), "{sum} of {lines:?}");
}

/// Whether the last line stands within what is seen of the preview.
const COUNTED_IN_SIGHT: &str =
    "const seen = document.querySelector('#preview .form-scroll').getBoundingClientRect();
    return document.querySelector('#why table + p').getBoundingClientRect().bottom <= seen.bottom + 1;";

/// The rows of the table: day, hours or why it does not count, and how long.
const COUNTED: &str = "return [...document.querySelectorAll('#why .counted tr')]
    .map(row => [...row.children].map(cell => cell.innerText.trim()));";

/// Of `7 tim 30 min`; `None` of what is no length.
fn minutes(length: &str) -> Option<u32> {
    let mut words = length.split_whitespace();
    let mut all = 0;
    while let Some(number) = words.next() {
        let number: u32 = number.parse().ok()?;
        all += match words.next()? {
            "tim" => number * 60,
            "min" => number,
            "s" => 0,
            _ => return None,
        };
    }
    (!length.is_empty()).then_some(all)
}

/// Registers as solved.
pub async fn registers(page: &Page) {
    page.press("Ctrl+Enter").await;
    page.element("#receipt").await;
}

/// A whole case without a call, solved at once.
pub async fn registers_a_case(page: &Page, question: &Question) {
    begins_a_case(page).await;
    finds_the_article(page, question).await;
    fills_in(page, question).await;
    registers(page).await;
}

/// Hangs up and lets the wrap-up begin.
pub async fn hangs_up(page: &Page) {
    page.press("F9").await;
    page.element("[data-agent-state=\"wrap_up\"]").await;
}

/// Goes to the control of that id by key, and presses it.
pub async fn presses(page: &Page, id: &str) {
    page.element(&format!("#{id}")).await;
    page.tab_to(id).await;
    page.press("Enter").await;
}

/// Opens the first of one's own cases by key; the caret then stands in the case.
pub async fn opens_own_case(page: &Page) {
    page.element(".case-line").await;
    page.press("Alt+M").await;
    page.tab_to_first(".case-line").await;
    page.press("Enter").await;
    has_caret_in(page, "case-view").await;
}

/// A case officer goes to the group's first case by key and opens it; the caret then stands in the case.
pub async fn opens_the_first_case(page: &Page) {
    page.element(".inbox-row").await;
    page.tab_to_first(".inbox-row").await;
    page.press("Enter").await;
    has_caret_in(page, "case-view").await;
}

/// A case officer opens the first case of the group and accepts it, by keyboard alone; the caret then stands in the
/// answer.
pub async fn is_accepted(page: &Page, question: &Question) {
    opens_the_first_case(page).await;
    page.sees(question.subject).await;
    presses(page, "accept").await;
    page.element(".inbox-row[data-status=\"accepted\"]").await;
}

/// Answers it where the caret stands; what comes next, closing it, then has the caret.
pub async fn is_answered(page: &Page) {
    has_caret_in(page, "answer-text").await;
    page.types("Lov krävs inom strandskydd. Vi har skickat blanketten.").await;
    page.press("Ctrl+Enter").await;
    page.element(".inbox-row[data-status=\"answered\"]").await;
}

/// Closes it.
pub async fn is_closed(page: &Page) {
    has_caret_in(page, "close-case").await;
    page.press("Enter").await;
    page.sees("Avslutat").await;
}
