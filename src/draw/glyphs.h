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

/// Draws short texts on a canvas. Each letter is rasterised once per size and cached as a mask;
/// texts of cached letters allocate nothing.
class GlyphCache
{
 public:
  /// Range of capital letter heights, pixels; heights are clamped and rounded down to a size.
  static constexpr int kSmallest = 8;
  static constexpr int kLargest = 48;

  /// Width of `text` in pixels, ASCII only: any other byte is drawn as '?'.
  int width(std::string_view text, int height);

  /// Draws `text` on the brush's canvas, its baseline starting at (x, y). The masks live as long as
  /// this object. \param outlined  with a dark rim around the letters
  void write(Brush &brush, std::string_view text, int x, int y, int height, bool outlined);

 private:
  struct Glyph {
    int columns = 0; ///< of the masks
    int rows = 0;
    int left = 0; ///< column of the origin in the masks; `base`: its row
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
