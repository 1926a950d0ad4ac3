//! Two phones that talk with each other through the bench: it calls both and passes the sound on.

use super::exchange::{Call, Exchange};
use super::programs::Phone;
use super::sip::Coding;
use crate::command::Outcome;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A call on each side and what lies between them.
pub struct Bridge {
    calls: [Call; 2],
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Bridge {
    /// Calls both.
    pub fn open(exchange: &mut Exchange, phones: [&Phone; 2], coding: Coding) -> Outcome<Self> {
        let (a, b) = (Arc::new(UdpSocket::bind("127.0.0.1:0")?), Arc::new(UdpSocket::bind("127.0.0.1:0")?));
        let [first, second] = phones;
        let calls = [
            exchange.call(&first.contact, coding, a.local_addr()?.port())?,
            exchange.call(&second.contact, coding, b.local_addr()?.port())?,
        ];
        let over = Arc::new(AtomicBool::new(false));
        let [one, two] = &calls;
        let threads =
            vec![pass(a.clone(), b.clone(), two.sound, over.clone())?, pass(b, a, one.sound, over.clone())?];
        Ok(Self { calls, over, threads })
    }

    /// Ends both calls.
    pub fn close(self, exchange: &Exchange) -> Outcome {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            let _ = thread.join();
        }
        self.calls.iter().try_for_each(|call| exchange.end(call))
    }
}

fn pass(
    from: Arc<UdpSocket>,
    through: Arc<UdpSocket>,
    to: SocketAddr,
    over: Arc<AtomicBool>,
) -> Outcome<JoinHandle<()>> {
    from.set_read_timeout(Some(Duration::from_millis(100)))?;
    Ok(std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        while !over.load(Ordering::Relaxed) {
            if let Ok((length, _)) = from.recv_from(&mut buffer) {
                let _ = through.send_to(buffer.get(..length).unwrap_or_default(), to);
            }
        }
    }))
}
