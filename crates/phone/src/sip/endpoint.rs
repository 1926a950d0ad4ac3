//! The endpoint: sockets, what comes in, and calls that go out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, StatusCode, Uri};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::tcp_listener::TcpListenerConnection;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::admission::{self, Refusal};
use super::early::Legs;
use super::gate;
use super::inspector::{Inspector, Reasons};
use super::leg::{IncomingCall, Leg, LegEvent};
use super::line::{Line, SecureServer};
use super::outgoing::Outgoing;
use super::refer;
use super::registrar::RegisterRequest;
use super::{Credentials, SipError, Transport, timer};

/// Where an endpoint listens. At least one address; port 0 takes any.
#[derive(Debug, Clone, Default)]
pub struct EndpointConfig {
    /// UDP.
    pub udp: Option<SocketAddr>,
    /// TCP, for connections in; connections out need none, but the contact names it.
    pub tcp: Option<SocketAddr>,
}

/// What comes in from others, outside of calls that are known.
#[derive(Debug)]
pub enum Incoming {
    /// Somebody wants to be reachable; dropped unanswered it is answered 501.
    Register(RegisterRequest),
    /// Somebody calls.
    Call(IncomingCall),
}

/// A call that goes out.
#[derive(Debug, Clone, Default)]
pub struct InviteRequest {
    /// Whom, as a SIP address with its own `;transport=` unless UDP.
    pub to: String,
    /// Who we are, as a SIP address; its user part goes into the contact too.
    pub from: String,
    /// Name shown to the other end.
    pub display: Option<String>,
    /// SDP.
    pub offer: Vec<u8>,
    /// More headers, such as `X-Svarsplats-Queue`; names and values as they are.
    pub headers: Vec<(String, String)>,
    /// Offers session timers (RFC 4028).
    pub timed: bool,
    /// Answers a challenge.
    pub credentials: Option<Credentials>,
    /// The exchange to send it through, `host` or `host:port`, whatever the callee's address says.
    pub through: Option<(String, Transport)>,
}

