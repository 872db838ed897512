// SPDX-License-Identifier: LGPL-2.1-or-later
/* Analyses of bodies on a buffer, of which some refine others. */
#pragma once

#include <gst/gst.h>

#include "gst/pose/gstposemeta.h"

/// The first analysis of bodies on the buffer, or its latest refinement, which has the same ids;
/// nullptr: there is none.
const GstPoseMeta *bodies_on(GstBuffer *buffer);

/// The analysis to show in the place of `meta`, one of the buffer's: bodies_on() for the first of
/// bodies, nullptr for its refinements, and otherwise `meta` itself.
const GstPoseMeta *shown_for(GstBuffer *buffer, const GstPoseMeta *meta);
