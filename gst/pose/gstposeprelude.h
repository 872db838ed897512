/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef GST_POSE_PRELUDE_H
#define GST_POSE_PRELUDE_H

#include <gst/gst.h>

#ifndef GST_POSE_API
#if defined(_WIN32) && defined(BUILDING_GST_POSE)
#define GST_POSE_API __declspec(dllexport)
#elif defined(_WIN32)
#define GST_POSE_API __declspec(dllimport)
#elif defined(__GNUC__)
#define GST_POSE_API __attribute__((visibility("default")))
#else
#define GST_POSE_API
#endif
#endif

#endif /* GST_POSE_PRELUDE_H */
