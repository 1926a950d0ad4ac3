//! The thread on which the sound board lives. Opening a device takes its time; here nobody waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::mpsc::UnboundedSender;

use super::engine::Event;
use crate::call::{CallId, Input, SoundFault};
use crate::rtp::{BoardMaker, RtpConfig, Session, SoundBoard};

pub(super) enum BoardOrder {
    Open(CallId, RtpConfig),
    Close(Option<Session>),
    Ring(bool),
}

/// Starts the thread; it ends when the sender is dropped.
pub(super) fn start(maker: BoardMaker, tell: UnboundedSender<Event>) -> Sender<BoardOrder> {
    let (orders, inbox) = channel();
    let named = std::thread::Builder::new().name("sound".into());
    if let Err(error) = named.spawn(move || run(maker(), &inbox, &tell)) {
        tracing::error!(%error, "the sound thread could not start");
    }
    orders
}

fn run(mut board: Box<dyn SoundBoard>, inbox: &Receiver<BoardOrder>, tell: &UnboundedSender<Event>) {
    let mut ring_missing = false;
    while let Ok(order) = inbox.recv() {
        match order {
            BoardOrder::Open(call, config) => {
                let opened = open(board.as_mut(), call, config, tell);
                if opened.is_err() {
                    board.close();
                }
                let _ = tell.send(Event::Opened(call, opened));
            }
            BoardOrder::Close(session) => {
                drop(session);
                board.close();
            }
            BoardOrder::Ring(on) => {
                let missing = board.ring(on).is_err();
                if missing != ring_missing {
                    ring_missing = missing;
                    let _ = tell.send(Event::Input(Input::RingDevice { missing }));
                }
            }
        }
    }
}

fn open(
    board: &mut dyn SoundBoard,
    call: CallId,
    config: RtpConfig,
    tell: &UnboundedSender<Event>,
) -> Result<Session, SoundFault> {
    let report = tell.clone();
    let ends = board.open(Arc::new(move |fault| {
        let _ = report.send(Event::Input(Input::MediaFailed { call, fault }));
    }))?;
    let tell = tell.clone();
    Session::open(config, ends, move |event| {
        let _ = tell.send(Event::Rtp(call, event));
    })
}
