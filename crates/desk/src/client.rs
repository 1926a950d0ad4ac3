//! The service, over HTTP.

use contract::domain::Personal;
use contract::error::{Code, Error};
use contract::session::Hello;
use contract::{CONTRACT, Call, Command, Event};
use futures_util::{Stream, StreamExt};
use reqwest::{Response, Url};
use serde_json::Value;
use std::time::Duration;

/// How long a command may take before the service counts as not reached.
const PATIENCE: Duration = Duration::from_secs(5);
/// Without a byte for so long (the service sends a heartbeat every three seconds), the stream counts as lost.
const SILENCE: Duration = Duration::from_secs(8);

/// A service at an address, as one signed-in person or nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: Url,
    bearer: Option<Personal<String>>,
}

impl Client {
    /// A client of the service at `address`.
    ///
    /// # Errors
    /// [`Code::Invalid`] when it is no address, or would send in the clear beyond this computer.
    pub fn new(address: &str) -> Result<Self, Error> {
        let invalid = |detail: &str| Error::new(Code::Invalid, detail);
        let mut text = address.trim().to_owned();
        if !text.contains("://") {
            text = format!("https://{text}");
        }
        let mut address = Url::parse(&text).map_err(|_| invalid("not an address"))?;
        let host = address.host_str().unwrap_or_default().to_owned();
        let loopback = matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
        match address.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(invalid("plain HTTP beyond this computer")),
            _ => return Err(invalid("not an address")),
        }
        if !address.username().is_empty() || address.password().is_some() {
            return Err(invalid("an address with credentials"));
        }
        address.set_path("/");
        address.set_query(None);
        address.set_fragment(None);
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy_for_loopback(loopback)
            .build()
            .map_err(|e| Error::new(Code::Internal, e.to_string()))?;
        Ok(Self { http, address, bearer: None })
    }

    /// The same service, as the holder of `bearer`.
    #[must_use]
    pub fn with_bearer(&self, bearer: Personal<String>) -> Self {
        Self { bearer: Some(bearer), ..self.clone() }
    }

    /// Calls `C`.
    ///
    /// # Errors
    /// The service's; [`Code::Unavailable`] when it is not reached.
    pub async fn ask<C: Command>(&self, call: Call) -> Result<C::Reply, Error> {
        let reply = self.call(C::INFO.name, &call).await?;
        serde_json::from_value(reply).map_err(|_| Error::new(Code::ContractMismatch, C::INFO.name))
    }

    /// Calls by name.
    ///
    /// # Errors
    /// The service's; [`Code::Unavailable`] when it is not reached.
    pub async fn call(&self, name: &str, call: &Call) -> Result<Value, Error> {
        let url = self.address.join(&format!("rpc/{name}")).map_err(|_| Error::from(Code::Internal))?;
        let body = serde_json::to_vec(call).map_err(|e| Error::new(Code::Internal, e.to_string()))?;
        let request = self
            .http
            .post(url)
            .timeout(PATIENCE)
            .header("content-type", "application/json")
            .header("svarsplats-contract", CONTRACT)
            .body(body);
        let response = self.authorised(request).send().await.map_err(unreachable)?;
        read(response).await
    }

    /// The stream of events from now on, each with its cursor.
    ///
    /// # Errors
    /// The service's; [`Code::Unavailable`] when it is not reached.
    pub async fn events(&self) -> Result<impl Stream<Item = Result<Event, Error>> + use<>, Error> {
        let url = self.address.join("events").map_err(|_| Error::from(Code::Internal))?;
        let request =
            self.http.get(url).header("svarsplats-contract", CONTRACT).header("accept", "text/event-stream");
        let response = self.authorised(request).send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(read(response).await.err().unwrap_or(Error::from(Code::Unavailable)));
        }
        let mut lines = EventLines::default();
        let chunks = response.bytes_stream();
        Ok(chunks.flat_map(move |chunk| {
            let events = match chunk {
                Ok(bytes) => lines.feed(&bytes).into_iter().map(Ok).collect(),
                Err(error) => vec![Err(unreachable(error))],
            };
            futures_util::stream::iter(events)
        }))
    }

    fn authorised(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.bearer {
            Some(bearer) => request.bearer_auth(bearer.expose()),
            None => request,
        }
    }
}

/// Loopback never goes by a proxy.
trait LoopbackDirect {
    fn no_proxy_for_loopback(self, loopback: bool) -> Self;
}

impl LoopbackDirect for reqwest::ClientBuilder {
    fn no_proxy_for_loopback(self, loopback: bool) -> Self {
        if loopback { self.no_proxy() } else { self }
    }
}

/// What the desk says first.
#[must_use]
pub const fn hello() -> Hello {
    Hello { contract: CONTRACT }
}

async fn read(response: Response) -> Result<Value, Error> {
    let status = response.status();
    let body = response.bytes().await.map_err(unreachable)?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| Error::new(Code::ContractMismatch, "a reply"));
    }
    // A proxy in between answers without our codes: then the service was not reached.
    Err(serde_json::from_slice(&body).unwrap_or_else(|_| Error::new(Code::Unavailable, status.to_string())))
}

fn unreachable(error: reqwest::Error) -> Error {
    // The address may be in the message; the cause is enough.
    let cause = if error.is_timeout() { "timed out" } else { "not reached" };
    Error::new(Code::Unavailable, cause)
}

/// Server-sent events out of bytes, wherever the chunks are cut. Events of a newer release are left out.
#[derive(Default)]
struct EventLines {
    rest: Vec<u8>,
}

impl EventLines {
    fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = line.trim_ascii_end();
            if let Some(data) = line.strip_prefix(b"data:")
                && let Ok(event) = serde_json::from_slice(data)
            {
                events.push(event);
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_in_the_clear_beyond_this_computer() {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        for good in [
            "https://svar.exempelkoping.example",
            "svar.exempelkoping.example",
            "http://127.0.0.1:7380",
            "http://[::1]:7380/",
        ] {
            assert!(Client::new(good).is_ok(), "{good}");
        }
        for bad in [
            "http://svar.exempelkoping.example",
            "http://10.0.0.1",
            "",
            "ftp://a",
            "https://u:p@host",
            "http://127.0.0.1.example",
        ] {
            assert_eq!(Client::new(bad).err().map(|e| e.code), Some(Code::Invalid), "{bad}");
        }
    }

    #[test]
    fn events_come_whole_however_the_chunks_are_cut() {
        let text = b": heartbeat\n\nid: 7\ndata: {\"event\":\"resync\"}\n\ndata: {\"event\":\"from_the_future\"}\n\ndata:{\"event\":\"signed_out\"}\r\n\r\n";
        for size in 1..text.len() {
            let mut lines = EventLines::default();
            let events: Vec<Event> = text.chunks(size).flat_map(|chunk| lines.feed(chunk)).collect();
            assert_eq!(events, [Event::Resync, Event::SignedOut], "chunks of {size}");
        }
    }
}
