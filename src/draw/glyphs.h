// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "draw/brush.h"

namespace pose
{

/// Short texts on a canvas. Every letter is drawn once per size and kept as a mask; texts with
/// known letters allocate nothing.
class GlyphCache
{
 public:
  /// Heights of capital letters that exist, in pixels; others are brought to the nearest.
  static constexpr int kSmallest = 8;
  static constexpr int kLargest = 48;

  /// Width of `text` in pixels, ASCII only: any other byte counts and shows as '?'.
  int width(std::string_view text, int height);

  /// Puts `text` on the brush's canvas, (x, y) being the left end of its base line. The masks live
  /// as long as this object. \param outlined  with a dark rim around the letters
  void write(Brush &brush, std::string_view text, int x, int y, int height, bool outlined);

 private:
  struct Glyph {
    int columns = 0; ///< of the masks
    int rows = 0;
    int left = 0; ///< column and row of the origin in the masks
    int base = 0;
    float advance = 0.f;
    std::vector<std::uint8_t> fill;
    std::vector<std::uint8_t> rim;
  };
  static constexpr char kFirst = ' ';
  static constexpr std::size_t kGlyphs = 95;
  static constexpr int kStep = 2; ///< between sizes
  static constexpr std::size_t kSizes = (kLargest - kSmallest) / kStep + 1;
  using Alphabet = std::array<Glyph, kGlyphs>;

  static int nearest(int height);
  static Glyph draw(char letter, int height);
  const Glyph &glyph(char letter, int height);

  std::array<std::unique_ptr<Alphabet>, kSizes> alphabets_;
};

} // namespace pose