/// An endpoint. Cheap to clone; lives until [`Self::close`] or the last clone is gone.
#[derive(Clone)]
pub struct Endpoint {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) stack: EndpointInnerRef,
    pub(super) dialogs: Arc<DialogLayer>,
    pub(super) received: Reasons,
    pub(super) given: Reasons,
    pub(super) legs: Legs,
    udp: Option<SocketAddr>,
    tcp: Option<SocketAddr>,
    line: Option<Line>,
    cancel: CancellationToken,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Shared { udp, tcp, .. } = &*self.shared;
        f.debug_struct("Endpoint").field("udp", udp).field("tcp", tcp).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Binds the addresses and starts to serve on the current runtime.
    pub async fn bind(config: EndpointConfig) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        Self::bound(config, None).await
    }

    /// The same, and sends all to a proxy at that address, whatever the addresses in it say.
    pub async fn behind(
        config: EndpointConfig,
        proxy: SocketAddr,
        transport: Transport,
    ) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        let proxy = format!("sip:{proxy}{}", transport.parameter());
        let proxy = Uri::try_from(proxy.as_str()).map_err(|_| SipError::BadAddress)?;
        let proxy = SipAddr::try_from(&proxy).map_err(|_| SipError::BadAddress)?;
        Self::bound(config, Some(proxy)).await
    }

    async fn bound(
        config: EndpointConfig,
        proxy: Option<SipAddr>,
    ) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        let cancel = CancellationToken::new();
        let mut transport = TransportLayer::new(cancel.child_token());
        transport.outbound = proxy;
        let failed = |error: rsipstack::Error| SipError::Bind(error.to_string());
        let mut udp = None;
        let mut tcp = None;
        if let Some(address) = config.udp {
            let socket = gate::bind(address).await?;
            let connection = UdpConnection::from_socket(socket, None, Some(cancel.child_token()));
            let connection = connection.await.map_err(failed)?;
            udp = Some(connection.get_addr().get_socketaddr().map_err(failed)?);
            transport.add_transport(SipConnection::Udp(connection));
        }
        if let Some(address) = config.tcp {
            // The library binds when it begins to serve, and a port of 0 would stay unknown.
            let address = concrete(address)?;
            let listener = TcpListenerConnection::new(address, None).await.map_err(failed)?;
            tcp = Some(address);
            transport.add_transport(SipConnection::TcpListener(listener));
        }
        if udp.is_none() && tcp.is_none() {
            return Err(SipError::Bind("no address".into()));
        }
        Self::serve(transport, cancel, (udp, tcp), None)
    }

    /// Connects to an exchange over TLS. All that is sent goes there; calls come over the same connection.
    pub async fn connect(server: SecureServer) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        let cancel = CancellationToken::new();
        let mut transport = TransportLayer::new(cancel.child_token());
        let line = Line::open(server, &transport, cancel.clone()).await?;
        transport.outbound = Some(line.target());
        Self::serve(transport, cancel, (None, None), Some(line))
    }

    fn serve(
        transport: TransportLayer,
        cancel: CancellationToken,
        (udp, tcp): (Option<SocketAddr>, Option<SocketAddr>),
        line: Option<Line>,
    ) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        let failed = |error: rsipstack::Error| SipError::Bind(error.to_string());
        let (received, given, legs) = (Reasons::default(), Reasons::default(), Legs::default());
        let endpoint = EndpointBuilder::new()
            .with_cancel_token(cancel.child_token())
            .with_transport_layer(transport)
            .with_user_agent(concat!("Svarsplats/", env!("CARGO_PKG_VERSION")))
            .with_allows(METHODS.to_vec())
            .with_inspector(Box::new(Inspector { received: received.clone(), given: given.clone() }))
            .build();
        let incoming = endpoint.incoming_transactions().map_err(failed)?;
        let stack = endpoint.inner.clone();
        let dialogs = Arc::new(DialogLayer::new(stack.clone()));
        let shared = Arc::new(Shared {
            stack,
            dialogs,
            received,
            given,
            legs,
            udp,
            tcp,
            line,
            cancel: cancel.clone(),
        });
        let (tell, events) = unbounded_channel();
        tokio::spawn(async move { endpoint.serve().await });
        tokio::spawn(dispatch(Arc::downgrade(&shared), incoming, tell, cancel));
        Ok((Self { shared }, events))
    }

    /// Where UDP is received.
    pub fn udp(&self) -> Option<SocketAddr> {
        self.shared.udp
    }

    /// Where TCP connections are received.
    pub fn tcp(&self) -> Option<SocketAddr> {
        self.shared.tcp
    }

    /// The address under which others reach `user` here.
    pub fn contact(&self, user: &str, transport: Transport) -> Result<String, SipError> {
        let address = match transport {
            Transport::Udp => self.shared.udp.or(self.shared.tcp),
            Transport::Tcp => self.shared.tcp.or(self.shared.udp),
            Transport::Tls => self.shared.line.as_ref().map(Line::local),
        };
        let address = address.ok_or(SipError::BadAddress)?;
        Ok(format!("sip:{user}@{address}{}", transport.parameter()))
    }

    /// Calls somebody. The leg can be hung up at once; what happens comes through the receiver, which ends
    /// with [`LegEvent::Ended`].
    pub fn invite(&self, request: InviteRequest) -> Result<(Leg, UnboundedReceiver<LegEvent>), SipError> {
        let parse = |text: &str| Uri::try_from(text).map_err(|_| SipError::BadAddress);
        let callee = parse(&request.to)?;
        let caller = parse(&request.from)?;
        let destination = request.through.as_ref().map(|(server, transport)| {
            parse(&format!("sip:{server}{}", transport.parameter()))
                .and_then(|uri| SipAddr::try_from(&uri).map_err(|_| SipError::BadAddress))
        });
        let destination = destination.transpose()?;
        let transport = request.through.map_or_else(|| asked_for(&callee), |(_, transport)| transport);
        let contact = parse(&self.contact(caller.user().unwrap_or("anonymous"), transport)?)?;
        let headers = request.headers.into_iter().map(|(name, value)| Header::Other(name, clean(&value)));
        let option = InviteOption {
            caller_display_name: request.display.map(|display| clean(&display)),
            caller,
            callee,
            contact,
            destination,
            offer: Some(request.offer),
            credential: request.credentials.as_ref().map(credential),
            headers: Some(headers.collect()),
            ..InviteOption::default()
        };
        Leg::call(&self.shared, Outgoing { option, timed: request.timed })
    }

    /// Connects again to an exchange over TLS if the connection has fallen. Others need no connection to be restored.
    pub(super) async fn restore(&self) -> Result<(), SipError> {
        match &self.shared.line {
            Some(line) => line.restore(&self.shared.stack.transport_layer).await,
            None => Ok(()),
        }
    }

    /// Gives up a connection on which nobody answers, so that the next try makes another.
    pub(super) fn give_up(&self) {
        if let Some(line) = &self.shared.line {
            line.give_up(&self.shared.stack.transport_layer);
        }
    }

    /// Comes when the connection to an exchange over TLS has fallen; otherwise never.
    pub fn fallen(&self) -> impl Future<Output = ()> + Send + 'static {
        let fallen = self.shared.line.as_ref().map(Line::fallen);
        async move {
            match fallen {
                Some(fallen) => fallen.cancelled_owned().await,
                None => std::future::pending().await,
            }
        }
    }

    /// Stops serving. Calls that go on are not told; hang them up before.
    pub fn close(&self) {
        self.shared.cancel.cancel();
    }

    pub(super) fn stack(&self) -> &EndpointInnerRef {
        &self.shared.stack
    }
}

