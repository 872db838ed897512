// SPDX-License-Identifier: LGPL-2.1-or-later
// RAII owners for GLib and GStreamer objects.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <gst/gst.h>

namespace posecam
{

/// unique_ptr for anything with a C free function.
template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T *pointer) const noexcept
  {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

/// Unrefs any GstMiniObject: its types' own functions are static inline, so cannot be template
/// arguments of types in a header.
inline void unref_mini(gpointer object)
{
  gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
}

using OwnedBuffer = Owned<GstBuffer, unref_mini>;
using OwnedBus = Owned<GstBus, gst_object_unref>;
using OwnedCaps = Owned<GstCaps, unref_mini>;
using OwnedElement = Owned<GstElement, gst_object_unref>;
using OwnedError = Owned<GError, g_error_free>;
using OwnedEvent = Owned<GstEvent, unref_mini>;
using OwnedMessage = Owned<GstMessage, unref_mini>;
using OwnedPad = Owned<GstPad, gst_object_unref>;
using OwnedSample = Owned<GstSample, unref_mini>;
using OwnedStructure = Owned<GstStructure, gst_structure_free>;
using OwnedText = Owned<gchar, g_free>;

/// Monotonic time since an arbitrary epoch, ns: the common clock for the timestamps of all frames.
inline GstClockTime process_time()
{
  return GstClockTime(g_get_monotonic_time()) * 1000;
}

/// An element of a bin by its name, as a new reference.
inline OwnedElement element_of(const OwnedElement &bin, const char *name)
{
  return OwnedElement(gst_bin_get_by_name(GST_BIN(bin.get()), name));
}

inline bool has_property(GstElement *element, const char *name)
{
  return g_object_class_find_property(G_OBJECT_GET_CLASS(element), name) != nullptr;
}

/// Text of an error message.
inline std::string error_text(GstMessage *message)
{
  GError *error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  const OwnedError owned(error);
  return owned->message;
}

/// The pipeline that gst-launch-1.0 would run.
/// \throws std::runtime_error when the description is invalid
inline OwnedElement parse_pipeline(const std::string &description)
{
  GError *error = nullptr;
  GstElement *pipeline =
      gst_parse_launch_full(description.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  const OwnedError owned(error);
  if (pipeline == nullptr)
    throw std::runtime_error(owned ? owned->message : "no pipeline");
  return OwnedElement(GST_ELEMENT(gst_object_ref_sink(pipeline)));
}

/// Starts a pipeline.
/// \throws std::runtime_error with its error message when it does not start
inline void start_pipeline(const OwnedElement &pipeline)
{
  if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return;
  const OwnedBus bus(gst_element_get_bus(pipeline.get()));
  const OwnedMessage message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  throw std::runtime_error(message ? error_text(message.get()) : "the pipeline does not start");
}

} // namespace posecam
