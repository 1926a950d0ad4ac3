//! The thread on which the sound board lives. Opening a device takes its time; here nobody waits for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::engine::Event;
use crate::call::{CallId, Input, SoundFault};
use crate::rtp::{BoardMaker, Ends, News, RtpConfig, Session, SoundBoard};

/// How often what runs is looked after.
const LOOK: Duration = Duration::from_millis(250);

pub(super) enum BoardOrder {
    Open(CallId, RtpConfig),
    /// The talk devices go over to a call whose sound is open.
    Give(CallId),
    Close(CallId, Option<Session>),
    Ring(bool),
    /// Other devices, at once: also those of the call and of the ring.
    Replace(BoardMaker),
}

/// Starts the thread; it ends when the sender is dropped.
pub(super) fn start(maker: BoardMaker, tell: UnboundedSender<Event>) -> Sender<BoardOrder> {
    let (orders, inbox) = channel();
    let named = std::thread::Builder::new().name("sound".into());
    let run = move || {
        let mut keeper =
            Keeper { board: maker(), tell, talk: None, rings: false, prepared: false, ring_missing: false };
        while let Some(order) = keeper.next(&inbox) {
            keeper.obey(order);
        }
    };
    if let Err(error) = named.spawn(run) {
        tracing::error!(%error, "the sound thread could not start");
    }
    orders
}

struct Keeper {
    board: Box<dyn SoundBoard>,
    tell: UnboundedSender<Event>,
    /// Whose sound is open. A call that ended late does not close another one's.
    talk: Option<CallId>,
    rings: bool,
    /// A call that rings, or rang a moment ago, finds its devices ready.
    prepared: bool,
    ring_missing: bool,
}

impl Keeper {
    /// The next order; what runs is looked after meanwhile. `None` at the end.
    fn next(&mut self, inbox: &Receiver<BoardOrder>) -> Option<BoardOrder> {
        while self.talk.is_some() || self.rings || self.prepared {
            match inbox.recv_timeout(LOOK) {
                Ok(order) => return Some(order),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        inbox.recv().ok()
    }

    fn obey(&mut self, order: BoardOrder) {
        match order {
            BoardOrder::Open(call, config) => {
                let opened = self.open(call, config);
                if opened.is_err() {
                    self.close(call);
                }
                let _ = self.tell.send(Event::Opened(call, opened));
            }
            BoardOrder::Give(call) => {
                if let Some(before) = self.talk.replace(call) {
                    tracing::debug!(from = before.0, to = call.0, "the devices change calls");
                    self.board.close();
                }
                self.reopen(call);
            }
            BoardOrder::Close(call, session) => {
                drop(session);
                self.close(call);
            }
            BoardOrder::Ring(on) => self.ring(on),
            BoardOrder::Replace(maker) => self.replace(maker),
        }
    }

    fn open(&mut self, call: CallId, config: RtpConfig) -> Result<Session, SoundFault> {
        if let Some(before) = self.talk {
            self.close(before);
        }
        self.talk = Some(call);
        self.prepared = false;
        let ends = self.board.open()?;
        let tell = self.tell.clone();
        Session::open(config, ends, move |event| {
            let _ = tell.send(Event::Rtp(call, event));
        })
    }

    fn close(&mut self, call: CallId) {
        if self.talk == Some(call) {
            self.talk = None;
            self.board.close();
        }
    }

    fn ring(&mut self, on: bool) {
        self.rings = on;
        let missing = self.board.ring(on).is_err();
        self.tell_of_ring(missing);
        if on && self.talk.is_none() {
            self.board.prepare();
            self.prepared = true;
        }
    }

    fn tell_of_ring(&mut self, missing: bool) {
        if missing != self.ring_missing {
            self.ring_missing = missing;
            let _ = self.tell.send(Event::Input(Input::RingDevice { missing }));
        }
    }

    fn replace(&mut self, maker: BoardMaker) {
        if self.rings {
            // Stopping is no missing device.
            let _ = self.board.ring(false);
        }
        if self.talk.is_some() {
            self.board.close();
        }
        self.board = maker();
        if self.rings {
            self.ring(true);
        } else {
            self.tell_of_ring(false);
        }
        if let Some(call) = self.talk {
            self.reopen(call);
        }
    }

    /// New ends for a call whose sound is open.
    fn reopen(&mut self, call: CallId) {
        match self.board.open() {
            Ok(ends) => self.moved(call, ends, false),
            Err(fault) => self.lost(call, fault),
        }
    }

    fn look(&mut self) {
        if self.prepared && !self.rings {
            self.prepared = false;
            self.board.let_go();
        }
        for news in self.board.look() {
            match (news, self.talk) {
                (News::Ring { missing }, _) => self.tell_of_ring(missing),
                (News::Moved { ends, elsewhere }, Some(call)) => self.moved(call, ends, elsewhere),
                (News::Lost(fault), Some(call)) => self.lost(call, fault),
                (News::Moved { .. } | News::Lost(_), None) => {}
            }
        }
    }

    fn moved(&self, call: CallId, ends: Ends, elsewhere: bool) {
        let _ = self.tell.send(Event::Moved(call, ends));
        let _ = self.tell.send(Event::Input(Input::MediaMoved { call, elsewhere }));
    }

    fn lost(&self, call: CallId, fault: SoundFault) {
        let _ = self.tell.send(Event::Input(Input::MediaFailed { call, fault }));
    }
}
