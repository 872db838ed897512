// SPDX-License-Identifier: LGPL-2.1-or-later
/* What becomes of the frames that leave an element. */
#pragma once

#include <gst/gst.h>

/// Whether a sink downstream of `pad` shows frames at their time and drops those that come too
/// late, as sinks of video do: a GstBaseSink with `sync` and `qos`. Looks through bins, queues and
/// tees.
bool is_shown_in_time(GstPad *pad);
