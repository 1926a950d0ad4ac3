//! Markdown files with their facts in front.

use crate::source::Source;
use crate::{Fault, Flaw};
use domain::knowledge::ScriptStep;

const FENCE: &str = "+++";
const INTERNAL: &str = "---intern---";

/// The facts between the two lines of `+++`, and the text after them.
pub(crate) fn front_matter<'a>(file: Source<'a>) -> Result<(Source<'a>, &'a str), Flaw> {
    let none = || file.flaw_of_file(Fault::NoFrontMatter);
    let rest = file.text.strip_prefix(FENCE).and_then(|t| t.strip_prefix('\n')).ok_or_else(none)?;
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            let (facts, body) = rest.split_at_checked(end).ok_or_else(none)?;
            let body = body.strip_prefix(line).unwrap_or_default();
            return Ok((Source { text: facts, lines_before: 1, ..file }, body.trim()));
        }
        end += line.len();
    }
    Err(none())
}

/// The public part and the internal part, empty when there is none.
pub(crate) fn answer(body: &str) -> (String, String) {
    let mut parts = [String::new(), String::new()];
    let [public, internal] = &mut parts;
    let mut part = public;
    let mut rest = Some(internal);
    for line in body.lines() {
        match rest.take_if(|_| line.trim_end() == INTERNAL) {
            Some(next) => part = next,
            None => {
                part.push_str(line);
                part.push('\n');
            }
        }
    }
    parts.map(|part| part.trim().to_owned()).into()
}

/// A step per `## ` heading. Text before the first heading belongs to no step.
pub(crate) fn steps(body: &str) -> Vec<ScriptStep> {
    let mut steps: Vec<ScriptStep> = Vec::new();
    for line in body.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            steps.push(ScriptStep { title: title.trim().to_owned(), text: String::new() });
        } else if let Some(step) = steps.last_mut() {
            step.text.push_str(line);
            step.text.push('\n');
        }
    }
    for step in &mut steps {
        step.text = step.text.trim().to_owned();
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Source<'_> {
        Source { path: "articles/a/b.md", text, lines_before: 0 }
    }

    #[test]
    fn facts_and_text_apart() {
        let (facts, body) = front_matter(file("+++\na = 1\n+++\n\nText.\n+++\nMera.\n")).unwrap();
        assert_eq!((facts.text, facts.lines_before, body), ("a = 1\n", 1, "Text.\n+++\nMera."));
        for bad in ["", "Text", "+++\na = 1\n", "\n+++\n+++\n", "+++ a\n+++"] {
            assert_eq!(front_matter(file(bad)).unwrap_err().what, Fault::NoFrontMatter, "{bad:?}");
        }
    }

    #[test]
    fn public_and_internal_apart() {
        let (public, internal) = answer("Ja.\n\n- ett\n\n---intern---\nFråga först.\n---intern---\n");
        assert_eq!((public.as_str(), internal.as_str()), ("Ja.\n\n- ett", "Fråga först.\n---intern---"));
        assert_eq!(answer("Ja.").1, "");
    }

    #[test]
    fn a_step_per_heading() {
        let steps = steps("Inledning\n## Fråga\n> Var bor du?\n\nNotera.\n### Under\n## Svara\n");
        assert_eq!(steps.len(), 2);
        assert_eq!(
            steps[0],
            ScriptStep { title: "Fråga".into(), text: "> Var bor du?\n\nNotera.\n### Under".into() }
        );
    }
}
