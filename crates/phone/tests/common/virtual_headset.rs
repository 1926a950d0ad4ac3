//! A headset without hardware: a HID device of the kernel's (`/dev/uhid`), read through its hidraw node, where this
//! user may make one; else a pair of sockets in the node's place, which says nothing of the kernel.

#![allow(clippy::indexing_slicing, reason = "test code")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use phone::headset::hidraw::{About, Hidraw, Nodes};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const DESTROY: u32 = 1;
const STOP: u32 = 3;
const OUTPUT: u32 = 6;
const CREATE: u32 = 11;
const INPUT: u32 = 12;
/// Of an event, octets (linux/uhid.h).
const EVENT: usize = 4 + 4_376;
const DATA: usize = 4_096;

/// A descriptor, and the driver's end.
type StandsIn = (Vec<u8>, OwnedFd);

/// What the driver sees: this test's devices alone, whatever else is plugged in.
#[derive(Clone)]
pub struct Port {
    product: String,
    stands_in: Arc<Mutex<Option<StandsIn>>>,
    uhid: bool,
}

impl Port {
    pub fn new() -> Self {
        let uhid = File::options().read(true).write(true).open("/dev/uhid").is_ok();
        eprintln!(
            "the headset is {}",
            if uhid { "a virtual HID device" } else { "a pair of sockets: no /dev/uhid" }
        );
        let product = format!("Svarsplats {}", std::process::id());
        Self { product, stands_in: Arc::default(), uhid }
    }

    /// A headset is plugged in.
    pub fn plug(&self, descriptor: &[u8]) -> Plugged {
        let (tell, written) = unbounded_channel();
        let (device, mut reader) = if self.uhid {
            let mut device = File::options().read(true).write(true).open("/dev/uhid").unwrap();
            device.write_all(&create(&self.product, descriptor)).unwrap();
            let reader = device.try_clone().unwrap();
            (device, reader)
        } else {
            let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
            let (device, node) = pair.unwrap();
            rustix::io::ioctl_fionbio(&node, true).unwrap();
            *self.stands_in.lock().unwrap() = Some((descriptor.to_vec(), node));
            let device = File::from(device);
            let reader = device.try_clone().unwrap();
            (device, reader)
        };
        let uhid = self.uhid;
        std::thread::spawn(move || {
            let mut event = vec![0; EVENT];
            while let Ok(octets @ 1..) = reader.read(&mut event) {
                let report = match uhid.then(|| u32::from_ne_bytes(event[..4].try_into().unwrap())) {
                    None => event[..octets].to_vec(),
                    Some(OUTPUT) => {
                        let size = u16::from_ne_bytes(event[4 + DATA..6 + DATA].try_into().unwrap());
                        event[4..4 + usize::from(size)].to_vec()
                    }
                    Some(STOP) => return,
                    Some(_) => continue,
                };
                if tell.send(report).is_err() {
                    return;
                }
            }
        });
        Plugged { device, written, port: self.clone() }
    }
}

/// A headset that is plugged in, until it is dropped.
pub struct Plugged {
    device: File,
    /// What it was sent.
    pub written: UnboundedReceiver<Vec<u8>>,
    port: Port,
}

impl Plugged {
    /// Sends a report.
    pub fn send(&mut self, report: &[u8]) {
        let mut event = report.to_vec();
        if self.port.uhid {
            event = INPUT.to_ne_bytes().to_vec();
            event.extend((report.len() as u16).to_ne_bytes());
            event.extend(report);
        }
        self.device.write_all(&event).unwrap();
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        match self.port.uhid {
            true => self.device.write_all(&DESTROY.to_ne_bytes()).unwrap(),
            false => rustix::net::shutdown(&self.device, rustix::net::Shutdown::Both).unwrap(),
        }
    }
}

fn create(product: &str, descriptor: &[u8]) -> Vec<u8> {
    let mut event = CREATE.to_ne_bytes().to_vec();
    let mut name = product.as_bytes().to_vec();
    name.resize(128 + 64 + 64, 0);
    event.extend(name);
    event.extend((descriptor.len() as u16).to_ne_bytes());
    // BUS_VIRTUAL
    event.extend(6_u16.to_ne_bytes());
    event.extend([0; 16]);
    event.extend(descriptor);
    event
}

impl Nodes for Port {
    fn names(&self) -> Vec<String> {
        if self.uhid {
            return Hidraw.names();
        }
        let there = self.stands_in.lock().unwrap().is_some();
        if there { vec!["hidraw0".to_owned()] } else { vec![] }
    }

    fn about(&self, name: &str) -> Option<About> {
        if self.uhid {
            return Hidraw.about(name).filter(|about| about.product == self.product);
        }
        let stands_in = self.stands_in.lock().unwrap();
        stands_in
            .as_ref()
            .map(|(descriptor, _)| About { product: self.product.clone(), descriptor: descriptor.clone() })
    }

    fn allowed(&self, name: &str) -> io::Result<()> {
        if self.uhid { Hidraw.allowed(name) } else { Ok(()) }
    }

    fn open(&self, name: &str) -> io::Result<Receiver> {
        if self.uhid {
            return Hidraw.open(name);
        }
        // As a node does, it opens once more only with another device.
        let node = self.stands_in.lock().unwrap().take().ok_or(io::ErrorKind::NotFound)?;
        Receiver::from_owned_fd_unchecked(node.1)
    }
}
