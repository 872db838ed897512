// SPDX-License-Identifier: LGPL-2.1-or-later
// gst-check and its harness, without the macro fail(), which breaks the standard library's streams:
// ck_abort_msg() is the same.
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#undef fail
