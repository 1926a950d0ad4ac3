"""Prints what a screen reader can reach of the applications in this session: depth, role, name, states."""

import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def show(node, depth):
    if node is None or depth > 60:
        return
    states = node.get_state_set()
    shown = [word for word, state in STATES if states.contains(state)]
    name = (node.get_name() or "").replace("\t", " ").replace("\n", " ")
    print(depth, node.get_role_name(), name, ",".join(shown), sep="\t")
    for number in range(node.get_child_count()):
        try:
            show(node.get_child_at_index(number), depth + 1)
        except Exception as gone:  # a node may go while it is read
            print(f"{number}: {gone}", file=sys.stderr)


STATES = [
    ("focused", Atspi.StateType.FOCUSED),
    ("focusable", Atspi.StateType.FOCUSABLE),
    ("checked", Atspi.StateType.CHECKED),
    ("showing", Atspi.StateType.SHOWING),
]
Atspi.init()
desktop = Atspi.get_desktop(0)
for number in range(desktop.get_child_count()):
    show(desktop.get_child_at_index(number), 0)
