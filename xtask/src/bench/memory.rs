//! What a program and all that it started hold in memory.

use std::collections::BTreeSet;

/// The proportional set size of a process and its descendants, in MiB. Shared pages count in parts, so that
/// the sum is what ending them all would free.
pub fn proportional_mebibytes(process: u32) -> f64 {
    family(process).into_iter().map(|id| f64::from(kibibytes(id)) / 1024.0).sum()
}

/// A process and its descendants.
fn family(process: u32) -> BTreeSet<u32> {
    let mut family = BTreeSet::from([process]);
    let parents = parents();
    // Children come after their parents only as a rule; so until nothing more is found.
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(child, parent)| family.contains(parent) && !family.contains(child))
            .map(|(child, _)| *child)
            .collect();
        if more.is_empty() {
            break;
        }
        family.extend(more);
    }
    family
}

fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| Some((id, parent(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?)))
        .collect()
}

/// The second field after the name, which stands in parentheses and may hold anything.
fn parent(stat: &str) -> Option<u32> {
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(1)?.parse().ok()
}

fn kibibytes(process: u32) -> u32 {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_behind_any_name() {
        assert_eq!(parent("71 (a) b (c) S 12 71 71 0"), Some(12));
    }

    #[test]
    fn a_child_counts_with_its_parent() {
        // What they hold shifts with every other process that shares their pages, so the members are compared.
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let (own, known) = (std::process::id(), family(child.id()));
        let all = family(own);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(known.contains(&child.id()) && all.is_superset(&known) && all.contains(&own));
        assert!(!known.contains(&own) && proportional_mebibytes(own) > 0.5);
    }
}
