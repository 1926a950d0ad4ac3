"""Asks the window of the given title to close, as a window manager does when its owner presses the cross (ICCCM 4.2.8.1)."""

import ctypes
import sys

CLIENT_MESSAGE = 33


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room", ctypes.c_long * 24),
    ]


x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XDefaultRootWindow.restype = ctypes.c_ulong
x.XInternAtom.restype = ctypes.c_ulong
display = ctypes.c_void_p(x.XOpenDisplay(None))


def atom(name):
    return x.XInternAtom(display, name, False)


def children(window):
    root, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
    found = ctypes.POINTER(ctypes.c_ulong)()
    x.XQueryTree(
        display, ctypes.c_ulong(window), ctypes.byref(root), ctypes.byref(parent), ctypes.byref(found), ctypes.byref(count)
    )
    return [found[number] for number in range(count.value)]


def title(window):
    name = ctypes.c_char_p()
    return name.value if x.XFetchName(display, ctypes.c_ulong(window), ctypes.byref(name)) else None


def closes(window):
    atoms, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_int()
    x.XGetWMProtocols(display, ctypes.c_ulong(window), ctypes.byref(atoms), ctypes.byref(count))
    return atom(b"WM_DELETE_WINDOW") in [atoms[number] for number in range(count.value)]


named = [window for window in children(x.XDefaultRootWindow(display)) if title(window) == sys.argv[1].encode()]
windows = [window for window in named if closes(window)]
assert windows, f"no window called {sys.argv[1]} can be closed; of that name: {len(named)}"
for window in windows:
    asked = ClientMessage(type=CLIENT_MESSAGE, window=window, message_type=atom(b"WM_PROTOCOLS"), format=32)
    asked.data[0] = atom(b"WM_DELETE_WINDOW")
    x.XSendEvent(display, ctypes.c_ulong(window), False, ctypes.c_long(0), ctypes.byref(asked))
x.XSync(display, False)
