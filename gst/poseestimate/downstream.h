// SPDX-License-Identifier: LGPL-2.1-or-later
/* Properties of the pipeline downstream of an element. */
#pragma once

#include <gst/gst.h>

/// Whether a sink downstream of `pad` shows frames at their running time and drops late ones, as
/// video sinks do: a GstBaseSink with `sync` and `qos`. Searches through bins, queues and tees.
bool is_shown_in_time(GstPad *pad);
