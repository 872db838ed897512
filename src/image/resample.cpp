// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <opencv2/core/hal/intrin.hpp>

namespace pose
{

namespace
{

/* Support of an output sample: inputs `first` to `last`. Area averaging covers [begin, end); linear
 * interpolation is at `begin`. */
struct Span {
  int first;
  int last;
  double begin;
  double end;
};

Span area_span(int output, int from, int to)
{
  const double factor = double(from) / to;
  const double begin = output * factor;
  const double end = std::min(begin + factor, double(from));
  const int first = std::min(int(begin), from - 1);
  return {first, std::min(std::max(first, int(std::ceil(end - 1e-9)) - 1), from - 1), begin, end};
}

Span linear_span(int output, int from, int to)
{
  const double at = std::clamp((output + 0.5) * from / to - 0.5, 0.0, from - 1.0);
  const int first = std::min(int(at), std::max(0, from - 2));
  return {first, std::min(first + 1, from - 1), at, at};
}

Span span_of(int output, int from, int to)
{
  return to <= from ? area_span(output, from, to) : linear_span(output, from, to);
}

double weight_of(const Span &span, int input)
{
  if (span.begin == span.end)
    return std::max(0.0, 1.0 - std::abs(span.begin - input));
  return std::min(span.end, input + 1.0) - std::max(span.begin, double(input));
}

/* Integer weights that sum to `unit` exactly, with error diffusion. */
void quantize(const Span &span, int unit, std::uint16_t *out)
{
  double total = 0.0;
  for (int i = span.first; i <= span.last; i++)
    total += weight_of(span, i);
  double sum = 0.0;
  int given = 0;
  for (int i = span.first; i <= span.last; i++) {
    sum += weight_of(span, i);
    const int until = int(std::lround(sum / total * unit));
    *out++ = std::uint16_t(until - given);
    given = until;
  }
}

using Lanes = cv::v_uint16x8;

/* Transposes 8 x 8: three rounds of interleaving rows i and i + 4. */
void transpose(Lanes (&m)[8])
{
  for (int round = 0; round < 3; round++) {
    Lanes out[8];
    for (std::size_t i = 0; i < 4; i++)
      cv::v_zip(m[i], m[i + 4], out[2 * i], out[2 * i + 1]);
    std::copy(std::begin(out), std::end(out), std::begin(m));
  }
}

/* Eight outputs from `x` on, of eight rows each; outputs past the last repeat it. */
[[gnu::always_inline]] inline void shrink_block(const std::uint16_t *columns, std::ptrdiff_t hop,
    const Taps &taps, int x, Lanes (&sums)[kStripe])
{
  const int last = int(taps.first.size()) - 1;
  for (int i = 0; i < kStripe; i++) {
    const int output = std::min(x + i, last);
    const std::uint16_t *weights = taps.of(output);
    const std::uint16_t *from = columns + taps.first[std::size_t(output)] * hop;
    Lanes sum = cv::v_setzero_u16();
    for (int k = 0; k < taps.count; k++, from += hop)
      sum = cv::v_add_wrap(sum, cv::v_mul_hi(cv::v_load(from), cv::v_setall_u16(weights[k])));
    sums[i] = sum;
  }
}

} // namespace

void make_taps(int from, int to, int unit, bool mirrored, Taps &taps)
{
  taps.count = 1;
  for (int i = 0; i < to; i++) {
    const Span span = span_of(i, from, to);
    taps.count = std::max(taps.count, span.last - span.first + 1);
  }
  const auto count = std::size_t(taps.count);
  taps.first.resize(std::size_t(to));
  taps.weights.assign(count * std::size_t(to), 0);
  for (int i = 0; i < to; i++) {
    /* All outputs have the same number of taps; near the end, zero weights are prepended instead of
     * reading past the last input. */
    const Span span = span_of(i, from, to);
    const int first = std::max(0, std::min(span.first, from - taps.count));
    const auto output = std::size_t(mirrored ? to - 1 - i : i);
    taps.first[output] = first;
    quantize(span, unit, taps.weights.data() + output * count + std::size_t(span.first - first));
  }
}

void resample_rows(const ByteRows &rows, const Taps &taps, int y, std::uint16_t *columns)
{
  const int last = int(taps.first.size()) - 1;
  const std::uint8_t *source[kStripe];
  const std::uint16_t *weights[kStripe];
  for (int r = 0; r < kStripe; r++) {
    const int output = std::min(y + r, last);
    source[r] = rows.data + std::ptrdiff_t(taps.first[std::size_t(output)]) * rows.stride;
    weights[r] = taps.of(output);
  }
  int x = 0;
  for (; x + kStripe <= rows.bytes; x += kStripe) {
    Lanes sums[kStripe];
    for (int r = 0; r < kStripe; r++) {
      const std::uint8_t *from = source[r] + x;
      Lanes sum = cv::v_setzero_u16();
      for (int k = 0; k < taps.count; k++, from += rows.stride)
        sum = cv::v_add_wrap(
            sum, cv::v_mul_wrap(cv::v_load_expand(from), cv::v_setall_u16(weights[r][k])));
      sums[r] = sum;
    }
    transpose(sums);
    for (int i = 0; i < kStripe; i++)
      cv::v_store(columns + std::ptrdiff_t(x + i) * kStripe, sums[i]);
  }
  for (; x < rows.bytes; x++) {
    for (int r = 0; r < kStripe; r++) {
      unsigned sum = 0;
      for (int k = 0; k < taps.count; k++)
        sum += unsigned(weights[r][k]) * source[r][x + k * rows.stride];
      columns[std::ptrdiff_t(x) * kStripe + r] = std::uint16_t(sum);
    }
  }
}

void resample_columns(const std::uint16_t *columns, int step, int offset, const Taps &taps,
    std::uint16_t *rows, int pitch)
{
  const int outputs = int(taps.first.size());
  const std::ptrdiff_t hop = std::ptrdiff_t(step) * kStripe;
  columns += std::ptrdiff_t(offset) * kStripe;
  for (int x = 0; x < outputs; x += kStripe) {
    Lanes sums[kStripe];
    shrink_block(columns, hop, taps, x, sums);
    transpose(sums);
    for (int r = 0; r < kStripe; r++)
      cv::v_store(rows + std::ptrdiff_t(r) * pitch + x, sums[r]);
  }
}

void resample_columns_transposed(
    const std::uint16_t *columns, int step, int offset, const Taps &taps, std::uint16_t *out)
{
  const int outputs = int(taps.first.size());
  const std::ptrdiff_t hop = std::ptrdiff_t(step) * kStripe;
  columns += std::ptrdiff_t(offset) * kStripe;
  for (int x = 0; x < outputs; x += kStripe) {
    Lanes sums[kStripe];
    shrink_block(columns, hop, taps, x, sums);
    for (int i = 0; i < kStripe; i++)
      cv::v_store(out + std::ptrdiff_t(x + i) * kStripe, sums[i]);
  }
}

} // namespace pose
