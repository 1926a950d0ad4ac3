//! The one table of actions and keys. F1 is made from it, and so is what a button says its key is.
//!
//! Never Ctrl+Alt: it is AltGr on Swedish keyboards (@ £ $ { [ ] } \). Never a bare letter (WCAG 2.1.4).

use crate::i18n::{K, t, tf};
use std::fmt;

/// Where an action belongs on F1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Phone,
    Case,
    Knowledge,
    Move,
    Inbox,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Help,
    Answer,
    HangUp,
    Hold,
    Mute,
    Transfer,
    Dial,
    Conference,
    Keys,
    Redial,
    ToggleReady,
    Prolong,
    Finish,
    PracticeNext,
    NewCase,
    Register,
    HandOver,
    Undo,
    CloseTab,
    NextTab,
    PreviousTab,
    /// 1–9
    Suggestion(u8),
    UseArticle,
    NextPane,
    PreviousPane,
    Search,
    Mine,
    Settings,
    Back,
    Accept,
    GiveBack,
    CloseCase,
    Acknowledge,
    Ask,
    Reply,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Name in the settings, which persist it.
    pub name: &'static str,
    pub action: Action,
    pub group: Group,
    /// The key, and another from the program that many come from.
    pub keys: &'static [&'static str],
    label: K,
}

impl Line {
    /// What it does, in words.
    pub fn label(&self) -> String {
        match self.action {
            Action::Suggestion(n) => tf(self.label, &[("n", &n.to_string())]),
            _ => t(self.label).to_owned(),
        }
    }
}

const fn line(
    name: &'static str,
    action: Action,
    group: Group,
    keys: &'static [&'static str],
    label: K,
) -> Line {
    Line { name, action, group, keys, label }
}

/// The table.
pub static TABLE: [Line; 43] = {
    use Action as A;
    use Group as G;
    [
        line("answer", A::Answer, G::Phone, &["F2"], K::ActionAnswer),
        line("hang-up", A::HangUp, G::Phone, &["F9"], K::ActionHangUp),
        line("hold", A::Hold, G::Phone, &["F3"], K::ActionHold),
        line("mute", A::Mute, G::Phone, &["F8"], K::ActionMute),
        line("transfer", A::Transfer, G::Phone, &["F4"], K::ActionTransfer),
        line("dial", A::Dial, G::Phone, &["Alt+D"], K::ActionDial),
        line("conference", A::Conference, G::Phone, &["Alt+G"], K::ActionConference),
        line("keys", A::Keys, G::Phone, &["Alt+T"], K::ActionKeys),
        line("redial", A::Redial, G::Phone, &["Alt+O"], K::ActionRedial),
        line("toggle-ready", A::ToggleReady, G::Phone, &["Alt+R"], K::ActionToggleReady),
        line("prolong", A::Prolong, G::Phone, &["Alt+P"], K::ActionProlong),
        line("finish", A::Finish, G::Phone, &["Alt+K"], K::ActionFinish),
        line("practice-next", A::PracticeNext, G::Phone, &["Alt+X"], K::ActionPracticeNext),
        line("new-case", A::NewCase, G::Case, &["Alt+N"], K::ActionNewCase),
        line("register", A::Register, G::Case, &["Ctrl+Enter", "Alt+S"], K::ActionRegister),
        line("hand-over", A::HandOver, G::Case, &["Alt+L", "Alt+V"], K::ActionHandOver),
        line("undo", A::Undo, G::Case, &["Alt+Z"], K::ActionUndo),
        line("next-tab", A::NextTab, G::Case, &["Ctrl+PageDown"], K::ActionNextTab),
        line("previous-tab", A::PreviousTab, G::Case, &["Ctrl+PageUp"], K::ActionPreviousTab),
        line("close-tab", A::CloseTab, G::Case, &["Alt+W"], K::ActionCloseTab),
        line("suggestion-1", A::Suggestion(1), G::Knowledge, &["Alt+1"], K::ActionSuggestion),
        line("suggestion-2", A::Suggestion(2), G::Knowledge, &["Alt+2"], K::ActionSuggestion),
        line("suggestion-3", A::Suggestion(3), G::Knowledge, &["Alt+3"], K::ActionSuggestion),
        line("suggestion-4", A::Suggestion(4), G::Knowledge, &["Alt+4"], K::ActionSuggestion),
        line("suggestion-5", A::Suggestion(5), G::Knowledge, &["Alt+5"], K::ActionSuggestion),
        line("suggestion-6", A::Suggestion(6), G::Knowledge, &["Alt+6"], K::ActionSuggestion),
        line("suggestion-7", A::Suggestion(7), G::Knowledge, &["Alt+7"], K::ActionSuggestion),
        line("suggestion-8", A::Suggestion(8), G::Knowledge, &["Alt+8"], K::ActionSuggestion),
        line("suggestion-9", A::Suggestion(9), G::Knowledge, &["Alt+9"], K::ActionSuggestion),
        line("use-article", A::UseArticle, G::Knowledge, &["Alt+U"], K::ActionUseArticle),
        line("help", A::Help, G::Move, &["F1"], K::ActionHelp),
        line("search", A::Search, G::Move, &["Ctrl+K"], K::ActionSearch),
        line("next-pane", A::NextPane, G::Move, &["F6"], K::ActionNextPane),
        line("previous-pane", A::PreviousPane, G::Move, &["Shift+F6"], K::ActionPreviousPane),
        line("mine", A::Mine, G::Move, &["Alt+M"], K::ActionMine),
        line("settings", A::Settings, G::Move, &["Ctrl+,"], K::ActionSettings),
        line("back", A::Back, G::Move, &["Escape"], K::ActionBack),
        line("accept", A::Accept, G::Inbox, &["Alt+A"], K::ActionAccept),
        line("give-back", A::GiveBack, G::Inbox, &["Alt+B"], K::ActionGiveBack),
        line("close-case", A::CloseCase, G::Inbox, &["Alt+C"], K::ActionCloseCase),
        line("acknowledge", A::Acknowledge, G::Inbox, &["Alt+J"], K::ActionAcknowledge),
        line("ask", A::Ask, G::Inbox, &["Alt+Q"], K::ActAsk),
        line("reply", A::Reply, G::Inbox, &["Alt+Y"], K::ActReply),
    ]
};

