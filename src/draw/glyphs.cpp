// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draw/glyphs.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <opencv2/imgproc.hpp>

#include "base/exit_gate.h"

namespace pose
{

namespace
{

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapital = 21.; // height of a capital letter at scale 1
constexpr int kFiner = 4;        // oversampling factor: letters are drawn larger, then shrunk
constexpr Color kLetterColor{255, 255, 255};
constexpr Color kRimColor{12, 14, 18};

double stroke_of(int height)
{
  return std::max(1.2, height / 8.5);
}

double rim_of(int height)
{
  return std::max(1.2, height / 9.);
}

std::vector<std::uint8_t> mask_of(
    const std::string &text, cv::Size size, cv::Point origin, int height, double stroke)
{
  cv::Mat fine = cv::Mat::zeros(size * kFiner, CV_8UC1);
  cv::putText(fine, text, origin * kFiner, kFont, kFiner * height / kCapital, cv::Scalar(255),
      std::max(1, cvRound(kFiner * stroke)), cv::LINE_AA);
  cv::Mat mask;
  cv::resize(fine, mask, size, 0., 0., cv::INTER_AREA);
  return {mask.begin<std::uint8_t>(), mask.end<std::uint8_t>()};
}

} // namespace

int GlyphCache::nearest(int height)
{
  const int inside = std::min(std::max(height, kSmallest), kLargest);
  return inside - (inside - kSmallest) % kStep;
}

GlyphCache::Glyph GlyphCache::draw(char letter, int height)
{
  const exit_gate::Pass pass;
  const std::string text(1, letter);
  int unused = 0;
  Glyph glyph;
  /* At scale 1 a letter's advance is an integer; getTextSize() adds the thickness. */
  const int units = cv::getTextSize(text, kFont, 1., 1, &unused).width - 1;
  glyph.advance = float(units * height / kCapital);
  const int margin = int(stroke_of(height) / 2. + rim_of(height)) + 2;
  glyph.left = margin;
  glyph.base = margin + height + height / 4;
  glyph.columns = 2 * margin + int(glyph.advance) + 1;
  glyph.rows = glyph.base + height / 2 + margin;
  const cv::Size size(glyph.columns, glyph.rows);
  const cv::Point origin(glyph.left, glyph.base);
  const double stroke = stroke_of(height);
  glyph.fill = mask_of(text, size, origin, height, stroke);
  glyph.rim = mask_of(text, size, origin, height, stroke + 2. * rim_of(height));
  return glyph;
}

const GlyphCache::Glyph &GlyphCache::glyph(char letter, int height)
{
  const int step = (height - kSmallest) / kStep;
  std::unique_ptr<Alphabet> &alphabet = alphabets_[std::size_t(step)];
  if (!alphabet)
    alphabet = std::make_unique<Alphabet>();
  int index = int(static_cast<unsigned char>(letter)) - kFirst;
  if (index < 0 || index >= int(kGlyphs))
    index = '?' - kFirst;
  Glyph &glyph = (*alphabet)[std::size_t(index)];
  if (glyph.fill.empty())
    glyph = draw(char(kFirst + index), height);
  return glyph;
}

int GlyphCache::width(std::string_view text, int height)
{
  float sum = 0.f;
  for (const char letter : text)
    sum += glyph(letter, nearest(height)).advance;
  return int(std::lround(sum));
}

void GlyphCache::write(Brush &brush, std::string_view text, int x, int y, int height, bool outlined)
{
  const int size = nearest(height);
  for (const bool rim : {true, false}) {
    if (rim && !outlined)
      continue;
    float along = 0.f;
    for (const char letter : text) {
      const Glyph &shape = glyph(letter, size);
      const Mask mask{(rim ? shape.rim : shape.fill).data(), shape.columns, shape.rows};
      brush.stamp(mask, x + int(std::lround(along)) - shape.left, y - shape.base,
          rim ? kRimColor : kLetterColor);
      along += shape.advance;
    }
  }
}

} // namespace pose
