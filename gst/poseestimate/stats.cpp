// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/stats.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace stats
{

void Recent::add(double value)
{
  values_[next_] = value;
  next_ = (next_ + 1) % values_.size();
  count_ = std::min(count_ + 1, values_.size());
}

double Recent::median() const
{
  if (count_ == 0)
    return std::numeric_limits<double>::quiet_NaN();
  auto sorted = values_;
  const auto middle = sorted.begin() + std::ptrdiff_t(count_ / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + std::ptrdiff_t(count_));
  return *middle;
}

GstStructure *Stats::to_structure() const
{
  GstStructure *structure = gst_structure_new("application/x-pose-stats", "frames", G_TYPE_UINT64,
      frames, "inferences", G_TYPE_UINT64, inferences, "skipped", G_TYPE_UINT64, skipped, "errors",
      G_TYPE_UINT64, errors, "people", G_TYPE_UINT64, people, nullptr);
  const auto add = [structure](const char *name, const Recent &recent) {
    const double median = recent.median();
    if (!std::isnan(median))
      gst_structure_set(structure, name, G_TYPE_DOUBLE, median, nullptr);
  };
  add("preprocess-ms", preprocess_ms);
  add("forward-ms", forward_ms);
  add("decode-ms", decode_ms);
  add("draw-ms", draw_ms);
  add("total-ms", total_ms);
  add("age-ms", age_ms);
  return structure;
}

} // namespace stats