const METHODS: [Method; 9] = [
    Method::Invite,
    Method::Ack,
    Method::Cancel,
    Method::Bye,
    Method::Options,
    Method::Info,
    Method::PRack,
    Method::Update,
    Method::Notify,
];

/// What we take. Who calls or is called tells it, so that the other end may offer changes before the answer
/// (RFC 3311 §4).
pub(super) fn allow() -> Header {
    Header::Allow(METHODS.map(|method| method.to_string()).join(", ").into())
}

pub(super) fn credential(credentials: &Credentials) -> Credential {
    Credential {
        username: credentials.user.clone(),
        password: credentials.password.expose().to_owned(),
        realm: None,
        auth_username: None,
    }
}

/// What an address asks for by its `;transport=`.
fn asked_for(uri: &Uri) -> Transport {
    let text = uri.to_string().to_ascii_lowercase();
    let all = [Transport::Tcp, Transport::Tls];
    all.into_iter().find(|transport| text.contains(transport.parameter())).unwrap_or_default()
}

/// Header values never carry line breaks.
fn clean(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect()
}

fn concrete(address: SocketAddr) -> Result<SocketAddr, SipError> {
    if address.port() != 0 {
        return Ok(address);
    }
    let probe = std::net::TcpListener::bind(address).and_then(|listener| listener.local_addr());
    probe.map_err(|error| SipError::Bind(error.to_string()))
}

async fn dispatch(
    shared: std::sync::Weak<Shared>,
    mut incoming: rsipstack::transaction::TransactionReceiver,
    tell: UnboundedSender<Incoming>,
    cancel: CancellationToken,
) {
    loop {
        let transaction = tokio::select! {
            () = cancel.cancelled() => return,
            next = incoming.recv() => next,
        };
        let (Some(transaction), Some(shared)) = (transaction, shared.upgrade()) else { return };
        route(&shared, transaction, &tell);
    }
}

/// On one machine a BYE can come before the library has noted that its call was answered: the call gets
/// 200 ms to appear.
async fn overtaken(shared: Arc<Shared>, mut transaction: Transaction) {
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if let Some(mut dialog) = shared.dialogs.match_dialog(&transaction) {
            if let Err(error) = dialog.handle(&mut transaction).await {
                tracing::debug!(%error, "a request within a call could not be handled");
            }
            return;
        }
    }
    if let Err(error) = transaction.reply(StatusCode::CallTransactionDoesNotExist).await {
        tracing::debug!(%error, "a request could not be answered");
    }
}

/// Whose a request is: a known call's, a new call, a registration, or ours to answer.
fn route(shared: &Arc<Shared>, mut transaction: Transaction, tell: &UnboundedSender<Incoming>) {
    if let Err(refusal) = admission::check(&transaction.original) {
        return refuse(transaction, refusal);
    }
    if matches!(transaction.original.method, Method::PRack | Method::Update) {
        let Some(unknown) = shared.legs.hand(transaction) else { return };
        transaction = unknown;
    }
    if let Some(mut dialog) = shared.dialogs.match_dialog(&transaction) {
        tokio::spawn(async move {
            if let Err(error) = dialog.handle(&mut transaction).await {
                tracing::debug!(%error, "a request within a call could not be handled");
            }
        });
        return;
    }
    let within = transaction.original.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_some();
    let status = match transaction.original.method {
        Method::Ack => return,
        Method::Options => StatusCode::OK,
        _ if within => {
            tokio::spawn(overtaken(shared.clone(), transaction));
            return;
        }
        Method::Invite => {
            let place = refer::wanted_place(&transaction.original, &shared.dialogs);
            match place.and_then(|place| Leg::offered(shared, &transaction, place)) {
                Ok(call) => {
                    call.leg.serve(transaction);
                    // Nobody listens any more: the call is refused when the leg is dropped.
                    let _ = tell.send(Incoming::Call(call));
                    return;
                }
                Err(status) => status,
            }
        }
        Method::Register => {
            match RegisterRequest::read(transaction) {
                Ok(request) => drop(tell.send(Incoming::Register(request))),
                Err(nobody) => refuse(*nobody, Refusal::of(StatusCode::BadRequest)),
            }
            return;
        }
        _ => StatusCode::MethodNotAllowed,
    };
    let mut headers = vec![allow(), Header::Accept(admission::SDP.into())];
    if status == StatusCode::SessionIntervalTooSmall {
        headers.push(timer::least());
    }
    refuse(transaction, Refusal { status, headers });
}

fn refuse(mut transaction: Transaction, Refusal { status, headers }: Refusal) {
    tokio::spawn(async move {
        if let Err(error) = transaction.reply_with(status, headers, None).await {
            tracing::debug!(%error, "a request could not be answered");
        }
    });
}
