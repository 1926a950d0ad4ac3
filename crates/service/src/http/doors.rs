//! Who may come in: the Host and the Origin of a request, and the session it carries.

use crate::caller::Caller;
use crate::config::{is_loopback, name_of};
use crate::core::Core;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::{Code, Error};
use domain::Personal;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use store::Door;

/// The browser's cookie; with `__Host-` under TLS, so that no other host can set it.
const COOKIE: &str = "svarsplats";
const SECURE_COOKIE: &str = "__Host-svarsplats";

/// An error as a response.
pub(super) struct Refused(pub(super) Error);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = axum::http::StatusCode::from_u16(self.0.code.http_status())
            .unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(self.0)).into_response()
    }
}

/// Refuses foreign hosts (a rebound name) and foreign origins (another page in the same browser).
pub(super) async fn check(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    if let Err(error) = core.check_origin(request.headers()) {
        return Refused(error).into_response();
    }
    next.run(request).await
}

impl Core {
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Error> {
        let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        let host = text(header::HOST).unwrap_or_default();
        if !self.is_own_host(host) {
            return Err(Error::new(Code::Forbidden, "another host"));
        }
        if let Some(origin) = text(header::ORIGIN) {
            let (scheme, name) = origin.split_once("://").unwrap_or(("", origin));
            if name != host || !matches!(scheme, "http" | "https") {
                return Err(Error::new(Code::Forbidden, "another origin"));
            }
        }
        // Sent by browsers, also where Origin is not: a page elsewhere may not even ask.
        match headers.get("sec-fetch-site").map(|value| value.as_bytes()) {
            Some(b"cross-site" | b"same-site") if !is_navigation(headers) => {
                Err(Error::new(Code::Forbidden, "another site"))
            }
            _ => Ok(()),
        }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let (name, port) = name_of(host);
        let bound = self.port.get().copied();
        let address = self.config.listen.ip();
        let listened = !address.is_unspecified() && name.trim_matches(['[', ']']).parse() == Ok(address);
        ((is_loopback(name) || listened) && port == bound) || self.config.is_named(host)
    }

    /// Who calls, by the bearer of a desk or the cookie of a browser.
    pub(super) async fn caller(
        &self,
        headers: &HeaderMap,
        peer: SocketAddr,
        payload: [u8; 32],
    ) -> Result<Caller, Error> {
        let (token, door) = match bearer(headers) {
            Some(token) => (Some(token), Door::Desk),
            None => (self.cookie(headers), door(headers)),
        };
        let signed_in = match &token {
            Some(token) => self.session(token.expose()).await?.filter(|(session, _)| session.door == door),
            None => None,
        };
        let from = self.address(headers, peer);
        Ok(Caller { signed_in, from, door, payload, waited: 0, cookie: OnceLock::new() })
    }

    fn cookie(&self, headers: &HeaderMap) -> Option<Personal<String>> {
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.cookie_name()).map(|(_, value)| Personal::from(value))
    }

    fn encrypted(&self) -> bool {
        self.config.tls.is_some() || !self.config.behind_proxy.is_empty()
    }

    fn cookie_name(&self) -> &'static str {
        if self.encrypted() { SECURE_COOKIE } else { COOKIE }
    }

    /// The cookie that keeps a token, or lets it go.
    pub(super) fn set_cookie(&self, token: Option<&Personal<String>>) -> String {
        let name = self.cookie_name();
        let secure = if self.encrypted() { "; Secure" } else { "" };
        let (value, age) = token
            .map_or(("", 0), |token| (token.expose().as_str(), u32::from(self.config.session_hours) * 3_600));
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
    }

    /// The caller's address: the peer's, or what the declared proxy says.
    pub(super) fn address(&self, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
        let told = headers.get_all("x-forwarded-for").iter().next_back();
        let told = told.and_then(|value| value.to_str().ok()).and_then(|value| value.rsplit(',').next());
        let told = told.and_then(|address| {
            let address = address.trim();
            // Some proxies write the port too.
            let with_port = || address.parse().map(|address: SocketAddr| address.ip());
            address.parse().or_else(|_| with_port()).ok()
        });
        told.filter(|_| self.is_proxy(peer)).unwrap_or(peer.ip())
    }

    fn is_proxy(&self, peer: SocketAddr) -> bool {
        self.config.behind_proxy.contains(&peer.ip().to_canonical())
    }
}

/// Refuses whoever comes past the proxy that encrypts.
pub(super) async fn through_proxy(
    State(core): State<Arc<Core>>,
    ConnectInfo(peer): Peer,
    request: Request,
    next: Next,
) -> Response {
    let own = core.config.tls.is_some() || peer.ip().to_canonical().is_loopback();
    if own || core.is_proxy(peer) {
        return next.run(request).await;
    }
    Refused(Error::new(Code::Forbidden, "not through the proxy")).into_response()
}

/// A page that is opened by a link carries no harm: the interface itself is no secret.
fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate")
}

fn bearer(headers: &HeaderMap) -> Option<Personal<String>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(Personal::from)
}

/// A browser tells its origin with every command; a desk does not.
fn door(headers: &HeaderMap) -> Door {
    let browser = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if browser || headers.contains_key(header::COOKIE) { Door::Browser } else { Door::Desk }
}

/// The caller's version of the contract, when it tells one, must be understood.
pub(super) fn check_contract(headers: &HeaderMap) -> Result<(), Error> {
    let Some(told) = headers.get("svarsplats-contract") else { return Ok(()) };
    let version = told.to_str().ok().and_then(|text| text.parse().ok());
    if version.is_some_and(crate::sessions::speaks) { Ok(()) } else { Err(Code::ContractMismatch.into()) }
}

/// The peer, as the listener saw it.
pub(super) type Peer = ConnectInfo<SocketAddr>;
