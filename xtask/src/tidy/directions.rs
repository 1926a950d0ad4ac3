//! Which of our crates may depend on which.

use serde_json::Value;

/// Every allowed direction; what is not here is a breach. Development dependencies may be wider, where a
/// suite needs it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("contract", &["domain"]),
    ("municipality", &["domain"]),
    ("knowledge", &[]),
    ("knowledge-fts", &["knowledge", "contract"]),
    ("phone", &[]),
    ("desk", &["contract", "knowledge-fts", "phone"]),
    ("store", &["domain"]),
    ("store-sqlite", &["store", "domain"]),
    ("exchange", &["domain"]),
    ("practice", &["exchange", "phone", "domain"]),
    ("service", &["contract", "domain", "store", "exchange", "knowledge-fts", "municipality"]),
    ("svarsplats-service", &["service", "store-sqlite"]),
    ("svarsplats-phone", &["phone"]),
    ("svarsplats", &["desk", "contract", "service", "store-sqlite", "practice"]),
    ("ui", &["contract", "markup"]),
    ("markup", &[]),
    ("stories", &["contract"]),
    ("xtask", &[]),
];

/// A feature that a crate must not take of another.
const FORBIDDEN_FEATURES: &[(&str, &str, &str)] = &[("practice", "phone", "audio")];

/// The directions in cargo's metadata that are not allowed.
pub fn breaches(metadata: &Value) -> Vec<String> {
    let packages = members(metadata);
    let names: Vec<&str> = packages.iter().filter_map(|package| text(package, "name")).collect();
    let mut breaches = Vec::new();
    for package in packages {
        let Some(name) = text(package, "name") else { continue };
        let Some((_, allowed)) = ALLOWED.iter().find(|(of, _)| *of == name) else {
            breaches.push(format!("{name}: tidy does not know this crate; give it its directions"));
            continue;
        };
        for dependency in items(package, "dependencies") {
            let Some(to) = text(dependency, "name").filter(|to| names.contains(to)) else { continue };
            // Normal dependencies have no kind.
            if text(dependency, "kind") == Some("dev") {
                continue;
            }
            if !allowed.contains(&to) {
                breaches.push(format!("{name} must not depend on {to}"));
            }
            let features: Vec<_> = items(dependency, "features").iter().filter_map(Value::as_str).collect();
            for (_, _, feature) in FORBIDDEN_FEATURES.iter().filter(|(of, on, _)| (*of, *on) == (name, to)) {
                if features.contains(feature) {
                    breaches.push(format!("{name} must not use {to}'s feature {feature}"));
                }
            }
        }
    }
    breaches
}

/// The packages of the workspace.
pub fn members(metadata: &Value) -> &[Value] {
    items(metadata, "packages")
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(from: &str, to: &str, kind: Option<&str>, features: &[&str]) -> Value {
        let dependency = json!({ "name": to, "kind": kind, "features": features });
        json!({ "packages": [{ "name": from, "dependencies": [dependency] }, { "name": to, "dependencies": [] }] })
    }

    #[test]
    fn a_direction_that_is_not_listed_is_a_breach() {
        assert_eq!(breaches(&tree("ui", "service", None, &[])), ["ui must not depend on service"]);
        assert!(breaches(&tree("ui", "contract", None, &[])).is_empty());
        assert_eq!(breaches(&tree("domain", "contract", Some("build"), &[])).len(), 1);
    }

    #[test]
    fn a_suite_may_be_wider() {
        assert!(breaches(&tree("service", "store-sqlite", Some("dev"), &[])).is_empty());
    }

    #[test]
    fn practice_makes_no_sound() {
        assert_eq!(breaches(&tree("practice", "phone", None, &["rtp", "audio"])).len(), 1);
    }

    #[test]
    fn a_new_crate_needs_its_directions() {
        assert_eq!(breaches(&tree("attic", "domain", None, &[])).len(), 1);
    }
}
