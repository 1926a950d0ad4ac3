//! The built interface, from a folder.

use super::doors::Refused;
use crate::core::Core;
use axum::extract::State;
use axum::http::{Method, Uri, header};
use axum::response::{IntoResponse, Response};
use contract::{Code, Error};
use std::path::PathBuf;
use std::sync::Arc;

/// Answers a file; what has no ending is the interface's own place and gets its first page.
pub(super) async fn file(State(core): State<Arc<Core>>, method: Method, uri: Uri) -> Response {
    let found = match core.interface_file(&method, uri.path()) {
        Some((path, kind)) => tokio::fs::read(path).await.ok().map(|bytes| (kind, bytes)),
        None => None,
    };
    match found {
        Some((kind, bytes)) => {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], bytes).into_response()
        }
        None => Refused(Error::new(Code::NotFound, "no such page")).into_response(),
    }
}

impl Core {
    fn interface_file(&self, method: &Method, path: &str) -> Option<(PathBuf, &'static str)> {
        let folder =
            self.config.interface.as_ref().filter(|_| method == Method::GET || method == Method::HEAD)?;
        let path = path.trim_start_matches('/');
        let named = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let path = if named { path } else { "index.html" };
        // Each part is a plain name: no `..`, no hidden file, nothing encoded.
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        path.split('/').all(plain).then(|| (folder.join(path), kind(path)))
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ogg" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
