// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draw/layer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace pose
{

namespace
{

/* Arrays of a row: coverage, outline, and three of premultiplied colour. */
constexpr std::size_t kArrays = 5;
constexpr std::size_t kAlpha = 3; // component

float clamp01(float value)
{
  return value > 0.f ? std::min(value, 1.f) : 0.f;
}

std::uint16_t fixed(float sample)
{
  return std::uint16_t(std::min(std::max(sample, 0.f), 255.f) * 256.f + 128.f);
}

std::uint16_t fraction(float value)
{
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative, and lround is a call
  return std::uint16_t(clamp01(value) * float(Layer::kFull) + 0.5f);
}

/* The sum cannot overflow: products are rounded down, and paints are at most 255.5 * 256. */
std::uint8_t over(std::uint8_t sample, std::uint16_t coverage, std::uint16_t premultiplied)
{
  return std::uint8_t(
      (mul_fixed(std::uint16_t(sample * 256 + 128), complement(coverage)) + premultiplied) >> 8);
}

/* Canvas rows, unlike layer rows, have no padding to write to. The last block therefore ends at the
 * last sample and overlaps the one before; it is loaded before that one is blended. */
template <std::size_t Count>
void blend_blocks(std::uint8_t *samples, int count, const std::uint16_t *coverage,
    const std::uint16_t *premultiplied)
{
  using Bytes = std::array<std::uint8_t, Count>;
  const auto blend = [&](Bytes bytes, int x) {
    std::array<std::uint16_t, Count> coverages, colors;
    std::memcpy(coverages.data(), coverage + x, sizeof coverages);
    std::memcpy(colors.data(), premultiplied + x, sizeof colors);
    each_lane<Count>([&](std::size_t i) { bytes[i] = over(bytes[i], coverages[i], colors[i]); });
    std::memcpy(samples + x, bytes.data(), sizeof bytes);
  };
  const int end = count - int(Count);
  Bytes last, next;
  std::memcpy(last.data(), samples + end, sizeof last);
  for (int x = 0; x < end; x += int(Count)) {
    std::memcpy(next.data(), samples + x, sizeof next);
    blend(next, x);
  }
  blend(last, end);
}

void blend_packed(std::uint8_t *samples, int count, const std::uint16_t *coverage,
    const std::uint16_t *premultiplied)
{
  if (count >= kLanes)
    return blend_blocks<kLanes>(samples, count, coverage, premultiplied);
  if (count >= kLanes / 2)
    return blend_blocks<kLanes / 2>(samples, count, coverage, premultiplied);
  for (int x = 0; x < count; ++x)
    samples[x] = over(samples[x], coverage[x], premultiplied[x]);
}

/* Interleaves two rows, for components whose samples alternate. */
void alternate(
    const std::uint16_t *even, const std::uint16_t *odd, int count, std::uint16_t *result)
{
  for (int x = 0; x < count; x += kLanes) {
    const Block evens = load(even + x);
    const Block odds = load(odd + x);
    std::array<std::uint16_t, std::size_t(2) * kLanes> both;
    each_lane([&](std::size_t i) {
      both[2 * i] = evens[i];
      both[2 * i + 1] = odds[i];
    });
    std::memcpy(result + std::ptrdiff_t(2) * x, both.data(), sizeof both);
  }
}

void blend_spread(std::uint8_t *samples, int step, int count, const std::uint16_t *coverage,
    const std::uint16_t *premultiplied)
{
  for (int x = 0; x < count; ++x)
    samples[std::ptrdiff_t(x) * step] =
        over(samples[std::ptrdiff_t(x) * step], coverage[x], premultiplied[x]);
}

/* Means over two rows; both may be the same row. */
void average_rows(const std::uint16_t *a, const std::uint16_t *b, int count, std::uint16_t *result)
{
  for (int x = 0; x < count; x += kLanes) {
    const Block above = load(a + x);
    const Block below = load(b + x);
    Block mean;
    each_lane(
        [&](std::size_t i) { mean[i] = std::uint16_t((unsigned(above[i]) + below[i]) >> 1); });
    store(mean, result + x);
  }
}

/* Means over 2 x 2 squares. `count` is the number of results. Two columns are read as one 32-bit
 * number, whose halves may be in either order. */
void average_squares(
    const std::uint16_t *a, const std::uint16_t *b, int count, std::uint16_t *result)
{
  for (int x = 0; x < count; x += kLanes) {
    std::array<std::uint32_t, kLanes> above, below;
    std::memcpy(above.data(), a + std::ptrdiff_t(2) * x, sizeof above);
    std::memcpy(below.data(), b + std::ptrdiff_t(2) * x, sizeof below);
    Block mean;
    each_lane([&](std::size_t i) {
      mean[i] = std::uint16_t(
          ((above[i] & 0xffff) + (above[i] >> 16) + (below[i] & 0xffff) + (below[i] >> 16)) >> 2);
    });
    store(mean, result + x);
  }
}

/* Returns a block of columns and clears it in the row, except for the bits set in `others`. */
[[gnu::always_inline]] inline Block cut(std::uint16_t *column, const Block &others)
{
  const Block all = load(column);
  Block left;
  each_lane([&](std::size_t i) { left[i] = all[i] & others[i]; });
  store(left, column);
  return all;
}

Layer::Row row_of(std::vector<std::uint16_t> &memory, std::size_t start, std::size_t stride)
{
  std::uint16_t *first = memory.data() + start;
  return {first, first + stride, {first + 2 * stride, first + 3 * stride, first + 4 * stride}};
}

/* The first of two subsampled components whose samples alternate; one past the last if none. */
std::size_t pair_of(const Canvas &canvas)
{
  const Component &u = canvas.components[1], &v = canvas.components[2];
  const bool alternate = canvas.component_count >= 3 && u.plane == v.plane && u.step == 2 &&
                         v.step == 2 && (u.shift_x > 0 || u.shift_y > 0) &&
                         std::abs(int(u.offset) - int(v.offset)) == 1 && u.shift_x == v.shift_x &&
                         u.shift_y == v.shift_y;
  return alternate ? 1 : canvas.components.size();
}

} // namespace

Paint paint_of(const Canvas &canvas, Color color)
{
  if (canvas.model == ColorModel::Rgb)
    return {fixed(color.r), fixed(color.g), fixed(color.b)};
  const float r = float(color.r) / 255.f;
  const float g = float(color.g) / 255.f;
  const float b = float(color.b) / 255.f;
  const float y = canvas.kr * r + canvas.kb * b + (1.f - canvas.kr - canvas.kb) * g;
  const float u = (b - y) / (2.f * (1.f - canvas.kb));
  const float v = (r - y) / (2.f * (1.f - canvas.kr));
  if (canvas.full_range)
    return {fixed(255.f * y), fixed(128.f + 255.f * u), fixed(128.f + 255.f * v)};
  return {fixed(16.f + 219.f * y), fixed(128.f + 224.f * u), fixed(128.f + 224.f * v)};
}

bool Layer::supports(const Canvas &canvas)
{
  if (canvas.width <= 0 || canvas.height <= 0)
    return false;
  int shift_x = 0, shift_y = 0;
  for (std::size_t c = 0; c < std::size_t(canvas.component_count); ++c) {
    const Component &component = canvas.components[c];
    if (!canvas.planes[component.plane].data || component.shift_x > 1 || component.shift_y > 1)
      return false;
    const bool coarse = component.shift_x > 0 || component.shift_y > 0;
    if (coarse && c == 0)
      return false;
    const bool another = shift_x > 0 || shift_y > 0;
    if (coarse && another && (component.shift_x != shift_x || component.shift_y != shift_y))
      return false;
    if (coarse) {
      shift_x = component.shift_x;
      shift_y = component.shift_y;
    }
  }
  return true;
}

void Layer::begin(const Canvas &canvas, float opacity, Color outline, float outline_alpha)
{
  canvas_ = canvas;
  finish_ = {fraction(opacity), fraction(outline_alpha), paint_of(canvas, outline)};
  pair_ = pair_of(canvas);
  shift_x_ = shift_y_ = 0;
  for (int c = 0; c < canvas.component_count; ++c) {
    shift_x_ = std::max<int>(shift_x_, canvas.components[std::size_t(c)].shift_x);
    shift_y_ = std::max<int>(shift_y_, canvas.components[std::size_t(c)].shift_y);
  }
  /* Means are computed in blocks as well, of twice as many columns. */
  stride_ = std::size_t(canvas.width) + std::size_t(2 * kLanes);
  const std::size_t row = stride_ * kArrays;
  spans_.clear();
  if (std::exchange(is_painted_, false))
    std::fill(memory_.begin(), memory_.end(), std::uint16_t(0));
  if (memory_.size() < row * std::size_t(band_height()))
    memory_.resize(row * std::size_t(band_height()));
  if (settled_.size() < row * std::size_t(band_height() + 1))
    settled_.resize(row * std::size_t(band_height() + 1));
  if (pair_ < canvas.components.size()) {
    both_coverage_.resize(std::max(both_coverage_.size(), 2 * stride_));
    both_premultiplied_.resize(std::max(both_premultiplied_.size(), 2 * stride_));
  }
}

Layer::Row Layer::row(int index)
{
  is_painted_ = true;
  return row_of(memory_, std::size_t(index) * kArrays * stride_, stride_);
}

Layer::Row Layer::composited(int index)
{
  return row_of(settled_, std::size_t(index) * kArrays * stride_, stride_);
}

void Layer::compose(int y)
{
  const int rows = std::min(band_height(), canvas_.height - y);
  merge_spans();
  for (int r = 0; r < rows; ++r)
    resolve(row(r), composited(r));
  if (shift_x_ > 0 || shift_y_ > 0)
    shrink(composited(0), composited(rows - 1));
  for (std::size_t c = 0; c < std::size_t(canvas_.component_count); ++c) {
    const Component &component = canvas_.components[c];
    const bool is_coarse = component.shift_x > 0 || component.shift_y > 0;
    if (c == pair_)
      blend_pair(y >> component.shift_y);
    else if (c != pair_ + 1)
      for (int r = 0; r < rows; r += 1 << component.shift_y)
        blend(c, (y + r) >> component.shift_y, is_coarse ? coarse() : composited(r));
  }
  spans_.clear();
  is_painted_ = false;
}

void Layer::merge_spans()
{
  std::sort(spans_.begin(), spans_.end(), [](Span a, Span b) { return a.first < b.first; });
  /* Subsampled components cover whole pairs of columns. */
  const int mask = (1 << shift_x_) - 1;
  std::size_t end = 0;
  for (const Span span : spans_) {
    const Span whole{span.first & ~mask, (span.last + mask) & ~mask};
    if (end > 0 && whole.first <= spans_[end - 1].last)
      spans_[end - 1].last = std::max(spans_[end - 1].last, whole.last);
    else
      spans_[end++] = whole;
  }
  spans_.resize(end);
}

/* Moves a block of columns out of a row, which is cleared, and composites the outline under the
 * colour. Only `count` columns of the block belong to the span. */
[[gnu::always_inline]] inline void Layer::take_block(
    const Row &from, const Row &to, int x, int count, const Finish &finish)
{
  const auto lanes = std::int16_t(std::min(count, kLanes));
  Block others; // all bits set in columns outside the span
  each_lane([&](std::size_t i) { others[i] = std::int16_t(i) < lanes ? std::uint16_t(0) : kFull; });
  Block coverage = cut(from.coverage + x, others);
  Block added = cut(from.outline + x, others);
  each_lane([&](std::size_t i) { added[i] = mul_fixed(added[i], finish.outline_alpha); });
  each_lane([&](std::size_t i) { added[i] = mul_fixed(added[i], complement(coverage[i])); });
  each_lane([&](std::size_t i) { coverage[i] = std::uint16_t(coverage[i] + added[i]); });
  std::array<Block, 3> colors{cut(from.premultiplied[0] + x, others),
      cut(from.premultiplied[1] + x, others), cut(from.premultiplied[2] + x, others)};
  each_lane([&](std::size_t i) {
    colors[0][i] = std::uint16_t(colors[0][i] + mul_fixed(added[i], finish.outline[0]));
    colors[1][i] = std::uint16_t(colors[1][i] + mul_fixed(added[i], finish.outline[1]));
    colors[2][i] = std::uint16_t(colors[2][i] + mul_fixed(added[i], finish.outline[2]));
  });
  if (finish.opacity < kFull) {
    each_lane([&](std::size_t i) {
      coverage[i] = mul_fixed(coverage[i], finish.opacity);
      colors[0][i] = mul_fixed(colors[0][i], finish.opacity);
      colors[1][i] = mul_fixed(colors[1][i], finish.opacity);
      colors[2][i] = mul_fixed(colors[2][i], finish.opacity);
    });
  }
  store(coverage, to.coverage + x);
  store(colors[0], to.premultiplied[0] + x);
  store(colors[1], to.premultiplied[1] + x);
  store(colors[2], to.premultiplied[2] + x);
}

/* Composites a row. Its last column is repeated where the last subsampled sample extends past the
 * canvas. */
void Layer::resolve(const Row from, const Row to)
{
  const Finish finish = finish_; // a local copy: a member would be reloaded after every store
  for (const Span span : spans_) {
    const int end = std::min(span.last, canvas_.width);
    for (int x = span.first; x < end; x += kLanes)
      take_block(from, to, x, end - x, finish);
    for (int x = end; x < span.last; ++x) {
      to.coverage[x] = to.coverage[end - 1];
      for (std::uint16_t *premultiplied : to.premultiplied)
        premultiplied[x] = premultiplied[end - 1];
    }
  }
}

/* Averages the band into its subsampled components. */
void Layer::shrink(const Row &upper, const Row &lower)
{
  const Row to = coarse();
  const auto average = [&](const std::uint16_t *a, const std::uint16_t *b, std::uint16_t *result) {
    for (const Span span : spans_) {
      const int first = span.first >> shift_x_;
      const int count = (span.last >> shift_x_) - first;
      if (shift_x_ > 0)
        average_squares(a + span.first, b + span.first, count, result + first);
      else
        average_rows(a + span.first, b + span.first, count, result + first);
    }
  };
  average(upper.coverage, lower.coverage, to.coverage);
  for (std::size_t c = 1; c < to.premultiplied.size(); ++c) // the first has full resolution
    average(upper.premultiplied[c], lower.premultiplied[c], to.premultiplied[c]);
}

/* The samples of component `c` that a span covers. */
Layer::Span Layer::samples_of(Span span, std::size_t c) const
{
  const int shift = canvas_.components[c].shift_x;
  return {span.first >> shift, std::min(span.last >> shift, canvas_.component_width(int(c)))};
}

void Layer::blend(std::size_t c, int y, const Row &from)
{
  const int step = canvas_.components[c].step;
  std::uint8_t *row = canvas_.row(int(c), y);
  for (const Span span : spans_) {
    const Span at = samples_of(span, c);
    const std::uint16_t *coverage = from.coverage + at.first;
    std::uint16_t *premultiplied = from.premultiplied[c == kAlpha ? 0 : c] + at.first;
    if (c == kAlpha) // red is already blended: reuse its array
      for (int x = 0; x < at.last - at.first; ++x)
        premultiplied[x] = mul_fixed(coverage[x], fixed(255.f));
    if (step == 1)
      blend_packed(row + at.first, at.last - at.first, coverage, premultiplied);
    else
      blend_spread(
          row + std::ptrdiff_t(at.first) * step, step, at.last - at.first, coverage, premultiplied);
  }
}

/* Blends two interleaved components, as in NV12, in one pass. */
void Layer::blend_pair(int y)
{
  const Row from = coarse();
  const bool swapped = canvas_.components[pair_].offset > canvas_.components[pair_ + 1].offset;
  const std::size_t even = swapped ? pair_ + 1 : pair_;
  const std::size_t odd = swapped ? pair_ : pair_ + 1;
  std::uint8_t *row = canvas_.row(int(even), y);
  for (const Span span : spans_) {
    const Span at = samples_of(span, even);
    const int count = at.last - at.first;
    alternate(from.coverage + at.first, from.coverage + at.first, count, both_coverage_.data());
    alternate(from.premultiplied[even] + at.first, from.premultiplied[odd] + at.first, count,
        both_premultiplied_.data());
    blend_packed(row + std::ptrdiff_t(2) * at.first, 2 * count, both_coverage_.data(),
        both_premultiplied_.data());
  }
}

} // namespace pose
