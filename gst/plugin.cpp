// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include "gstposeestimate.h"
#include "gstposejson.h"
#include "gstposeoverlay.h"

static gboolean plugin_init(GstPlugin *plugin)
{
  gboolean registered = FALSE;
  registered |= GST_ELEMENT_REGISTER(poseestimate, plugin);
  registered |= GST_ELEMENT_REGISTER(posejson, plugin);
  registered |= GST_ELEMENT_REGISTER(poseoverlay, plugin);
  return registered;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, pose, "Poses of people in video",
    plugin_init, VERSION, "LGPL", "gst-pose", GST_POSE_ORIGIN)
