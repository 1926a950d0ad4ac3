//! A shift: an exchange, a service, and a desk whose agent takes calls.

use crate::errand;
use crate::peers::asterisk::Asterisk;
use crate::peers::baresip::{Baresip, VOICE};
use crate::peers::desk::Desk;
use crate::peers::service::Service;
use crate::sound::{Sink, hears};

/// A desk that takes calls, with what is behind it.
#[derive(Debug)]
pub struct Shift {
    /// The exchange.
    pub asterisk: Asterisk,
    /// The service.
    pub service: Service,
    /// The desk; its agent is `agent`.
    pub desk: Desk,
}

impl Shift {
    /// Starts all of it, signs in, becomes ready. `None` where a part cannot be had.
    pub async fn begin() -> Option<Self> {
        let asterisk = Asterisk::start().await?;
        let service = Service::start(&asterisk).await;
        let desk = Desk::at(&service).await?;
        errand::sign_in(&desk.page, "agent", service.password("agent")).await;
        errand::becomes_ready(&desk.page).await;
        Some(Self { asterisk, service, desk })
    }

    /// A resident calls the building queue and is offered to the agent.
    pub async fn is_offered(&self) -> Baresip {
        is_offered(&self.asterisk, &self.desk).await
    }

    /// The same, answered and heard.
    pub async fn is_called(&self) -> Baresip {
        is_called(&self.asterisk, &self.desk).await
    }
}

/// A resident calls the building queue and is offered at that desk.
pub async fn is_offered(asterisk: &Asterisk, desk: &Desk) -> Baresip {
    let mut caller = Baresip::caller(asterisk, "+46701740612").await;
    caller.dial("bygg").await;
    errand::is_offered(&desk.page).await;
    caller
}

/// The same, answered and heard.
pub async fn is_called(asterisk: &Asterisk, desk: &Desk) -> Baresip {
    let caller = is_offered(asterisk, desk).await;
    errand::answers(&desk.page).await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    caller
}