/// A key with what is held down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    /// `F2`, `Enter`, `PageUp`, an upper-case letter, a digit or a sign.
    pub key: String,
}

impl Chord {
    /// Reads `Ctrl+Enter`, `Alt+1`, `Shift+F6`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut chord = Self { ctrl: false, alt: false, shift: false, key: String::new() };
        for part in text.split('+') {
            match part {
                "Ctrl" => chord.ctrl = true,
                "Alt" => chord.alt = true,
                "Shift" => chord.shift = true,
                key => chord.key = key.to_owned(),
            }
        }
        (!chord.key.is_empty()).then_some(chord)
    }

    /// Whether it may be an action's key: an F key, or Ctrl or Alt with another, never both.
    pub fn fit(&self) -> bool {
        let function = self.key.strip_prefix('F').is_some_and(|n| n.parse::<u8>().is_ok());
        let held = self.ctrl != self.alt;
        (function && !(self.ctrl && self.alt)) || (held && !self.key.is_empty())
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if held {
                f.write_str(name)?;
            }
        }
        f.write_str(&self.key)
    }
}

/// The table with the person's own changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyMap {
    own: Vec<(String, String)>,
}

impl KeyMap {
    /// With changes as the settings keep them: action's name → key. What cannot be read is left out.
    pub fn new(own: &[(String, String)]) -> Self {
        let own = own.iter().filter(|(_, key)| Chord::parse(key).is_some_and(|c| c.fit())).cloned().collect();
        Self { own }
    }

    /// The keys of a line.
    pub fn keys(&self, line: &Line) -> Vec<String> {
        match self.own.iter().find(|(name, _)| name == line.name) {
            Some((_, key)) => vec![key.clone()],
            None => line
                .keys
                .iter()
                .filter(|key| !self.own.iter().any(|(_, own)| own == *key))
                .map(|key| (*key).to_owned())
                .collect(),
        }
    }

    /// The first key of an action, to be shown on its button.
    pub fn key(&self, action: Action) -> String {
        TABLE
            .iter()
            .find(|line| line.action == action)
            .and_then(|line| self.keys(line).into_iter().next())
            .unwrap_or_default()
    }

    /// The action of a chord.
    pub fn action(&self, chord: &Chord) -> Option<Action> {
        let pressed = chord.to_string();
        TABLE.iter().find(|line| self.keys(line).contains(&pressed)).map(|line| line.action)
    }

    /// The line that has the chord, other than `name`.
    pub fn taken(&self, chord: &Chord, name: &str) -> Option<&'static Line> {
        let pressed = chord.to_string();
        TABLE.iter().find(|line| line.name != name && self.keys(line).contains(&pressed))
    }

    /// With `name` on another key.
    #[must_use]
    pub fn with(&self, name: &str, chord: &Chord) -> Self {
        let mut own: Vec<_> = self.own.iter().filter(|(other, _)| other != name).cloned().collect();
        own.push((name.to_owned(), chord.to_string()));
        Self { own }
    }

    /// As the settings keep it.
    pub fn own(&self) -> Vec<(String, String)> {
        self.own.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_two_actions_share_a_key() {
        let mut seen = BTreeMap::new();
        for line in &TABLE {
            for key in line.keys {
                assert_eq!(seen.insert(*key, line.name), None, "{key} is on {} too", line.name);
            }
        }
    }

    #[test]
    fn no_key_is_alt_gr_or_a_bare_letter() {
        for key in TABLE.iter().flat_map(|line| line.keys).filter(|key| **key != "Escape") {
            let chord = Chord::parse(key).unwrap();
            assert!(chord.fit(), "{key}");
            assert_eq!(chord.to_string(), *key);
        }
        assert!(!Chord::parse("Ctrl+Alt+E").unwrap().fit());
        assert!(!Chord::parse("a").unwrap().fit());
        assert!(!Chord::parse("Shift+A").unwrap().fit());
    }

    #[test]
    fn a_change_moves_the_action_and_frees_its_key() {
        let keys = KeyMap::new(&[]).with("answer", &Chord::parse("F7").unwrap());
        assert_eq!(keys.key(Action::Answer), "F7");
        assert_eq!(keys.action(&Chord::parse("F2").unwrap()), None);
        assert_eq!(keys.taken(&Chord::parse("F7").unwrap(), "hold").unwrap().name, "answer");
    }

    #[test]
    fn a_change_that_cannot_be_a_key_is_left_out() {
        let keys = KeyMap::new(&[("answer".into(), "Ctrl+Alt+E".into())]);
        assert_eq!(keys.key(Action::Answer), "F2");
    }
}
