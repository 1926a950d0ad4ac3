//! What a simulated resident wants and says: readable TOML files (`assets/practice/*.toml`).

use domain::contact::Disposition;
use domain::phone_number::PhoneNumber;
use domain::{CaseTypeId, EntryId, Personal, QueueId, ResponseGroupId};
use serde::Deserialize;

/// One errand of one resident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Slug, the file's name.
    pub id: String,
    /// One line for whoever chooses it.
    pub title: String,
    /// The number that was called.
    pub entry: EntryId,
    /// Key pressed in the menu, if any.
    #[serde(default)]
    pub menu: Option<String>,
    /// Where the call waits.
    pub queue: QueueId,
    /// Seconds the resident waits in the queue before giving up.
    pub patience_seconds: u64,
    /// Seconds on hold after which the resident complains when taken back; twice as long and it hangs up.
    pub hold_seconds: u64,
    /// Who calls.
    pub caller: Caller,
    /// How the voice sounds.
    pub voice: Voice,
    /// What is said.
    pub lines: Lines,
    /// What a good registration holds; for the one who learns, and for whoever checks.
    pub register: Expected,
}

/// The one who calls: fiction, and still masked where something is printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// As shown by the exchange.
    pub name: Personal<String>,
    /// E.164, of the series for fiction; left out when withheld.
    #[serde(default)]
    pub number: Option<Personal<String>>,
}

/// How the synthesiser shall sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// 0–99; 50 is the synthesiser's own.
    pub pitch: u8,
    /// Words a minute, 80–300.
    pub speed: u16,
}

/// The lines, in Swedish as it is spoken. People name themselves in them, so `Debug` does not tell.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// When the agent calls the resident.
    pub hello: String,
    /// What it is about, after the greeting.
    pub opening: String,
    /// Answers in turn to what the agent asks.
    pub answers: Vec<String>,
    /// When taken back after a long hold.
    pub on_hold: String,
    /// When nothing is heard for long, in turn; after the last the resident hangs up.
    pub on_silence: Vec<String>,
    /// When reached again after having been put through to the wrong place.
    pub on_wrong_transfer: String,
    /// Before hanging up.
    pub thanks: String,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lines(…)")
    }
}

/// What should be registered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The type.
    pub case_type: CaseTypeId,
    /// How the contact ends.
    pub disposition: Disposition,
    /// The group that answers such cases.
    pub group: ResponseGroupId,
}

/// Why a file is not a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Not the format; the text names line and field.
    #[error("not a scenario: {0}")]
    Malformed(String),
    /// A value is outside of what makes sense.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ScenarioError`].
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error| ScenarioError::Malformed(error.to_string()))?;
        let Self { voice, lines, caller, patience_seconds, hold_seconds, .. } = &scenario;
        let number = caller.number.as_ref().map(|number| PhoneNumber::parse(number.expose()));
        let said = [&lines.hello, &lines.opening, &lines.on_hold, &lines.on_wrong_transfer, &lines.thanks];
        let all = said.into_iter().chain(&lines.answers).chain(&lines.on_silence);
        let checks = [
            (voice.pitch <= 99, "voice.pitch"),
            ((80..=300).contains(&voice.speed), "voice.speed"),
            ((5..=3_600).contains(patience_seconds), "patience_seconds"),
            ((5..=3_600).contains(hold_seconds), "hold_seconds"),
            (number.is_none_or(|number| number.is_ok()), "caller.number"),
            (all.into_iter().all(|line| (1..=500).contains(&line.trim().len())), "lines"),
        ];
        match checks.into_iter().find(|(fits, _)| !fits) {
            Some((_, field)) => Err(ScenarioError::OutOfRange(field)),
            None => Ok(scenario),
        }
    }

    /// The scenarios that come with the product.
    #[must_use]
    pub fn pack() -> Vec<Self> {
        // A file that cannot be read is left out; a test reads each of them.
        PACK.iter().filter_map(|text| Self::parse(text).ok()).collect()
    }

    /// The caller's number as it is compared; `None` when withheld.
    #[must_use]
    pub fn number(&self) -> Option<PhoneNumber> {
        self.caller.number.as_ref().and_then(|number| PhoneNumber::parse(number.expose()).ok())
    }

    /// The text of a line; `None` when the scenario has no such line.
    #[must_use]
    pub fn text(&self, line: Line) -> Option<&str> {
        let lines = &self.lines;
        Some(match line {
            Line::Hello => &lines.hello,
            Line::Opening => &lines.opening,
            Line::Answer(turn) => lines.answers.get(turn)?,
            Line::OnHold => &lines.on_hold,
            Line::OnSilence(turn) => lines.on_silence.get(turn)?,
            Line::OnWrongTransfer => &lines.on_wrong_transfer,
            Line::Thanks => &lines.thanks,
        })
    }

    /// All lines, the first ones first.
    pub fn all_lines(&self) -> impl Iterator<Item = Line> + use<> {
        let answers = (0..self.lines.answers.len()).map(Line::Answer);
        let silence = (0..self.lines.on_silence.len()).map(Line::OnSilence);
        let rest = [Line::Thanks, Line::OnHold, Line::OnWrongTransfer, Line::Hello];
        std::iter::once(Line::Opening).chain(answers).chain(silence).chain(rest)
    }
}

