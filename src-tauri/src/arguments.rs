//! The command line. A handful of flags: a parser of our own is shorter than one's declaration.

use std::path::PathBuf;

/// What the desk was started with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arguments {
    /// `--practice`
    pub practice: bool,
    /// `--connect URL`
    pub connect: Option<String>,
    /// `--data-dir DIR`
    pub data: Option<PathBuf>,
    /// A `tel:`, `sip:` or `sips:` link.
    pub link: Option<String>,
}

const USAGE: &str = "svarsplats [--practice | --connect URL] [--data-dir DIR] [tel:NUMBER | sip:ADDRESS]";

impl Arguments {
    /// Reads them, without the program's name.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--practice" => arguments.practice = true,
                "--connect" => arguments.connect = Some(words.next().ok_or(USAGE)?),
                "--data-dir" => arguments.data = Some(words.next().ok_or(USAGE)?.into()),
                link if is_link(link) => arguments.link = Some(word),
                _ => return Err(USAGE),
            }
        }
        Ok(arguments)
    }
}

/// Whether the word is a link that asks to dial.
pub fn is_link(word: &str) -> bool {
    ["tel:", "sip:", "sips:"].iter().any(|scheme| word.starts_with(scheme)) && word.len() <= 200
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, &'static str> {
        Arguments::parse(words.iter().map(ToString::to_string))
    }

    #[test]
    fn a_link_is_told_from_a_mistake() {
        let link = parse(&["tel:0701740605"]).unwrap().link;
        assert_eq!(link.as_deref(), Some("tel:0701740605"));
        assert_eq!(parse(&["--pratice"]), Err(USAGE));
        assert_eq!(parse(&["--connect"]), Err(USAGE));
        assert!(parse(&["--practice", "--data-dir", "d"]).unwrap().practice);
    }
}
