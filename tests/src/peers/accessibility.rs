//! What a screen reader can reach of the real window (AT-SPI).

use std::path::Path;
use tokio::process::Command;

/// One thing that can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// How deep it lies.
    pub depth: usize,
    /// `push button`, `entry`, `heading`…
    pub role: String,
    /// What is read aloud.
    pub name: String,
    /// `focused`, `focusable`, `checked`, `showing`.
    pub states: Vec<String>,
}

/// Reads the tree of every application in the session.
pub async fn tree() -> Vec<Node> {
    let script = Path::new("peers/accessibility_tree.py");
    // Debian's own Python: python3-gi belongs to it, whatever else is on the path.
    let output = Command::new("/usr/bin/python3").arg(script).output().await.expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    parse(&String::from_utf8_lossy(&output.stdout))
}

/// The titles of the windows, as the taskbar shows them.
pub fn titles(tree: &[Node]) -> Vec<&str> {
    tree.iter().filter(|node| node.role == "frame").map(|node| node.name.as_str()).collect()
}

/// The controls that have no name: a screen reader could only say what kind they are.
pub fn nameless(tree: &[Node]) -> Vec<&Node> {
    const CONTROLS: &[&str] = &[
        "push button",
        "button",
        "entry",
        "combo box",
        "check box",
        "radio button",
        "link",
        "toggle button",
        "switch",
        "spin button",
        "menu item",
        "check menu item",
        "page tab",
    ];
    let controls = tree.iter().enumerate().filter(|(place, node)| {
        let role = node.role.as_str();
        // A line of a list that one chooses from is a control; one of a list that is read is none.
        CONTROLS.contains(&role) || (role == "list item" && parent(tree, *place) == Some("list box"))
    });
    controls.map(|(_, node)| node).filter(|node| node.name.trim().is_empty()).collect()
}

/// The role of what the node at that place lies in.
fn parent(tree: &[Node], place: usize) -> Option<&str> {
    let depth = tree.get(place)?.depth;
    let before = tree.get(..place)?.iter().rev();
    before.into_iter().find(|node| node.depth < depth).map(|node| node.role.as_str())
}

fn parse(text: &str) -> Vec<Node> {
    text.lines().filter_map(node).collect()
}

fn node(line: &str) -> Option<Node> {
    let mut parts = line.split('\t');
    let depth = parts.next()?.parse().ok()?;
    let (role, name) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let states = parts.next()?.split(',').filter(|state| !state.is_empty()).map(str::to_owned).collect();
    Some(Node { depth, role, name, states })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_without_a_name_is_found() {
        let tree =
            parse("3\tpush button\tSvara\tfocusable,showing\n3\tpush button\t\tfocusable\n4\theading\t\t\n");
        assert_eq!(tree.len(), 3);
        assert_eq!(tree[0].states, ["focusable", "showing"]);
        assert_eq!(nameless(&tree), [&tree[1]]);
    }

    #[test]
    fn a_line_to_choose_needs_a_name_and_one_to_read_none() {
        let tree =
            parse("1\tlist\t\t\n2\tlist item\t\t\n1\tlist box\tTyp\t\n2\tlist item\t\t\n3\tstatic\tx\t\n");
        assert_eq!(nameless(&tree), [&tree[3]]);
        for role in ["switch", "spin button", "check menu item", "page tab"] {
            assert_eq!(nameless(&parse(&format!("1\t{role}\t\t\n"))).len(), 1, "{role}");
        }
    }
}
