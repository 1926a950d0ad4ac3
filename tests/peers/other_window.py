"""A window of another program, in front of everything. Writes `in front` and `behind` as it gets and loses the focus."""

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk


def tell(_window, event):
    print("in front" if event.in_ else "behind", flush=True)


window = Gtk.Window(title="Other work")
window.set_default_size(400, 300)
window.add(Gtk.Entry())
window.connect("focus-in-event", tell)
window.connect("focus-out-event", tell)
window.show_all()
window.present()
Gtk.main()
