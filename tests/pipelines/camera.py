# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network camera for tests: prints its rtsp:// address and serves a moving ball until killed."""

import sys

import gi

gi.require_version("Gst", "1.0")
try:
    gi.require_version("GstRtspServer", "1.0")
except ValueError:
    sys.exit("gir1.2-gst-rtsp-server-1.0 is not installed")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
factory = GstRtspServer.RTSPMediaFactory(shared=True)
factory.set_launch("( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,"
                   "framerate=15/1 ! x264enc tune=zerolatency key-int-max=15 "
                   "! rtph264pay name=pay0 pt=96 )")
server.get_mount_points().add_factory("/ball", factory)
server.attach(None)
print(f"rtsp://127.0.0.1:{server.get_bound_port()}/ball", flush=True)
GLib.MainLoop().run()
