// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include "gst/pose/pose.h"
#include "gst/poseestimate/gstposeestimate.h"
#include "gst/posejson/gstposejson.h"
#include "gst/poseoverlay/gstposeoverlay.h"

/* Lets unixfdsrc and similar elements deserialize a GstPoseMeta from the first buffer on.
 * Since 1.28 also in a process that has not loaded the plugin: GStreamer then loads it by the
 * meta's name. */
static void register_meta(GstPlugin *plugin)
{
  const GstMetaInfo *info = gst_pose_meta_get_info();
#if GST_CHECK_VERSION(1, 28, 0)
  gst_meta_factory_register(plugin, info);
#else
  (void)plugin;
  (void)info;
#endif
}

static gboolean plugin_init(GstPlugin *plugin)
{
  register_meta(plugin);
  gboolean registered = FALSE;
  registered |= GST_ELEMENT_REGISTER(poseestimate, plugin);
  registered |= GST_ELEMENT_REGISTER(posejson, plugin);
  registered |= GST_ELEMENT_REGISTER(poseoverlay, plugin);
  return registered;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, pose, "Poses of people in video",
    plugin_init, VERSION, "LGPL", GST_POSE_PACKAGE, GST_POSE_ORIGIN)
