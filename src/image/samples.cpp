// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/samples.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "image/simd.h"

namespace pose
{

namespace
{

using Value = std::uint16_t;

/* How far to shift a word so that its lowest byte is the one at `byte` in memory. */
template <typename Word>
constexpr int shift_to(int byte)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return 8 * (int(sizeof(Word)) - 1 - byte);
#else
  return 8 * byte;
#endif
}

/* How the samples of a row around a position lie in words, which hold bytes in the order of memory.
 * N samples a row: 2 to interpolate, 3 for the mean of a box. */
template <int N>
struct Alone { // one component
  using Word = std::conditional_t<N == 2, std::uint16_t, std::uint32_t>;
  static constexpr int kSamples = 1 << (N - 1); // of a word
};

template <int N>
struct Pairs { // steps of 2 bytes
  using Word = std::uint32_t;
  static constexpr int kSamples = 2;
};

template <int N>
struct Cells { // steps of up to 4 bytes
  using Word = std::uint32_t;
  static constexpr int kSamples = 1;
};

/* The samples around each position. */
template <template <int> class Kind, int N>
struct Taps {
  using Word = typename Kind<N>::Word;
  static constexpr int kSamples = Kind<N>::kSamples;
  static constexpr int kWords = (N + kSamples - 1) / kSamples;
  static constexpr bool kIsAlone = std::is_same_v<Kind<N>, Alone<N>>;

  Word rows[N][kWords][kLongestWalk];
};

/* Bytes from one sample to the next, at most, of those that are read the fast way. */
constexpr std::ptrdiff_t kFastSteps = 4;

/* Reads the samples around the positions of a walk, all of which are inside, in steps known when
 * compiled: one multiplication less, where each one counts. */
template <int Step, template <int> class Kind, int N>
[[gnu::noinline]] void gather_steps(
    const std::uint8_t *data, std::ptrdiff_t stride, Walk walk, int count, Taps<Kind, N> &taps)
{
  using Word = typename Taps<Kind, N>::Word;
  const auto read = [](const std::uint8_t *at, Word &word) {
    if (Taps<Kind, N>::kIsAlone && Step > 1) {
      word = 0;
      for (int i = 0; i < N; i++)
        word = Word(word | Word(at[std::ptrdiff_t(i) * Step]) << shift_to<Word>(i));
    } else {
      std::memcpy(&word, at, sizeof word);
    }
  };
  for (int i = 0; i < count; i++) {
    const std::uint8_t *at =
        data + std::ptrdiff_t(walk.y >> 16) * stride + std::ptrdiff_t(walk.x >> 16) * Step;
    for (int row = 0; row < N; row++, at += stride)
      for (int word = 0; word < Taps<Kind, N>::kWords; word++)
        read(at + std::ptrdiff_t(word) * Taps<Kind, N>::kSamples * Step, taps.rows[row][word][i]);
    walk.x += walk.dx;
    walk.y += walk.dy;
  }
}

template <template <int> class Kind, int N>
void gather(const SampleGrid &grid, const Walk &walk, int count, Taps<Kind, N> &taps)
{
  if (grid.step == 1)
    gather_steps<1>(grid.data, grid.stride, walk, count, taps);
  else if (grid.step == 2)
    gather_steps<2>(grid.data, grid.stride, walk, count, taps);
  else if (grid.step == 3)
    gather_steps<3>(grid.data, grid.stride, walk, count, taps);
  else
    gather_steps<4>(grid.data, grid.stride, walk, count, taps);
}

/* The same of any step, where some may be outside: the nearest ones inside take their place. */
template <template <int> class Kind, int N>
[[gnu::noinline]] void gather_clamped(
    const SampleGrid &grid, Walk walk, int count, Taps<Kind, N> &taps)
{
  using Word = typename Taps<Kind, N>::Word;
  constexpr int kSamples = Taps<Kind, N>::kSamples;
  const auto bytes = std::size_t(grid.count == 1 ? 1 : grid.step);
  const auto clamped = [](std::int64_t at, int extent) {
    return std::ptrdiff_t(std::clamp<std::int64_t>(at, 0, extent - 1));
  };
  for (int i = 0; i < count; i++) {
    for (int row = 0; row < N; row++)
      for (int word = 0; word < Taps<Kind, N>::kWords; word++) {
        const std::uint8_t *line =
            grid.data + clamped((walk.y >> 16) + row, grid.size.height) * grid.stride;
        std::uint8_t memory[sizeof(Word)] = {};
        for (int k = 0; k < kSamples && word * kSamples + k < N; k++)
          std::memcpy(memory + std::size_t(k) * bytes,
              line + clamped((walk.x >> 16) + std::int64_t(word) * kSamples + k, grid.size.width) *
                         grid.step,
              bytes);
        std::memcpy(&taps.rows[row][word][i], memory, sizeof memory);
      }
    walk.x += walk.dx;
    walk.y += walk.dy;
  }
}

/* Whether all samples around the positions are inside, and the bytes that their words have besides.
 */
template <template <int> class Kind, int N>
bool is_inside(const SampleGrid &grid, const Walk &walk, int count)
{
  using All = Taps<Kind, N>;
  const bool assembled = All::kIsAlone && grid.step > 1;
  const std::ptrdiff_t read =
      (All::kWords - 1) * All::kSamples * grid.step + std::ptrdiff_t(sizeof(typename All::Word));
  const int spare = !assembled && read > N * grid.step ? 1 : 0;
  const auto between = [count](std::int64_t from, std::int64_t step, int last) {
    const std::int64_t to = from + (count - 1) * step;
    return std::min(from, to) >= 0 && std::max(from, to) >> 16 <= last;
  };
  return grid.step <= kFastSteps && between(walk.x, walk.dx, grid.size.width - N - spare) &&
         between(walk.y, walk.dy, grid.size.height - N);
}

/* `a * b` in 1/65536, which compilers know as one instruction. */
[[gnu::always_inline]] inline Value times(Value a, Value b)
{
  return Value((std::uint32_t(a) * b) >> 16);
}

/* Half a side of a box, and what a sample weighs that it covers, in 1/65536. */
struct Side {
  Value half;
  Value whole;

