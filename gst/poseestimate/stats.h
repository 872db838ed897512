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

/// Data of the property `stats`. Not thread-safe: guarded by the element's object lock.
struct Stats {
  guint64 frames = 0;     ///< input buffers
  guint64 inferences = 0; ///< analysed frames
  guint64 skipped = 0;    ///< frames passed on without inference: gaps
  guint64 errors = 0;     ///< frames that failed
  guint64 people = 0;     ///< people detected, summed over the inferences
  Recent preprocess_ms;
  Recent forward_ms;
  Recent decode_ms;
  Recent draw_ms;
  Recent total_ms; ///< the element's whole processing of a frame
  Recent age_ms;   ///< age of the attached poses

  /// `application/x-pose-stats` with the counts (guint64) and the medians (gdouble, ms; fields
  /// without a value yet are left out). Transfer full.
  GstStructure *to_structure() const;
};

} // namespace stats
