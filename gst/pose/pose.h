/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef GST_POSE_H
#define GST_POSE_H

#include <gst/pose/gstposekeypointset.h>
#include <gst/pose/gstposemeta.h>
#include <gst/pose/gstposeprelude.h>
#include <gst/pose/gstposeversion.h>

#endif /* GST_POSE_H */