  explicit Side(double extent)
      : half(Value(std::min(32768.0 * extent, 65535.0))),
        whole(Value(std::min(65536.0 / extent, 65535.0)))
  {
  }

  /* What the first of three samples weighs, and the last, `at` being the distance of the box's
   * middle from the edge between the first two, less half a sample. */
  Value first(Value at) const { return times(at < half ? Value(half - at) : Value(0), whole); }
  Value last(Value at) const
  {
    const auto rest = Value(0 - half); // 65536 less
    return times(at > rest ? Value(at - rest) : Value(0), whole);
  }
};

/* A component in the words: how far each of the samples of a row has to be shifted. */
template <typename Word, int N>
struct Shifts {
  int all[N];

  Shifts(int samples, std::ptrdiff_t bytes, int offset)
  {
    for (int tap = 0; tap < N; tap++)
      all[tap] = shift_to<Word>(tap % samples * int(bytes) + offset);
  }
};

/* Adds the share of the means of one component. */
template <template <int> class Kind, int N>
[[gnu::always_inline]] inline void blend(const Taps<Kind, N> &taps,
    const Shifts<typename Taps<Kind, N>::Word, N> &shifts, const Walk &walk, Side across, Side down,
    Value share, int count, Value *sums)
{
  const auto dx = Value(walk.dx);
  const auto dy = Value(walk.dy);
  auto x = Value(walk.x);
  auto y = Value(walk.y);
  const auto level = [&](int row, int tap, int i) {
    const auto word = taps.rows[row][tap / Taps<Kind, N>::kSamples][i];
    return Value((word >> shifts.all[tap]) & 255);
  };
  for (int i = 0; i < count; i++) {
    Value mean = 0;
    if constexpr (N == 2) {
      const auto weight = Value(x >> 8);
      const auto mixed = [&](int row) {
        const Value left = level(row, 0, i);
        return Value(Value(left << 8) + Value(Value(level(row, 1, i) - left) * weight));
      };
      const Value top = mixed(0);
      mean = Value(top - times(top, y) + times(mixed(1), y));
    } else {
      const auto left = Value(across.first(x) >> 8);
      const auto right = Value(across.last(x) >> 8);
      const auto middle = Value(256 - left - right);
      const auto mixed = [&](int row) {
        return Value(Value(level(row, 0, i) * left) + Value(level(row, 1, i) * middle) +
                     Value(level(row, 2, i) * right));
      };
      const Value above = down.first(y);
      const Value below = down.last(y);
      const Value row = mixed(1);
      mean = Value(
          row - times(row, Value(above + below)) + times(mixed(0), above) + times(mixed(2), below));
    }
    sums[i] = Value(sums[i] + times(mean, share));
    x = Value(x + dx);
    y = Value(y + dy);
  }
}

/* One function of each kind, since templates cannot be compiled for several processors. */
POSE_TARGET_CLONES void blend_taps(const Taps<Alone, 2> &taps,
    const Shifts<std::uint16_t, 2> &shifts, const Walk &walk, Side across, Side down, Value share,
    int count, Value *sums)
{
  blend(taps, shifts, walk, across, down, share, count, sums);
}

POSE_TARGET_CLONES void blend_taps(const Taps<Pairs, 2> &taps,
    const Shifts<std::uint32_t, 2> &shifts, const Walk &walk, Side across, Side down, Value share,
    int count, Value *sums)
{
  blend(taps, shifts, walk, across, down, share, count, sums);
}

POSE_TARGET_CLONES void blend_taps(const Taps<Cells, 2> &taps,
    const Shifts<std::uint32_t, 2> &shifts, const Walk &walk, Side across, Side down, Value share,
    int count, Value *sums)
{
  blend(taps, shifts, walk, across, down, share, count, sums);
}

POSE_TARGET_CLONES void blend_taps(const Taps<Alone, 3> &taps,
    const Shifts<std::uint32_t, 3> &shifts, const Walk &walk, Side across, Side down, Value share,
    int count, Value *sums)
{
  blend(taps, shifts, walk, across, down, share, count, sums);
}

POSE_TARGET_CLONES void blend_taps(const Taps<Pairs, 3> &taps,
    const Shifts<std::uint32_t, 3> &shifts, const Walk &walk, Side across, Side down, Value share,
    int count, Value *sums)
{
  blend(taps, shifts, walk, across, down, share, count, sums);
}

POSE_TARGET_CLONES void blend_taps(const Taps<Cells, 3> &taps,
    const Shifts<std::uint32_t, 3> &shifts, const Walk &walk, Side across, Side down, Value share,
    int count, Value *sums)
{
  blend(taps, shifts, walk, across, down, share, count, sums);
}

template <template <int> class Kind, int N>
void add(const SampleGrid &grid, Walk walk, const Extent &extent, Value share, int count,
    Value *const *sums)
{
  if (N == 3) { // the first of three samples is half a sample further back
    walk.x -= 32768;
    walk.y -= 32768;
  }
  Taps<Kind, N> taps;
  if (is_inside<Kind, N>(grid, walk, count))
    gather(grid, walk, count, taps);
  else
    gather_clamped(grid, walk, count, taps);
  const std::ptrdiff_t bytes = grid.count == 1 ? 1 : grid.step;
  for (std::size_t c = 0; c < std::size_t(grid.count); c++) {
    const Shifts<typename Taps<Kind, N>::Word, N> shifts(
        Taps<Kind, N>::kSamples, bytes, grid.offsets[c]);
    blend_taps(taps, shifts, walk, Side(extent.x), Side(extent.y), share, count, sums[c]);
  }
}

template <int N>
void add_any(const SampleGrid &grid, const Walk &walk, const Extent &extent, Value share, int count,
    Value *const *sums)
{
  if (grid.count == 1)
    add<Alone, N>(grid, walk, extent, share, count, sums);
  else if (grid.step == 2)
    add<Pairs, N>(grid, walk, extent, share, count, sums);
  else
    add<Cells, N>(grid, walk, extent, share, count, sums);
}

} // namespace

void add_means(const SampleGrid &grid, const Walk &walk, const Extent &extent, std::uint16_t share,
    int count, std::uint16_t *const *sums)
{
  if (extent.x > 1.0 || extent.y > 1.0)
    add_any<3>(grid, walk, extent, share, count, sums);
  else
    add_any<2>(grid, walk, extent, share, count, sums);
}

} // namespace pose
