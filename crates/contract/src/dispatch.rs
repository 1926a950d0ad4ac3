//! The machinery under the list of commands.

use crate::error::{Code, Error};
use domain::CommandId;
use domain::rights::Role;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a command is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// By the desk, never by the service.
    Desk,
    /// By the service; the desk passes it on.
    Service,
    /// By the desk for its window, by the service for a browser.
    Both,
}

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reads.
    Query,
    /// Changes. Carries an id: a repeat gives the stored reply.
    Change,
    /// Changes, and waits in the desk's outbox when the service cannot be reached.
    Queued,
}

/// Who may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Anyone,
    /// Anyone who has signed in.
    SignedIn,
    /// Those with any of the roles.
    Roles(&'static [Role]),
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandInfo {
    /// `noun.verb`.
    pub name: &'static str,
    /// Where it is answered.
    pub home: Home,
    /// What it does.
    pub kind: Kind,
    /// Who may.
    pub access: Access,
    /// One sentence.
    pub summary: &'static str,
}

/// A command, by its marker type.
pub trait Command {
    /// What is asked.
    type Request: Serialize + DeserializeOwned + Send + 'static;
    /// What is answered.
    type Reply: Serialize + DeserializeOwned + Send + 'static;
    /// Its line.
    const INFO: CommandInfo;
}

/// A call as it travels: the id of a change, and the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Call {
    /// Required for changes, absent for queries.
    #[serde(default)]
    pub id: Option<CommandId>,
    /// The request.
    #[serde(default)]
    pub payload: Value,
    /// How long it lay in a desk's outbox before it was sent, milliseconds. A duration, since the clocks of two
    /// computers differ; beside the payload, since it differs from one try to the next.
    #[serde(default, skip_serializing_if = "not_at_all")]
    pub waited: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn not_at_all(waited: &u64) -> bool {
    *waited == 0
}

impl Call {
    /// A call of `C`.
    ///
    /// # Errors
    /// [`Code::Internal`] when the request cannot be written as JSON.
    pub fn of<C: Command>(id: Option<CommandId>, request: &C::Request) -> Result<Self, Error> {
        let payload = serde_json::to_value(request).map_err(|e| Error::new(Code::Internal, e.to_string()))?;
        Ok(Self { id, payload, waited: 0 })
    }

    pub(crate) fn request<C: Command>(self) -> Result<C::Request, Error> {
        if C::INFO.kind != Kind::Query && self.id.is_none() {
            return Err(Error::new(Code::Invalid, "a change carries an id"));
        }
        // serde's message can quote a value, so only the place is told.
        serde_json::from_value(self.payload).map_err(|e| {
            Error::new(
                Code::Invalid,
                format!("{}: not of the command's shape ({:?})", C::INFO.name, e.classify()),
            )
        })
    }
}

pub(crate) fn reply<R: Serialize>(reply: &R) -> Result<Value, Error> {
    serde_json::to_value(reply).map_err(|e| Error::new(Code::Internal, e.to_string()))
}

/// A request or a reply without content: `{}`. Unknown members are ignored; `null` is accepted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nothing {}

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self {})
    }
}

