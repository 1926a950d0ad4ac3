//! Pages that are driven: a browser of somebody in a department, and what the real window shares with it.

use super::place::{Folder, free_port};
use super::program::Program;
use super::{PATIENCE, given, or_skip, until};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::Command;

/// The colours that the browser's owner prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A page and the driver behind it.
#[derive(Debug)]
pub struct Page {
    /// The WebDriver session, for what the verbs below do not say.
    pub client: Client,
    /// The driver; what the page's program writes is among its lines.
    pub driver: Program,
    name: String,
    _profile: Option<Folder>,
}

impl Page {
    /// Headless Chromium at that address. `name` is who sits there; pictures carry it.
    pub async fn browser(name: &str, address: &str) -> Option<Self> {
        Self::browser_in(Theme::Light, name, address).await
    }

    /// The same, for somebody who prefers these colours.
    pub async fn browser_in(theme: Theme, name: &str, address: &str) -> Option<Self> {
        let found = ["/usr/bin/chromedriver", "/usr/local/bin/chromedriver"].into_iter().map(PathBuf::from);
        let driver =
            or_skip(found.into_iter().find(|file| file.is_file()), "chromium-driver is not installed")?;
        let profile = Folder::new("chromium");
        let port = free_port();
        let mut command = Command::new(driver);
        command.arg(format!("--port={port}")).env("LANGUAGE", "sv");
        let driver = Program::start("chromedriver", command);
        let arguments = json!([
            match theme {
                Theme::Light => "--blink-settings=preferredColorScheme=1",
                Theme::Dark => "--blink-settings=preferredColorScheme=0",
            },
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--lang=sv",
            "--window-size=1280,940",
            format!("--user-data-dir={}", profile.path().display()),
        ]);
        let languages = json!({ "intl": { "accept_languages": "sv-SE,sv" } });
        let client =
            session(port, json!({ "goog:chromeOptions": { "args": arguments, "prefs": languages } })).await;
        let page = Self { client, driver, name: name.to_owned(), _profile: Some(profile) };
        page.client.goto(address).await.unwrap();
        Some(page)
    }

    /// A page of a driver that is started already.
    pub(super) async fn driven(name: &str, driver: Program, port: u16, capabilities: Value) -> Self {
        let client = session(port, capabilities).await;
        Self { client, driver, name: name.to_owned(), _profile: None }
    }

    /// What the page shows as text.
    pub async fn text(&self) -> String {
        let ask = self.client.execute("return document.body ? document.body.innerText : ''", vec![]);
        let Ok(text) = tokio::time::timeout(PATIENCE, ask).await else { return "(it hangs)".to_owned() };
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Waits until the page shows the text.
    pub async fn sees(&self, text: &str) {
        self.sees_when(&format!("{} to see {text:?}", self.name), |page| page.contains(text)).await;
    }

    /// Waits until the page no longer shows the text.
    pub async fn no_longer_sees(&self, text: &str) {
        self.sees_when(&format!("{} not to see {text:?}", self.name), |page| !page.contains(text)).await;
    }

    /// Waits until what the page shows fits.
    pub async fn sees_when(&self, what: &str, fits: impl Fn(&str) -> bool) {
        self.awaits(what, || async { fits(&self.text().await).then_some(()) }).await;
    }

    /// Waits for an element (CSS) that is displayed.
    pub async fn element(&self, css: &str) -> Element {
        self.awaits(&format!("{css} at {}", self.name), || async {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            element.is_displayed().await.ok()?.then_some(element)
        })
        .await
    }

    /// Asks again until `look` gives something; leaves a picture when it never does.
    pub async fn awaits<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        mut look: impl FnMut() -> F,
    ) -> T {
        let wait = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if let Ok(found) = tokio::time::timeout(PATIENCE, wait).await {
            return found;
        }
        self.picture("failed").await;
        panic!("waited {} s for {what}; the page shows:\n{}", PATIENCE.as_secs(), self.text().await);
    }

    /// Clicks the button, link or field of that name, as it is read aloud or written.
    pub async fn click(&self, name: &str) {
        self.named(name).await.click().await.unwrap();
    }

    /// Waits for the control with that name: its label, its `aria-label`, or the text in it.
    pub async fn named(&self, name: &str) -> Element {
        self.awaits(&format!("a control named {name:?} at {}", self.name), || async {
            let found = self.client.execute(NAMED, vec![json!(name)]).await.ok()?;
            // The key by which WebDriver refers to an element.
            let id = found.get("element-6066-11e4-a52e-4f735466cecf")?.as_str()?.to_owned();
            Some(Element::from_element_id(self.client.clone(), id.into()))
        })
        .await
    }

