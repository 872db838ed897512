// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include <gst/gst.h>

namespace posecam
{

/// Maps the timestamps of successive connections to one timeline, each connection after the
/// previous.
///
/// Within a connection the spacing is the source's own. The first timestamp of each connection
/// becomes its arrival time, so that a loss is a gap of its true length.
class Timeline
{
 public:
  /// Maximum distance of a live source's timestamps from their arrival.
  static constexpr GstClockTime kTolerance = 10 * GST_SECOND;

  /// \param live  whether arrival times are meaningful; not for a file
  explicit Timeline(bool live) : live_(live) {}

  /// The next timestamp is the first of a new connection.
  void restart() { anchored_ = false; }

  /// \param stamp    running time within the connection; GST_CLOCK_TIME_NONE: unknown
  /// \param arrival  on the timeline's clock, ns
  /// \return the time on the timeline, ns
  GstClockTime place(GstClockTime stamp, GstClockTime arrival)
  {
    if (!GST_CLOCK_TIME_IS_VALID(stamp))
      stamp = anchored_ ? GstClockTime(std::max<gint64>(gint64(arrival) - offset_, 0)) : arrival;
    if (!live_)
      arrival = latest_;
    if (!anchored_ || (live_ && off(stamp, arrival) > kTolerance)) {
      offset_ =
          gint64(std::max(arrival, latest_ + (latest_ > 0 ? GST_MSECOND : 0))) - gint64(stamp);
      anchored_ = true;
    }
    const auto placed = GstClockTime(std::max<gint64>(gint64(stamp) + offset_, 0));
    latest_ = std::max(latest_, placed);
    return placed;
  }

  /// Offset from stamp to timeline in the latest place(), ns.
  gint64 offset() const { return offset_; }

 private:
  GstClockTime off(GstClockTime stamp, GstClockTime arrival) const
  {
    const gint64 distance = gint64(stamp) + offset_ - gint64(arrival);
    return GstClockTime(distance < 0 ? -distance : distance);
  }

  bool live_;
  bool anchored_ = false;
  gint64 offset_ = 0;
  GstClockTime latest_ = 0;
};

} // namespace posecam
