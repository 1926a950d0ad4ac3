//! Messages of the manager interface: `Name: value` lines, an empty line ends one.

use std::fmt::Write;

/// The longest message, bytes. Asterisk's are a few KiB.
const LONGEST: usize = 64 * 1024;

/// A message: names and values in order; a name may come several times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    lines: Vec<(String, String)>,
}

/// The other side sends no end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message longer than 64 KiB")]
pub struct TooLong;

impl Message {
    /// An action.
    #[must_use]
    pub fn action(name: &str) -> Self {
        Self::default().with("Action", name)
    }

    /// The same with one more line. A value cannot end its line: CR and LF are left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let clean = |text: &str| text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect::<String>();
        self.lines.push((clean(name), clean(value)));
        self
    }

    /// The first value of that name; names compare without case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value of a channel's variable: of the caller's channel, else of the agent's.
    #[must_use]
    pub fn variable(&self, variable: &str) -> Option<&str> {
        ["ChanVariable", "DestChanVariable"].iter().find_map(|kind| {
            let lines = self.lines.iter().filter(|(name, _)| name.eq_ignore_ascii_case(kind));
            let mut pairs = lines.filter_map(|(_, value)| value.split_once('='));
            pairs.find(|(name, value)| *name == variable && !value.is_empty()).map(|(_, value)| value)
        })
    }

    /// As it travels.
    #[must_use]
    pub fn to_wire(&self) -> String {
        let mut wire = String::new();
        for (name, value) in &self.lines {
            // Writing to a String cannot fail.
            let _ = write!(wire, "{name}: {value}\r\n");
        }
        wire.push_str("\r\n");
        wire
    }
}

/// Reads messages from pieces of any size.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
    message: Message,
    size: usize,
}

impl Reader {
    /// Takes a piece; gives the messages that it completes.
    ///
    /// # Errors
    /// [`TooLong`]; the connection should be closed.
    pub fn take(&mut self, piece: &[u8]) -> Result<Vec<Message>, TooLong> {
        self.bytes.extend_from_slice(piece);
        let mut messages = Vec::new();
        while let Some(end) = self.bytes.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            self.size += line.len();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                self.size = 0;
                if !self.message.lines.is_empty() {
                    messages.push(std::mem::take(&mut self.message));
                }
            } else if let Some((name, value)) = line.split_once(':') {
                self.message.lines.push((name.to_owned(), value.trim_start_matches(' ').to_owned()));
            }
            // A line without a colon is the greeting, or a command's output; nothing here asks for either.
            if self.size > LONGEST {
                return Err(TooLong);
            }
        }
        if self.bytes.len() > LONGEST { Err(TooLong) } else { Ok(messages) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn variables_of_a_channel_come_several_to_a_message() {
        let wire = "Asterisk Call Manager/11.0.0\r\nEvent: QueueCallerJoin\r\nQueue: bygg\r\n\
            ChanVariable: SVARSPLATS_CALL=019cd6f3-d880-7000-8000-000000000001\r\n\
            ChanVariable: SVARSPLATS_ENTRY=\r\nChanVariable: SVARSPLATS_MENU=1=2\r\n\r\n";
        let messages = Reader::default().take(wire.as_bytes()).unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].get("event"), Some("QueueCallerJoin"));
        assert_eq!(messages[0].variable("SVARSPLATS_CALL"), Some("019cd6f3-d880-7000-8000-000000000001"));
        assert_eq!(messages[0].variable("SVARSPLATS_ENTRY"), None, "empty is none");
        assert_eq!(messages[0].variable("SVARSPLATS_MENU"), Some("1=2"));
    }

    #[test]
    fn no_end_of_a_message_is_told() {
        let mut reader = Reader::default();
        assert_eq!(reader.take(&[b'x'; 70_000]), Err(TooLong));
        let mut reader = Reader::default();
        let line = format!("A: {}\n", "b".repeat(1_000));
        assert!((0..100).any(|_| reader.take(line.as_bytes()).is_err()));
    }

    fn name() -> impl Strategy<Value = String> {
        "[A-Za-z][A-Za-z0-9-]{0,12}"
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_however_it_is_cut(
            messages in prop::collection::vec(prop::collection::vec((name(), "[^\r\n]{0,30}"), 1..6), 1..5),
            cuts in prop::collection::vec(1usize..40, 0..40),
        ) {
            let messages: Vec<Message> = messages
                .into_iter()
                .map(|lines| lines.iter().fold(Message::default(), |m, (n, v)| m.with(n, v.trim_start_matches(' '))))
                .collect();
            let wire: Vec<u8> = messages.iter().flat_map(|m| m.to_wire().into_bytes()).collect();
            let (mut reader, mut read, mut rest) = (Reader::default(), Vec::new(), wire.as_slice());
            for cut in cuts {
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                read.extend(reader.take(piece).unwrap());
                rest = left;
            }
            read.extend(reader.take(rest).unwrap());
            prop_assert_eq!(read, messages);
        }

        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = Reader::default().take(&bytes);
        }

        #[test]
        fn a_value_cannot_begin_another_line(value in "(?s).{0,40}") {
            let wire = Message::action("QueueAdd").with("Queue", &value).to_wire();
            prop_assert_eq!(wire.matches('\n').count(), 3);
        }
    }
}
