//! The functions that run on the devices' threads allocate nothing (invariant 3 of the house).
#![cfg(feature = "audio")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use phone::audio::callback::{Capture, Playback, RingTone};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the pointer came from `alloc` above with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(run: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    run();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(std::hint::black_box(Box::new(7)))) >= 2);
}

#[test]
fn capture_playback_and_ring_allocate_nothing_full_or_empty() {
    let (out, mut heard) = rtrb::RingBuffer::new(4_000);
    let mut capture = Capture::new(2, out);
    let (mut store, input) = rtrb::RingBuffer::new(4_000);
    let mut playback = Playback::new(2, input, 1_920);
    let mut ring = RingTone::new(2, Arc::from([1i16, 2, 3].as_slice()));
    let stereo = [0.25f32; 1_920];
    let mut shorts = [0i16; 1_920];
    let mut floats = [0f32; 1_920];
    let mut bytes = [0u8; 641];
    let counted = allocations(|| {
        for round in 0..50 {
            capture.hear(&stereo);
            capture.hear(&shorts);
            // Emptied now and then, so that both a full and a free ring are met.
            while round % 10 == 0 && heard.pop().is_ok() {}
            for _ in 0..(round * 50) {
                let _ = store.push(5);
            }
            playback.play(&mut shorts);
            playback.play(&mut floats);
            ring.play(&mut shorts);
            capture.hear_bytes(&bytes);
            playback.play_bytes(&mut bytes);
            ring.play_bytes(&mut bytes);
        }
    });
    assert_eq!(counted, 0);
}

#[test]
fn capture_mixes_down_and_playback_waits_until_there_is_enough() {
    let (out, mut heard) = rtrb::RingBuffer::new(100);
    Capture::new(2, out).hear(&[100i16, 300, -50, -150]);
    assert_eq!((heard.pop(), heard.pop()), (Ok(200), Ok(-100)));

    let (mut store, input) = rtrb::RingBuffer::new(100);
    let mut playback = Playback::new(1, input, 4);
    let mut data = [9i16; 2];
    store.push(1).unwrap();
    playback.play(&mut data);
    assert_eq!(data, [0, 0], "one sample is not enough");
    for sample in 2..=4 {
        store.push(sample).unwrap();
    }
    playback.play(&mut data);
    assert_eq!(data, [1, 2]);
    playback.play(&mut data);
    playback.play(&mut data);
    assert_eq!(data, [0, 0], "a gap is silence");
}
