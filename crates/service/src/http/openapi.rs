//! The OpenAPI document, from the contract's list.

use axum::Json;
use contract::{CONTRACT, Kind};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(write);

/// The document.
pub(super) async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

fn write() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    let error = generator.subschema_for::<contract::Error>();
    for (info, request, reply) in contract::schemas(&mut generator) {
        let id = match info.kind {
            Kind::Query => json!({ "type": "null" }),
            Kind::Change | Kind::Queued => json!({ "type": "string", "format": "uuid" }),
        };
        let body = json!({
            "type": "object",
            "properties": { "id": id, "payload": request },
            "required": ["payload"],
        });
        let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
        let operation = json!({
            "operationId": info.name,
            "summary": info.summary.trim(),
            "requestBody": { "required": true, "content": content(&body) },
            "responses": {
                "200": { "description": "Done", "content": content(&json!(reply)) },
                "default": { "description": "Refused; nothing was changed", "content": content(&json!(error)) },
            },
        });
        paths.insert(format!("/rpc/{}", info.name), json!({ "post": operation }));
    }
    let event = generator.subschema_for::<contract::Event>();
    paths.insert(
        "/events".into(),
        json!({ "get": {
            "operationId": "events",
            "summary": "Server-sent events: data is one event, id its cursor.",
            "responses": { "200": { "description": "Events",
                "content": { "text/event-stream": { "schema": event } } } },
        } }),
    );
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Svarsplats", "version": format!("{CONTRACT}"), "summary": "The service's commands." },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "desk": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "desk": [] }],
    })
}
