// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>

#include <gst/gst.h>

namespace stats
{

/// The latest 100 values of one quantity.
class Recent
{
 public:
  void add(double value);
  /// The median, NaN when there is no value yet.
  double median() const;

 private:
  std::array<double, 100> values_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

/// What the property `stats` shows. Not thread-safe: the element guards it with its object lock.
struct Stats {
  guint64 frames = 0;     ///< buffers that came in
  guint64 inferences = 0; ///< frames that the network looked at
  guint64 skipped = 0;    ///< frames passed on without: gaps
  guint64 errors = 0;     ///< frames that failed
  guint64 people = 0;     ///< people found, summed over the inferences
  Recent preprocess_ms;
  Recent forward_ms;
  Recent decode_ms;
  Recent draw_ms;
  Recent total_ms; ///< everything the element does with a frame
  Recent age_ms;   ///< how old the attached poses are

  /// `application/x-pose-stats` with the counts (guint64) and the medians (gdouble, ms; fields
  /// without a value yet are left out). Transfer full.
  GstStructure *to_structure() const;
};

} // namespace stats
