//! A wire between a desk and its service, that can be cut, slow, or answer in the service's place.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is passed on.
    Passes,
    /// It is answered so, and the service never hears of it.
    Answered(u16, String),
    /// The service does it, and the answer is lost.
    AnswerLost,
    /// It is never answered.
    Hangs,
}

type Rule = Box<dyn FnMut(&str) -> Fate + Send>;

/// The wire. Ends with the test's runtime.
pub struct Between {
    pub address: SocketAddr,
    rule: Arc<Mutex<Rule>>,
}

impl Between {
    pub async fn start(service: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Box::new(|_| Fate::Passes)));
        let kept = Arc::clone(&rule);
        tokio::spawn(async move {
            loop {
                let (desk, _) = listener.accept().await.unwrap();
                tokio::spawn(carry(desk, service, Arc::clone(&kept)));
            }
        });
        Self { address, rule }
    }

    /// From now on, by the path: `rpc/cases.register`, `events`.
    pub fn decide(&self, rule: impl FnMut(&str) -> Fate + Send + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }
}

async fn carry(mut desk: TcpStream, service: SocketAddr, rule: Arc<Mutex<Rule>>) -> Option<()> {
    let (head, body) = request(&mut desk).await?;
    let path = head.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let fate = (rule.lock().unwrap())(&path);
    match fate {
        Fate::Hangs => std::future::pending().await,
        Fate::Answered(status, text) => {
            let length = text.len();
            let reply = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            );
            desk.write_all(reply.as_bytes()).await.ok()
        }
        fate => {
            let mut upstream = TcpStream::connect(service).await.ok()?;
            let mut lines: Vec<String> = head
                .lines()
                .filter(|line| {
                    let name = line.to_lowercase();
                    !line.is_empty() && !name.starts_with("host:") && !name.starts_with("connection:")
                })
                .map(str::to_owned)
                .collect();
            lines.push(format!("host: {service}"));
            lines.push("connection: close".to_owned());
            upstream.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()).await.ok()?;
            upstream.write_all(&body).await.ok()?;
            if fate == Fate::AnswerLost {
                let mut lost = Vec::new();
                upstream.read_to_end(&mut lost).await.ok()?;
                return None;
            }
            copy(&mut upstream, &mut desk).await.ok()?;
            desk.shutdown().await.ok()
        }
    }
}

async fn request(desk: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        if desk.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(read[..end].to_vec()).ok()?;
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    let mut body = read[end..].to_vec();
    while body.len() < length {
        if desk.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}
