// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/limbs.h"

#include <algorithm>
#include <cmath>

namespace pose
{

namespace
{

/* A limb may lack support at one in kOneMissIn samples. */
constexpr int kOneMissIn = 5;
constexpr int kMinSamples = 5;
constexpr int kMaxSamples = 25;

/* Bilinear sample of the field; non-finite values count as zero. */
float sample(const Channel &field, float x, float y)
{
  x = std::clamp(x, 0.f, float(field.width - 1));
  y = std::clamp(y, 0.f, float(field.height - 1));
  const int x0 = int(x);
  const int y0 = int(y);
  const int x1 = std::min(x0 + 1, field.width - 1);
  const int y1 = std::min(y0 + 1, field.height - 1);
  const float fx = x - float(x0);
  const float fy = y - float(y0);
  const float top = field.at(x0, y0) * (1.f - fx) + field.at(x1, y0) * fx;
  const float bottom = field.at(x0, y1) * (1.f - fx) + field.at(x1, y1) * fx;
  const float value = top * (1.f - fy) + bottom * fy;
  return std::isfinite(value) ? value : 0.f;
}

/* Line integral of the PAF between two peaks: the mean over the supporting samples; 0 when too few
 * support the limb. */
float score_of(
    const Channel &field_x, const Channel &field_y, Point from, Point to, float threshold)
{
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float length = std::hypot(dx, dy);
  if (!(length > 1e-6f))
    return 0.f;
  const int samples = std::clamp(
      int(std::lround(2.f * std::max(std::abs(dx), std::abs(dy)))) + 1, kMinSamples, kMaxSamples);
  const int misses_allowed = samples / kOneMissIn;
  float sum = 0.f;
  int misses = 0;
  for (int i = 0; i < samples; i++) {
    const float t = float(i) / float(samples - 1);
    const float x = from.x + t * dx;
    const float y = from.y + t * dy;
    const float along = (sample(field_x, x, y) * dx + sample(field_y, x, y) * dy) / length;
    if (along > threshold)
      sum += along;
    else if (++misses > misses_allowed)
      return 0.f; // early exit for most pairs in a crowd
  }
  return sum / float(samples - misses);
}

} // namespace

void LimbMatcher::match(const Channel &field_x, const Channel &field_y,
    const std::vector<Peak> &from, const std::vector<Peak> &to, float threshold,
    std::vector<Connection> &connections)
{
  connections.clear();
  candidates_.clear();
  for (std::size_t i = 0; i < from.size(); i++)
    for (std::size_t j = 0; j < to.size(); j++) {
      const float score = score_of(field_x, field_y, from[i].position, to[j].position, threshold);
      if (score > 0.f)
        candidates_.push_back({int(i), int(j), score});
    }
  std::sort(candidates_.begin(), candidates_.end(), [](const Connection &a, const Connection &b) {
    if (a.score != b.score)
      return a.score > b.score;
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  from_taken_.assign(from.size(), 0);
  to_taken_.assign(to.size(), 0);
  for (const Connection &candidate : candidates_) {
    char &from_taken = from_taken_[std::size_t(candidate.from)];
    char &to_taken = to_taken_[std::size_t(candidate.to)];
    if (from_taken || to_taken)
      continue;
    from_taken = to_taken = 1;
    connections.push_back(candidate);
  }
}

} // namespace pose
