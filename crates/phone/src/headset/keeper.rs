//! The thread on which headsets are read and written. A write may take seconds when a device misbehaves; the phone
//! and its sound do not wait for it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::Found;
use super::descriptor::Descriptor;
use super::hidraw::Nodes;
use super::report::{Layout, Lights};
use super::telephony::{Telephony, lights};
use crate::call::{PhoneCommand, PhoneState};

/// How often is looked whether devices came.
const LOOK: Duration = Duration::from_secs(1);
/// A longer report has no buttons of a headset, octets.
const REPORT: usize = 4_096;
/// Reports that wait for their turn; a device that floods waits.
const WAITING: usize = 32;

/// A report of a device, or its end.
type News = (u64, Option<Vec<u8>>);

/// Starts the thread; it ends with the phone's state.
pub(crate) fn start(
    nodes: Box<dyn Nodes>,
    state: watch::Receiver<PhoneState>,
    press: impl Fn(PhoneCommand) + Send + 'static,
) {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(run(nodes, state, press)),
            Err(error) => tracing::error!(%error, "headsets are not read"),
        }
    };
    if let Err(error) = std::thread::Builder::new().name("headset".into()).spawn(run) {
        tracing::error!(%error, "the headset thread could not start");
    }
}

async fn run(nodes: Box<dyn Nodes>, mut state: watch::Receiver<PhoneState>, press: impl Fn(PhoneCommand)) {
    let (tell, mut news) = mpsc::channel(WAITING);
    let mut keeper =
        Keeper { nodes, begun: Instant::now(), known: HashMap::new(), used: HashMap::new(), last: 0, tell };
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = state.changed() => if changed.is_err() { break },
            Some((device, report)) = news.recv() => {
                let now = state.borrow().clone();
                keeper.heard(device, report, &now).into_iter().for_each(&press);
            }
            _ = look.tick() => keeper.look(),
        }
        let shown = lights(&state.borrow_and_update());
        keeper.show(shown);
    }
    // Also of a phone that has died in a call.
    keeper.show(Lights::default());
}

/// A device that is no headset, or one that may be used.
enum Known {
    Other,
    Headset { product: String, layout: Layout, device: Option<u64> },
}

struct Used {
    telephony: Telephony,
    file: File,
}

struct Keeper {
    nodes: Box<dyn Nodes>,
    begun: Instant,
    known: HashMap<String, Known>,
    /// By a number of our own: a name comes back with another device.
    used: HashMap<u64, Used>,
    last: u64,
    tell: Sender<News>,
}

impl Keeper {
    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }

    /// Takes devices into use that came, or that may be read by now.
    fn look(&mut self) {
        let names = self.nodes.names();
        self.known.retain(|name, _| names.contains(name));
        for name in names {
            let known =
                match self.known.remove(&name) {
                    Some(known) => known,
                    None => match self.nodes.about(&name) {
                        Some(about) => headset(&about.descriptor).map_or(Known::Other, |layout| {
                            Known::Headset { product: about.product, layout, device: None }
                        }),
                        None => continue,
                    },
                };
            let known = match known {
                Known::Headset { product, layout, device: None } => {
                    let device = self.open(&name, &product, &layout);
                    Known::Headset { product, layout, device }
                }
                known => known,
            };
            self.known.insert(name, known);
        }
    }

    /// Its number, when it could be opened; who plugs in is given the right a moment after.
    fn open(&mut self, name: &str, product: &str, layout: &Layout) -> Option<u64> {
        let opened = self.nodes.open(name).and_then(|reader| {
            let file = File::from(reader.as_fd().try_clone_to_owned()?);
            Ok((reader, file))
        });
        let (reader, file) = opened.inspect_err(|error| tracing::trace!(name, %error, "not opened")).ok()?;
        self.last += 1;
        self.used.insert(self.last, Used { telephony: Telephony::new(layout.clone()), file });
        tokio::spawn(read(self.last, reader, self.tell.clone()));
        tracing::info!(product, "the headset's buttons are used");
        Some(self.last)
    }

    fn heard(&mut self, device: u64, report: Option<Vec<u8>>, state: &PhoneState) -> Vec<PhoneCommand> {
        let now = self.now();
        match (report, self.used.get_mut(&device)) {
            (Some(report), Some(used)) => used.telephony.report(now, &report, state),
            (Some(_), None) => vec![],
            (None, _) => {
                self.used.remove(&device);
                let of =
                    |known: &Known| matches!(known, Known::Headset { device: Some(of), .. } if *of == device);
                self.known.retain(|_, known| !of(known));
                vec![]
            }
        }
    }

    fn show(&mut self, lights: Lights) {
        let now = self.now();
        for used in self.used.values_mut() {
            for report in used.telephony.show(now, lights) {
                if let Err(error) = used.file.write_all(&report) {
                    // Its reader tells when it is gone; one that only takes no lights keeps its buttons.
                    tracing::debug!(%error, "a headset takes no light");
                }
            }
        }
    }
}

fn headset(descriptor: &[u8]) -> Option<Layout> {
    let descriptor = Descriptor::parse(descriptor);
    let parsed =
        descriptor.inspect_err(|error| tracing::debug!(%error, "a HID device describes itself wrongly"));
    Layout::of(&parsed.ok()?)
}

async fn read(device: u64, reader: Receiver, tell: Sender<News>) {
    let mut report = [0; REPORT];
    loop {
        let read = match reader.readable().await {
            Ok(()) => reader.try_read(&mut report),
            Err(error) => Err(error),
        };
        let news = match read {
            Ok(0) => None,
            Ok(octets) => report.get(..octets).map(<[u8]>::to_vec),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => None,
        };
        let over = news.is_none();
        if tell.send((device, news)).await.is_err() || over {
            return;
        }
    }
}

/// The headsets with buttons among the devices.
pub(super) fn found(nodes: &dyn Nodes) -> Vec<Found> {
    let headset = |name: String| {
        let about = nodes.about(&name)?;
        headset(&about.descriptor)?;
        Some(Found { product: about.product, allowed: nodes.allowed(&name).is_ok() })
    };
    nodes.names().into_iter().filter_map(headset).collect()
}
