//! A change that can be tried again without being done twice: the same request keeps its command id.

use crate::edge;
use crate::transport::{self, Read, Sent};
use contract::domain::CommandId;
use contract::{Command, Error};
use leptos::prelude::*;

/// The id of the last try.
#[derive(Clone, Copy)]
pub struct Once(StoredValue<Option<(CommandId, String)>>);

impl Once {
    /// Nothing tried yet.
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    fn id(self, request: String) -> CommandId {
        if let Some((id, before)) = self.0.get_value()
            && before == request
        {
            return id;
        }
        let id = new_id();
        self.0.set_value(Some((id, request)));
        id
    }

    /// Sends it; the id is kept when it fails, and another request gets another.
    ///
    /// # Errors
    /// The host's.
    pub fn send<C: Command<Reply: Read>>(
        self,
        request: &C::Request,
    ) -> impl Future<Output = Result<C::Reply, Error>> + use<C> {
        let sent = self.tell::<C>(request);
        async { transport::reply(&sent.await?) }
    }

    /// Sends it; the reply is yet to be read, by [`transport::reply`].
    pub fn tell<C: Command>(self, request: &C::Request) -> Sent {
        self.again(C::INFO.name, transport::written(request))
    }

    fn again(self, name: &'static str, request: Option<String>) -> Sent {
        let id = self.id(request.clone().unwrap_or_default());
        self.done(transport::send(name, Some(id), request))
    }

    fn done(self, sent: Sent) -> Sent {
        Box::pin(async move {
            let reply = sent.await?;
            self.0.set_value(None);
            Ok(reply)
        })
    }
}

/// An id for a change that is not tried again.
pub fn new_id() -> CommandId {
    CommandId::new(edge::local_now(), edge::random())
}
