//! Asterisk's manager interface, as far as the stories ask it.

use super::within;
use std::collections::HashMap;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// One message: an event or a response.
pub type Message = HashMap<String, String>;

/// A signed-in connection.
#[derive(Debug)]
pub struct Ami {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Ami {
    /// Connects and signs in; fails as long as Asterisk does not listen.
    pub async fn connect(port: u16, user: &str, secret: &str) -> std::io::Result<Self> {
        let (reader, writer) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?.into_split();
        let mut ami = Self { reader: BufReader::new(reader), writer };
        let mut banner = String::new();
        ami.reader.read_line(&mut banner).await?;
        ami.send(&[("Action", "Login"), ("Username", user), ("Secret", secret)]).await?;
        let answer = ami.next().await?;
        assert_eq!(answer.get("Response").map(String::as_str), Some("Success"), "{answer:?}");
        Ok(ami)
    }

    /// Sends an action and gives the response to it; events in between are dropped.
    pub async fn act(&mut self, fields: &[(&str, &str)]) -> Message {
        self.send(fields).await.unwrap();
        within("Asterisk's response", async {
            loop {
                let message = self.next().await.unwrap();
                if message.contains_key("Response") {
                    return message;
                }
            }
        })
        .await
    }

    /// Waits for an event of that name for which `fits` holds.
    pub async fn event(&mut self, name: &str, fits: impl Fn(&Message) -> bool) -> Message {
        within(&format!("Asterisk's event {name}"), async {
            loop {
                let message = self.next().await.unwrap();
                if message.get("Event").is_some_and(|event| event == name) && fits(&message) {
                    return message;
                }
            }
        })
        .await
    }

    /// Makes a desk a member of a queue, as the service does when its agent is ready.
    pub async fn add_to_queue(&mut self, queue: &str, desk: &str) {
        let interface = format!("PJSIP/{desk}");
        let answer = self.act(&[("Action", "QueueAdd"), ("Queue", queue), ("Interface", &interface)]).await;
        assert_eq!(answer.get("Response").map(String::as_str), Some("Success"), "{answer:?}");
    }

    async fn send(&mut self, fields: &[(&str, &str)]) -> std::io::Result<()> {
        let mut text: String = fields.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
        text.push_str("\r\n");
        self.writer.write_all(text.as_bytes()).await
    }

    async fn next(&mut self) -> std::io::Result<Message> {
        let mut message = Message::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end().split_once(": ") {
                Some((key, value)) => {
                    message.insert(key.to_owned(), value.to_owned());
                }
                None if line.trim_end().is_empty() && !message.is_empty() => return Ok(message),
                None => {}
            }
        }
    }
}
