// SPDX-License-Identifier: LGPL-2.1-or-later
/* A plugin of its own: analysing video needs none of the brokers' libraries, and publishing lines
 * needs no OpenCV. */
#include <gst/gst.h>

#include "gst/posepublish/gstposepublish.h"

static gboolean plugin_init(GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER(posepublish, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, posepublish,
    "Poses of people to MQTT brokers, Kafka and OSC", plugin_init, VERSION, "LGPL",
    GST_POSE_PACKAGE, GST_POSE_ORIGIN)
