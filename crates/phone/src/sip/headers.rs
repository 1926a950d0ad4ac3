//! What headers list.

use rsipstack::sip::{Header, Headers};

/// The value of the first header with one of these names.
pub(super) fn value<'a>(headers: &'a Headers, names: &[&str]) -> Option<&'a str> {
    let named =
        headers.iter().find(|header| names.iter().any(|name| header.name().eq_ignore_ascii_case(name)));
    named.map(|header| header.value())
}

/// Whether one of the headers with these names lists the token.
pub(super) fn lists(headers: &Headers, names: &[&str], token: &str) -> bool {
    headers
        .iter()
        .filter(|header| names.iter().any(|name| header.name().eq_ignore_ascii_case(name)))
        .any(|header| header.value().split(',').any(|listed| listed.trim().eq_ignore_ascii_case(token)))
}

/// Adds an option tag to those that we support.
pub(super) fn support(headers: &mut Vec<Header>, tag: &str) {
    let listed = headers.iter_mut().find_map(|header| match header {
        Header::Supported(inner) => Some(inner),
        _ => None,
    });
    match listed {
        Some(inner) => inner.replace(format!("{}, {tag}", inner.value())),
        None => headers.push(Header::Supported(tag.into())),
    }
}