    /// Presses keys as one chord: `F2`, `Ctrl+Enter`, `Alt+1`, `Shift+F6`.
    pub async fn press(&self, chord: &str) {
        // `Ctrl++`: what stands behind the last separator is a key, also when it is a plus.
        let (held, last) = chord.rsplit_once('+').map_or(("", chord), |(held, last)| {
            if last.is_empty() { (held.trim_end_matches('+'), "+") } else { (held, last) }
        });
        let held = held.split('+').filter(|name| !name.is_empty());
        let keys: Vec<char> = held.chain([last]).map(key).collect();
        let down = keys.iter().map(|value| KeyAction::Down { value: *value });
        let up = keys.iter().rev().map(|value| KeyAction::Up { value: *value });
        let actions = down.chain(up).fold(KeyActions::new("keyboard".into()), |all, action| all.then(action));
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Types into what has the focus.
    pub async fn types(&self, text: &str) {
        let strokes = text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let actions = strokes.fold(KeyActions::new("keyboard".into()), |all, action| all.then(action));
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Types as a person does, so many keys a second. The pace is part of what is typed: nothing waits for it.
    pub async fn types_at(&self, keys_a_second: u64, text: &str) {
        let pause = KeyAction::Pause { duration: Duration::from_millis(1000 / keys_a_second) };
        let strokes = text
            .chars()
            .flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }, pause.clone()]);
        let actions = strokes.fold(KeyActions::new("keyboard".into()), |all, action| all.then(action));
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Calls a command of the shell as a script in the page would, with any arguments.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let answer = self.client.execute_async(INVOKE, vec![json!(command), arguments]).await.unwrap();
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer.get("reply").cloned().unwrap_or_default()),
        }
    }

    /// Runs a script in the page; what it returns.
    pub async fn execute(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// Types into the field of that name.
    pub async fn fill(&self, name: &str, text: &str) {
        self.named(name).await.send_keys(text).await.unwrap();
    }

    /// The name of what has the focus.
    pub async fn focused(&self) -> String {
        let name = self.client.execute(FOCUSED, vec![]).await.unwrap();
        name.as_str().unwrap_or_default().to_owned()
    }

    /// The id of what has the focus.
    pub async fn focused_id(&self) -> String {
        let id = self
            .client
            .execute("return document.activeElement ? document.activeElement.id : ''", vec![])
            .await;
        id.unwrap().as_str().unwrap_or_default().to_owned()
    }

    /// Goes to a control by pressing Tab, as one who has no mouse does.
    pub async fn tab_to(&self, id: &str) {
        self.tab("Tab", &format!("#{id}")).await;
    }

    /// Goes back to a control by pressing Shift+Tab.
    pub async fn tab_back_to(&self, id: &str) {
        self.tab("Shift+Tab", &format!("#{id}")).await;
    }

    /// Goes by pressing Tab to the first control that fits the selector (CSS).
    pub async fn tab_to_first(&self, css: &str) {
        self.tab("Tab", css).await;
    }

    async fn tab(&self, chord: &str, css: &str) {
        let mut passed = Vec::new();
        for _ in 0..60 {
            let there = "return document.activeElement.matches(arguments[0])";
            if self.client.execute(there, vec![json!(css)]).await.unwrap() == true {
                return;
            }
            passed.push(self.focused_id().await);
            self.press(chord).await;
        }
        self.picture("failed").await;
        panic!("{chord} never comes to {css}, only to {passed:?}");
    }

    /// Waits until the focus stands on the control of that name.
    pub async fn has_focus_on(&self, name: &str) {
        self.awaits(&format!("the focus on {name:?} at {}", self.name), || async {
            (self.focused().await == name).then_some(())
        })
        .await;
    }

    /// Takes a picture of the page: `pictures/<who>-<what>.png`.
    pub async fn picture(&self, what: &str) {
        // A page that hangs gives none, and must not hang the story.
        let taken = tokio::time::timeout(PATIENCE, self.client.screenshot()).await;
        if let (Some(folder), Ok(Ok(png))) = (given("SVARSPLATS_PICTURES"), taken) {
            std::fs::write(folder.join(format!("{}-{what}.png", self.name)), png).unwrap();
        }
    }

    /// What axe-core finds against WCAG 2.2 AA in either theme, one line each; none where it cannot be had.
    pub async fn accessibility_breaches(&self) -> Vec<String> {
        let modules = or_skip(given("SVARSPLATS_AXE"), "axe-core comes through npm");
        let Some(modules) = modules else { return Vec::new() };
        let axe = std::fs::read_to_string(modules.join("axe-core/axe.min.js")).unwrap();
        self.client.execute(&axe, vec![]).await.unwrap();
        let found = self.client.execute_async(AXE, vec![]).await.unwrap();
        let lines = found.as_array().unwrap_or_else(|| panic!("axe-core said {found}"));
        lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Ends the page and its driver.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        self.driver.end().await;
    }
}