/// Declares the commands; see [`crate::commands`].
macro_rules! commands {
    (
        desk { $($(#[doc = $d_doc:literal])+ $d_fn:ident $d_name:literal $d_kind:ident $d_access:ident
            $d_type:ident($d_request:ty) -> $d_reply:ty;)* }
        both { $($(#[doc = $b_doc:literal])+ $b_fn:ident $b_name:literal $b_kind:ident $b_access:ident
            $b_type:ident($b_request:ty) -> $b_reply:ty;)* }
        service { $($(#[doc = $s_doc:literal])+ $s_fn:ident $s_name:literal $s_kind:ident $s_access:ident
            $s_type:ident($s_request:ty) -> $s_reply:ty;)* }
    ) => {
        $(commands!(@command Desk $(#[doc = $d_doc])+ $d_name $d_kind $d_access $d_type $d_request, $d_reply);)*
        $(commands!(@command Both $(#[doc = $b_doc])+ $b_name $b_kind $b_access $b_type $b_request, $b_reply);)*
        $(commands!(@command Service $(#[doc = $s_doc])+ $s_name $s_kind $s_access $s_type $s_request, $s_reply);)*

        /// Every command, in the order of the list.
        pub static COMMANDS: &[CommandInfo] = &[
            $(<$d_type as Command>::INFO,)* $(<$b_type as Command>::INFO,)* $(<$s_type as Command>::INFO,)*
        ];

        /// What the desk answers itself. A desk that lacks a command does not compile.
        pub trait DeskHost: Send + Sync {
            $($(#[doc = $d_doc])+ fn $d_fn(&self, id: Option<CommandId>, request: $d_request)
                -> impl Future<Output = Result<$d_reply, Error>> + Send;)*
            $($(#[doc = $b_doc])+ fn $b_fn(&self, id: Option<CommandId>, request: $b_request)
                -> impl Future<Output = Result<$b_reply, Error>> + Send;)*
            /// Passes a command on to the service, by way of cache and outbox where its kind says so.
            fn pass_on(&self, info: &'static CommandInfo, call: Call)
                -> impl Future<Output = Result<Value, Error>> + Send;
        }

        /// What the service answers. A service that lacks a command does not compile.
        pub trait ServiceHost: Send + Sync {
            /// Who calls: checked against the command's access before.
            type Caller: Send + Sync;
            $($(#[doc = $b_doc])+ fn $b_fn(&self, caller: &Self::Caller, id: Option<CommandId>, request: $b_request)
                -> impl Future<Output = Result<$b_reply, Error>> + Send;)*
            $($(#[doc = $s_doc])+ fn $s_fn(&self, caller: &Self::Caller, id: Option<CommandId>, request: $s_request)
                -> impl Future<Output = Result<$s_reply, Error>> + Send;)*
        }

        /// Answers a call that came to the desk.
        ///
        /// # Errors
        /// The host's, [`Code::NotFound`] for an unknown name, [`Code::Invalid`] for another shape.
        pub async fn dispatch_desk<H: DeskHost>(host: &H, name: &str, call: Call) -> Result<Value, Error> {
            match name {
                $($d_name => reply(&host.$d_fn(call.id, call.request::<$d_type>()?).await?),)*
                $($b_name => reply(&host.$b_fn(call.id, call.request::<$b_type>()?).await?),)*
                _ => match command(name) {
                    Some(info) => host.pass_on(info, call).await,
                    None => Err(Error::new(Code::NotFound, "no such command")),
                },
            }
        }

        /// Answers a call that came to the service. Access has been checked.
        ///
        /// # Errors
        /// The host's, [`Code::NotFound`] for a name the service does not know, [`Code::Invalid`] for another shape.
        pub async fn dispatch_service<H: ServiceHost>(
            host: &H, caller: &H::Caller, name: &str, call: Call,
        ) -> Result<Value, Error> {
            match name {
                $($b_name => reply(&host.$b_fn(caller, call.id, call.request::<$b_type>()?).await?),)*
                $($s_name => reply(&host.$s_fn(caller, call.id, call.request::<$s_type>()?).await?),)*
                _ => Err(Error::new(Code::NotFound, "no such command")),
            }
        }

        /// One command's request and reply, as JSON schemas by name.
        #[cfg(feature = "schema")]
        #[must_use]
        pub fn schemas(generator: &mut schemars::SchemaGenerator)
            -> Vec<(&'static CommandInfo, schemars::Schema, schemars::Schema)> {
            vec![
                $((&<$b_type as Command>::INFO, generator.subschema_for::<$b_request>(),
                    generator.subschema_for::<$b_reply>()),)*
                $((&<$s_type as Command>::INFO, generator.subschema_for::<$s_request>(),
                    generator.subschema_for::<$s_reply>()),)*
            ]
        }
    };
    (@command $home:ident #[doc = $doc:literal] $(#[doc = $more:literal])* $name:literal $kind:ident $access:ident
        $type:ident $request:ty, $reply:ty) => {
        #[doc = $doc]
        $(#[doc = $more])*
        #[derive(Debug, Clone, Copy)]
        pub struct $type;
        impl Command for $type {
            type Request = $request;
            type Reply = $reply;
            const INFO: CommandInfo = CommandInfo {
                name: $name,
                home: Home::$home,
                kind: commands!(@kind $kind),
                access: commands!(@access $access),
                summary: $doc,
            };
        }
    };
    (@kind query) => { Kind::Query };
    (@kind change) => { Kind::Change };
    (@kind queued) => { Kind::Queued };
    (@access anyone) => { Access::Anyone };
    (@access signed_in) => { Access::SignedIn };
    (@access front) => { Access::Roles(&[Role::Agent, Role::Lead]) };
    (@access lead) => { Access::Roles(&[Role::Lead]) };
    (@access officer) => { Access::Roles(&[Role::CaseOfficer]) };
}
pub(crate) use commands;
