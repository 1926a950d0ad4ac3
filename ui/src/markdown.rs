//! The little Markdown that articles use: headings, lists, quotes, strong, emphasis, links. No HTML passes:
//! what is written as HTML is shown as text. Pure: text in, blocks out.

use crate::format::lower_case;

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// `## …`; the level does not matter, the reader sets its own.
    Heading(Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// `> …`: said aloud.
    Quote(Vec<Inline>),
    /// A list.
    List { ordered: bool, items: Vec<Vec<Inline>> },
}

/// A run of text within a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Strong(String),
    Emphasis(String),
    /// Only `https:`, `mailto:` and `tel:`; others stay text.
    Link {
        text: String,
        target: String,
    },
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Heading,
    Paragraph,
    Quote,
    Item { ordered: bool },
}

/// The blocks of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(Kind, String)> = None;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            close(&mut blocks, open.take());
            continue;
        }
        let (kind, rest) = classify(line);
        match &mut open {
            // A soft break: the line goes on, also within an item or a quote.
            Some((Kind::Paragraph | Kind::Item { .. }, text)) if kind == Kind::Paragraph => {
                text.push(' ');
                text.push_str(rest);
            }
            Some((Kind::Quote, text)) if kind == Kind::Quote => {
                text.push(' ');
                text.push_str(rest);
            }
            _ => {
                close(&mut blocks, open.take());
                open = Some((kind, rest.to_owned()));
            }
        }
    }
    close(&mut blocks, open);
    blocks
}

fn classify(line: &str) -> (Kind, &str) {
    let heading = line.trim_start_matches('#');
    if heading.len() < line.len() && heading.starts_with(' ') {
        return (Kind::Heading, heading.trim());
    }
    if let Some(rest) = line.strip_prefix('>') {
        return (Kind::Quote, rest.trim());
    }
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return (Kind::Item { ordered: false }, rest.trim());
    }
    if let Some((number, rest)) = line.split_once(". ")
        && (1..=3).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        return (Kind::Item { ordered: true }, rest.trim());
    }
    (Kind::Paragraph, line)
}

fn close(blocks: &mut Vec<Block>, open: Option<(Kind, String)>) {
    let Some((kind, text)) = open else { return };
    let runs = inline(&text);
    match kind {
        Kind::Heading => blocks.push(Block::Heading(runs)),
        Kind::Paragraph => blocks.push(Block::Paragraph(runs)),
        Kind::Quote => blocks.push(Block::Quote(runs)),
        Kind::Item { ordered } => match blocks.last_mut() {
            Some(Block::List { ordered: same, items }) if *same == ordered => items.push(runs),
            _ => blocks.push(Block::List { ordered, items: vec![runs] }),
        },
    }
}

fn inline(text: &str) -> Vec<Inline> {
    let mut runs = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = match c {
            '*' | '_' => emphasised(rest),
            '[' => link(rest),
            _ => None,
        };
        if let Some((run, after)) = found {
            if !plain.is_empty() {
                runs.push(Inline::Text(std::mem::take(&mut plain)));
            }
            runs.push(run);
            rest = after;
        } else {
            plain.push(c);
            rest = rest.strip_prefix(c).unwrap_or_default();
        }
    }
    if !plain.is_empty() {
        runs.push(Inline::Text(plain));
    }
    runs
}

fn emphasised(text: &str) -> Option<(Inline, &str)> {
    for mark in ["**", "__", "*", "_"] {
        let Some((inner, after)) = text.strip_prefix(mark).and_then(|rest| rest.split_once(mark)) else {
            continue;
        };
        if inner.is_empty() || inner.starts_with(' ') || inner.ends_with(' ') {
            return None;
        }
        let inner = inner.to_owned();
        let run = if mark.len() == 2 { Inline::Strong(inner) } else { Inline::Emphasis(inner) };
        return Some((run, after));
    }
    None
}

fn link(text: &str) -> Option<(Inline, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    let safe = ["https://", "mailto:", "tel:"].iter().any(|scheme| target.starts_with(scheme));
    let run = if safe {
        Inline::Link { text: label.to_owned(), target: target.to_owned() }
    } else {
        Inline::Text(label.to_owned())
    };
    Some((run, after))
}

/// A text cut where words of `matched` stand in it: (piece, whether it matched). Case does not matter;
/// a match begins at the start of a word.
pub fn marked(text: &str, matched: &[String]) -> Vec<(String, bool)> {
    let wanted: Vec<String> =
        matched.iter().map(|w| lower_case(w)).filter(|w| w.chars().count() > 1).collect();
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let hit = !bare.is_empty() && wanted.iter().any(|w| lower_case(bare).starts_with(w.as_str()));
        if hit {
            pieces.push((bare.to_owned(), true));
            push_plain(&mut pieces, word.strip_prefix(bare).unwrap_or_default());
        } else {
            push_plain(&mut pieces, word);
        }
    }
    pieces
}

fn push_plain(pieces: &mut Vec<(String, bool)>, text: &str) {
    match pieces.last_mut() {
        Some((last, false)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push((text.to_owned(), false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    #[test]
    fn blocks_of_an_article() {
        let found = blocks(
            "Du behöver **inte** lov.\n\n## Så gör du\n- mät\n- rita\n  en skiss\n\n1. Ring\n\n> Hej,\n> välkommen",
        );
        assert_eq!(
            found,
            [
                Block::Paragraph(vec![text("Du behöver "), Inline::Strong("inte".into()), text(" lov.")]),
                Block::Heading(vec![text("Så gör du")]),
                Block::List { ordered: false, items: vec![vec![text("mät")], vec![text("rita en skiss")]] },
                Block::List { ordered: true, items: vec![vec![text("Ring")]] },
                Block::Quote(vec![text("Hej, välkommen")]),
            ]
        );
    }

    #[test]
    fn no_html_and_no_script_passes() {
        assert_eq!(
            blocks("<script>alert(1)</script>"),
            [Block::Paragraph(vec![text("<script>alert(1)</script>")])]
        );
        assert_eq!(blocks("[x](javascript:alert(1))"), [Block::Paragraph(vec![text("x"), text(")")])]);
        assert_eq!(
            blocks("[e](https://example.se)"),
            [Block::Paragraph(vec![Inline::Link { text: "e".into(), target: "https://example.se".into() }])]
        );
    }

    #[test]
    fn lone_marks_stay() {
        assert_eq!(blocks("2 * 3 * 4 och a_b"), [Block::Paragraph(vec![text("2 * 3 * 4 och a_b")])]);
        assert_eq!(blocks("Kostar 3.50"), [Block::Paragraph(vec![text("Kostar 3.50")])]);
    }

    #[test]
    fn matched_words_are_marked_from_their_start() {
        let words = ["bygg".to_owned(), "altan".to_owned()];
        assert_eq!(
            marked("Bygga en altan, ombyggd", &words),
            [
                ("Bygga".to_owned(), true),
                (" en ".to_owned(), false),
                ("altan".to_owned(), true),
                (", ombyggd".to_owned(), false),
            ]
        );
    }
}
