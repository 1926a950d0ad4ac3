//! States as shapes: the second of three ways to tell one (colour, shape, word).

use crate::dom::prelude::*;
use contract::domain::agent::AgentState;
use contract::domain::alarm::AlarmStep;
use contract::domain::case::CaseStatus;
use contract::phone::CallQuality;

/// A shape; drawn in the colour of the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Disc,
    Ring,
    Half,
    Square,
    Diamond,
    Triangle,
    Bars,
    Check,
    Cross,
    Lock,
    OpenLock,
}

impl Shape {
    const fn path(self) -> &'static str {
        match self {
            Self::Disc => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1Z",
            Self::Ring => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1Zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
            Self::Half => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1Zm0 2v6a3 3 0 0 1 0-6Z",
            Self::Square => "M1.5 1.5h9v9h-9Z",
            Self::Diamond => "M6 .5 11.500 6 6 11.500.5 6Z",
            Self::Triangle => "M6 1 11.500 10.500H.5Z",
            Self::Bars => "M2 1h3v10H2Zm5 0h3v10H7Z",
            Self::Check => "m1 6.500 1.500-1.500L5 7.500 9.500 2 11 3.500 5 10.500Z",
            Self::Lock => "M3.500 5V3.500a2.500 2.500 0 0 1 5 0V5H10v6H2V5Zm1.500 0h2V3.500a1 1 0 0 0-2 0Z",
            Self::OpenLock => "M3.500 5V3.500a2.500 2.500 0 0 1 5 0H7a1 1 0 0 0-2 0V5h5v6H2V5Z",
            Self::Cross => {
                "m2.500 1 3.500 3.500L9.500 1 11 2.500 7.500 6 11 9.500 9.500 11 6 7.500 2.500 11 1 9.500 4.500 6 1 2.500Z"
            }
        }
    }
}

/// The shape, unseen by assistive technology: the word stands beside it.
pub fn shape(shape: Shape) -> AnyView {
    view! {
        <svg class="shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
            <path fill-rule="evenodd" d=shape.path()></path>
        </svg>
    }
    .into_any()
}

/// Of an agent's state: shape and tone.
pub const fn agent(state: AgentState) -> (Shape, &'static str) {
    match state {
        AgentState::Offline => (Shape::Ring, "quiet"),
        AgentState::Ready => (Shape::Disc, "good"),
        AgentState::Paused { .. } => (Shape::Bars, "warn"),
        AgentState::Offered => (Shape::Triangle, "accent"),
        AgentState::InCall => (Shape::Square, "accent"),
        AgentState::WrapUp { .. } => (Shape::Half, "warn"),
    }
}

/// Of a case's state.
pub const fn case(status: CaseStatus) -> (Shape, &'static str) {
    match status {
        CaseStatus::Open => (Shape::Ring, "warn"),
        CaseStatus::Leaving => (Shape::Triangle, "accent"),
        CaseStatus::HandedOver => (Shape::Diamond, "accent"),
        CaseStatus::Accepted => (Shape::Half, "accent"),
        CaseStatus::Answered => (Shape::Disc, "good"),
        CaseStatus::Confirming => (Shape::Half, "warn"),
        CaseStatus::Closed => (Shape::Check, "quiet"),
    }
}

/// Of an alarm: how near it is.
pub const fn alarm(step: AlarmStep) -> (Shape, &'static str) {
    match step {
        AlarmStep::Soon => (Shape::Half, "warn"),
        AlarmStep::Overdue | AlarmStep::Owner | AlarmStep::Lead => (Shape::Triangle, "bad"),
    }
}

/// Of a call's sound.
pub const fn quality(quality: CallQuality) -> (Shape, &'static str) {
    match quality {
        CallQuality::Good => (Shape::Check, "good"),
        CallQuality::FairLoss | CallQuality::FairJitter | CallQuality::FairDelay => (Shape::Half, "warn"),
        CallQuality::BadLoss | CallQuality::BadJitter | CallQuality::BadDelay => (Shape::Cross, "bad"),
    }
}

/// Whether a call can be heard on its way.
pub const fn lock(closed: bool) -> (Shape, &'static str) {
    if closed { (Shape::Lock, "good") } else { (Shape::OpenLock, "quiet") }
}

/// Shape and word in the tone of the state.
pub fn badge(shape_and_tone: (Shape, &'static str), word: impl IntoView + 'static) -> AnyView {
    let (kind, tone) = shape_and_tone;
    view! { <span class=format!("badge {tone}")>{shape(kind)}<span>{word.into_any()}</span></span> }
        .into_any()
}