async fn session(port: u16, capabilities: Value) -> Client {
    let Value::Object(capabilities) = capabilities else { panic!("capabilities are an object") };
    let address = format!("http://127.0.0.1:{port}");
    until("the WebDriver's port", || async { TcpStream::connect(("127.0.0.1", port)).await.ok() }).await;
    let mut builder = ClientBuilder::new(HttpConnector::new());
    match builder.capabilities(capabilities).connect(&address).await {
        Ok(client) => client,
        Err(error) => panic!("no WebDriver session: {error}"),
    }
}

/// WebDriver's code of a key.
fn key(name: &str) -> char {
    match name {
        "Ctrl" => '\u{E009}',
        "Alt" => '\u{E00A}',
        "Shift" => '\u{E008}',
        "Enter" => '\u{E007}',
        "Esc" => '\u{E00C}',
        "Tab" => '\u{E004}',
        "Backspace" => '\u{E003}',
        "Space" => ' ',
        "Left" => '\u{E012}',
        "Up" => '\u{E013}',
        "Right" => '\u{E014}',
        "Down" => '\u{E015}',
        _ => match name.strip_prefix('F').and_then(|number| number.parse::<u32>().ok()) {
            Some(number) => char::from_u32(0xE030 + number).unwrap(),
            None => name.chars().next().unwrap().to_ascii_lowercase(),
        },
    }
}

const INVOKE: &str = r"
const [command, input, done] = arguments;
window.__TAURI__.core.invoke(command, input).then((reply) => done({ reply }), (error) => done({ error }));
";

/// Finds a displayed control by the name that is read aloud.
const NAMED: &str = r"
const wanted = arguments[0];
const plain = (text) => (text || '').replace(/\s+/g, ' ').trim();
const labels = (node) => Array.from(node.labels || []).map((label) => plain(label.innerText));
const names = (node) => {
  const by = (node.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
    .map((id) => plain((document.getElementById(id) || {}).innerText)).join(' ');
  return [by, plain(node.getAttribute('aria-label')), ...labels(node), plain(node.innerText), plain(node.placeholder)];
};
const controls = 'button, a[href], input, textarea, select, [role=button], [role=tab], [role=option], [role=radio], [role=combobox], [role=menuitem], summary, [tabindex]';
const shown = Array.from(document.querySelectorAll(controls)).filter((node) => node.getClientRects().length > 0);
const exact = shown.find((node) => names(node).includes(wanted));
return exact || shown.find((node) => names(node).some((name) => name.startsWith(wanted))) || null;
";

const FOCUSED: &str = r"
const node = document.activeElement;
const plain = (text) => (text || '').replace(/\s+/g, ' ').trim();
const label = node && node.labels && node.labels[0];
return plain(node.getAttribute('aria-label')) || (label ? plain(label.innerText) : '') || plain(node.innerText) || node.id;
";

/// As the page stands, then in the other theme, chosen as the settings choose it.
const AXE: &str = r"
const done = arguments[arguments.length - 1];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const root = document.documentElement;
const chosen = root.getAttribute('data-theme');
const now = chosen || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
const look = (theme) => axe.run(document, { runOnly: { type: 'tag', values: tags } }).then(
  (result) => result.violations.flatMap((breach) => breach.nodes.map((node) =>
    `${theme}: ${breach.id} (${breach.impact}): ${node.target.join(' ')}: ${breach.help}`)));
const both = async () => {
  const found = await look(now);
  const other = now === 'dark' ? 'light' : 'dark';
  root.setAttribute('data-theme', other);
  try {
    return found.concat(await look(other));
  } finally {
    chosen === null ? root.removeAttribute('data-theme') : root.setAttribute('data-theme', chosen);
  }
};
both().then(done, (error) => done([String(error)]));
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_on_the_keyboard() {
        assert_eq!(key("F2"), '\u{E032}');
        assert_eq!(key("F9"), '\u{E039}');
        assert_eq!(key("L"), 'l');
        assert_eq!(key("1"), '1');
    }
}
