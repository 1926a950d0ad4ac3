//! A mail server of the tests, on loopback: takes what comes and keeps it. It says that it is a test peer, and
//! speaks as much of RFC 5321 as a sender needs.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What it does with a letter instead of taking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Asks for patience.
    Later,
    /// Refuses.
    Never,
    /// Takes it, and goes away without a word.
    Silent,
}

/// A mail server.
pub struct MailServer {
    pub address: SocketAddr,
    moods: Arc<Mutex<VecDeque<Mood>>>,
    /// So many connections are accepted and told nothing.
    mute: Arc<AtomicU32>,
    /// Letters that came whole, also those that it did not answer to.
    letters: watch::Receiver<Vec<String>>,
    /// Letters that it was asked to take.
    asked: watch::Receiver<u32>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (keep, letters) = watch::channel(Vec::new());
        let (count, asked) = watch::channel(0);
        let moods = Arc::new(Mutex::new(VecDeque::new()));
        let (keep, count, mood) = (Arc::new(keep), Arc::new(count), Arc::clone(&moods));
        let mute = Arc::new(AtomicU32::new(0));
        let still = Arc::clone(&mute);
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                if still.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
                {
                    held.push(stream);
                    continue;
                }
                let (keep, count, mood) = (Arc::clone(&keep), Arc::clone(&count), Arc::clone(&mood));
                // How a conversation ends is the sender's.
                tokio::spawn(async move { serve(stream, &keep, &count, &mood).await.ok() });
            }
        });
        Self { address, moods, mute, letters, asked }
    }

    /// What it does with the next letters; then it takes them.
    pub fn moods(&self, moods: &[Mood]) {
        self.moods.lock().unwrap().extend(moods);
    }

    /// It accepts so many connections, and says nothing in them.
    pub fn is_mute(&self, connections: u32) {
        self.mute.store(connections, Ordering::SeqCst);
    }

    /// Whether somebody has come to each of those.
    pub fn was_tried(&self) -> bool {
        self.mute.load(Ordering::SeqCst) == 0
    }

    /// The letters, when there are so many.
    pub async fn letters(&mut self, count: usize) -> Vec<String> {
        let bound = std::time::Duration::from_secs(60);
        let there = self.letters.wait_for(|letters| letters.len() >= count);
        tokio::time::timeout(bound, there).await.expect("letters within the bound").unwrap().clone()
    }

    /// Returns when it has been asked to take so many.
    pub async fn asked(&mut self, count: u32) {
        let bound = std::time::Duration::from_secs(60);
        let there = self.asked.wait_for(|asked| *asked >= count);
        tokio::time::timeout(bound, there).await.expect("asked within the bound").unwrap();
    }

    pub fn asked_so_far(&self) -> u32 {
        *self.asked.borrow()
    }
}

async fn serve(
    stream: TcpStream,
    keep: &watch::Sender<Vec<String>>,
    count: &watch::Sender<u32>,
    moods: &Mutex<VecDeque<Mood>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test peer of svarsplats ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" => b"250-test peer\r\n250 8BITMIME\r\n",
            "HELO" | "RCPT" | "NOOP" | "RSET" => b"250 so be it\r\n",
            "MAIL" => {
                count.send_modify(|asked| *asked += 1);
                let mood = *moods.lock().unwrap().front().unwrap_or(&Mood::Silent);
                let said: &[u8] = match mood {
                    Mood::Later => b"451 try again later\r\n",
                    Mood::Never => b"550 nobody here\r\n",
                    Mood::Silent => b"250 so be it\r\n",
                };
                if mood != Mood::Silent {
                    moods.lock().unwrap().pop_front();
                }
                said
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    letter.push_str(line.strip_prefix('.').unwrap_or(&line));
                    letter.push('\n');
                }
                let silent = moods.lock().unwrap().pop_front().is_some();
                keep.send_modify(|letters| letters.push(letter));
                if silent {
                    return Ok(());
                }
                b"250 taken\r\n"
            }
            "QUIT" => {
                return write.write_all(b"221 goodbye\r\n").await;
            }
            _ => b"502 not known here\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

/// The text of a letter whose body is quoted-printable (RFC 2045, 6.7), or plain.
pub fn body(letter: &str) -> String {
    let (head, body) = letter.split_once("\n\n").unwrap();
    if !head.to_lowercase().contains("quoted-printable") {
        return body.to_owned();
    }
    let joined = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if *first == b'=' && more.len() >= 2 {
            let code = std::str::from_utf8(&more[..2]).unwrap();
            bytes.push(u8::from_str_radix(code, 16).unwrap());
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8(bytes).unwrap()
}