/// Which line is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// Answers the telephone.
    Hello,
    /// What it is about.
    Opening,
    /// The nth answer, from 0.
    Answer(usize),
    /// Complains about a long hold.
    OnHold,
    /// The nth word into silence, from 0.
    OnSilence(usize),
    /// Complains about having been put through wrongly.
    OnWrongTransfer,
    /// Says thanks.
    Thanks,
}

const PACK: [&str; 8] = [
    include_str!("../../../assets/practice/altan-bygglov.toml"),
    include_str!("../../../assets/practice/gatlykta-trasig.toml"),
    include_str!("../../../assets/practice/hemtjanst-uteblev.toml"),
    include_str!("../../../assets/practice/forskoleplats.toml"),
    include_str!("../../../assets/practice/vattenlacka.toml"),
    include_str!("../../../assets/practice/parkeringstillstand.toml"),
    include_str!("../../../assets/practice/sophamtning.toml"),
    include_str!("../../../assets/practice/synpunkt-lekplats.toml"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn assets() -> std::path::PathBuf {
        Path::new("../../assets").to_owned()
    }

    fn table(path: &str) -> toml::Table {
        std::fs::read_to_string(assets().join(path)).unwrap().parse().unwrap()
    }

    fn ids(table: &toml::Table, key: &str) -> BTreeSet<String> {
        let rows = table.get(key).unwrap().as_array().unwrap();
        rows.iter().map(|row| row.get("id").unwrap().as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn every_scenario_is_read_and_named_as_its_file() {
        let pack: BTreeSet<String> = PACK.iter().map(|text| Scenario::parse(text).unwrap().id).collect();
        let files: BTreeSet<String> = std::fs::read_dir(assets().join("practice"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(pack, files);
        assert_eq!(pack.len(), 8);
    }

    #[test]
    fn they_speak_of_the_demo_municipality() {
        let municipality = table("exempelkoping/municipality.toml");
        let (queues, entries) = (ids(&municipality, "queue"), ids(&municipality, "entry"));
        let groups = ids(&table("exempelkoping/groups.toml"), "group");
        let mut types = BTreeSet::new();
        for file in std::fs::read_dir(assets().join("exempelkoping/case-types")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            types.append(&mut ids(&text.parse().unwrap(), "case_type"));
        }
        for scenario in Scenario::pack() {
            let Scenario { id, entry, queue, register, lines, .. } = &scenario;
            assert!(entries.contains(entry.as_str()) && queues.contains(queue.as_str()), "{id}");
            assert!(types.contains(register.case_type.as_str()), "{id}: {}", register.case_type);
            assert!(groups.contains(register.group.as_str()), "{id}");
            assert!(lines.answers.len() >= 3 && lines.on_silence.len() >= 2, "{id}: too few lines");
        }
    }

    /// PTS's series for fiction: 070-1740605…1740699, 08-46500400…46500499, 031-3900600…3900699.
    #[test]
    fn numbers_are_fiction() {
        for number in Scenario::pack().iter().filter_map(Scenario::number) {
            let digits: u64 = number.e164().trim_start_matches('+').parse().unwrap();
            let fiction = [
                46_701_740_605..=46_701_740_699_u64,
                46_846_500_400..=46_846_500_499,
                46_313_900_600..=46_313_900_699,
            ];
            assert!(fiction.iter().any(|series| series.contains(&digits)), "{digits}");
        }
    }

    #[test]
    fn printing_a_scenario_names_nobody() {
        for scenario in Scenario::pack() {
            let printed = format!("{scenario:?}");
            assert!(!printed.contains(scenario.caller.name.expose()), "{}", scenario.id);
            let number = scenario.caller.number.as_ref().map_or("+46", |number| number.expose());
            assert!(!printed.contains(number), "{}", scenario.id);
        }
    }

    #[test]
    fn nonsense_is_refused_by_field() {
        let text = PACK[0];
        let refused = |from: &str, to: &str| Scenario::parse(&text.replace(from, to)).unwrap_err();
        assert_eq!(refused("pitch = ", "pitch = 1"), ScenarioError::OutOfRange("voice.pitch"));
        assert!(matches!(refused("[voice]", "[voice]\nmood = 3"), ScenarioError::Malformed(_)));
    }
}
