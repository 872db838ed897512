// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/downstream.h"

#include <gst/base/gstbasesink.h>

#include "gst/common/glue.h"

namespace
{

using OwnedPad = glue::Owned<GstPad, gst_object_unref>;
using OwnedElement = glue::Owned<GstElement, gst_object_unref>;

/* Maximum depth of the search in elements, including ghost pads. */
constexpr int kFarthest = 100;

bool keeps_time(GstElement *element)
{
  if (!GST_IS_BASE_SINK(element))
    return false;
  auto *sink = GST_BASE_SINK(element);
  return gst_base_sink_get_sync(sink) && gst_base_sink_is_qos_enabled(sink);
}

bool is_shown_in_time(GstPad *pad, int farthest);

/* Whether there is such a sink behind any internally linked pad of `sink`. */
bool goes_on_in_time(GstPad *sink, int farthest)
{
  const glue::Owned<GstIterator, gst_iterator_free> pads(gst_pad_iterate_internal_links(sink));
  if (!pads)
    return false;
  bool result = false;
  GValue item = G_VALUE_INIT;
  while (!result) {
    const GstIteratorResult step = gst_iterator_next(pads.get(), &item);
    if (step == GST_ITERATOR_RESYNC) {
      gst_iterator_resync(pads.get());
      continue;
    }
    if (step != GST_ITERATOR_OK)
      break;
    result = is_shown_in_time(GST_PAD(g_value_get_object(&item)), farthest - 1);
    g_value_reset(&item);
  }
  if (G_IS_VALUE(&item))
    g_value_unset(&item);
  return result;
}

bool is_shown_in_time(GstPad *pad, int farthest)
{
  const OwnedPad peer(gst_pad_get_peer(pad));
  if (!peer || farthest == 0)
    return false;
  const OwnedElement element(gst_pad_get_parent_element(peer.get()));
  return (element && keeps_time(element.get())) || goes_on_in_time(peer.get(), farthest);
}

} // namespace

bool is_shown_in_time(GstPad *pad)
{
  return is_shown_in_time(pad, kFarthest);
}
