//! Linux' hidraw: what devices there are, by sysfs, and their reports. Who may read them is udev's to say.

use std::io;
use std::path::Path;

use tokio::net::unix::pipe::{OpenOptions, Receiver};

/// What is known of a HID device without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What its maker calls it.
    pub product: String,
    /// Its report descriptor.
    pub descriptor: Vec<u8>,
}

/// The HID devices of a computer, each by the name of its node.
pub trait Nodes: Send {
    /// Those that are there now.
    fn names(&self) -> Vec<String>;
    /// What is known of one; `None` when it is gone.
    fn about(&self, name: &str) -> Option<About>;
    /// Whether this user may read and write it.
    fn allowed(&self, name: &str) -> io::Result<()>;
    /// Opens it, to read without waiting and to write: a report by each call, with its id before it where the device
    /// numbers them. Within a runtime that does I/O.
    fn open(&self, name: &str) -> io::Result<Receiver>;
}

const CLASS: &str = "/sys/class/hidraw";
const NODES: &str = "/dev";

/// The system's own.
#[derive(Debug, Clone, Copy)]
pub struct Hidraw;

impl Nodes for Hidraw {
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(CLASS).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    fn about(&self, name: &str) -> Option<About> {
        let device = Path::new(CLASS).join(name).join("device");
        let descriptor = std::fs::read(device.join("report_descriptor")).ok()?;
        Some(About { product: product(&device).unwrap_or_else(|| name.to_owned()), descriptor })
    }

    fn allowed(&self, name: &str) -> io::Result<()> {
        std::fs::OpenOptions::new().read(true).write(true).open(Path::new(NODES).join(name)).map(drop)
    }

    fn open(&self, name: &str) -> io::Result<Receiver> {
        // No pipe, but read and awaited like one.
        OpenOptions::new().read_write(true).unchecked(true).open_receiver(Path::new(NODES).join(name))
    }
}

fn product(device: &Path) -> Option<String> {
    let uevent = std::fs::read_to_string(device.join("uevent")).ok()?;
    let name = uevent.lines().find_map(|line| line.strip_prefix("HID_NAME="))?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
