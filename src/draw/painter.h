// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "draw/brush.h"
#include "draw/glyphs.h"
#include "draw/occupancy_grid.h"

namespace pose
{

/// Elements and style of the drawing of people.
struct DrawStyle {
  bool limbs = true;
  bool points = true;
  bool boxes = false; ///< one colour per person, shared by their hands and face
  /// "#7" above each person with an id; not above hands and faces with a parent, which have ids of
  /// their own
  bool ids = false;
  bool names = false;     ///< of the keypoints, beside them where there is room
  bool status = false;    ///< whether the caller wants to write a Painter::status line as well
  float opacity = 1.f;    ///< of the drawing as a whole, [0, 1]
  float line_width = 0.f; ///< of limbs, in heights of a pixel, up to 100; 0: by person size

  /// Whether any element of people is visible.
  bool shows_people() const { return opacity > 0.f && (limbs || points || boxes || ids || names); }
};

/// People, or hands, of one keypoint set.
struct Group {
  const KeypointSet *set;
  View<Instance> people;
};

/// Makes every pixel black, and opaque where there is alpha.
void fill_black(const Canvas &canvas);

/// Draws onto the planes of a frame, in place. The result is the same in every format, and pixels
/// that no stroke covers are not written. Discs are round as displayed, whatever the pixel aspect
/// ratio; letters scale with the pixel width. A painter keeps its memory: drawing allocates only
/// when a frame or a crowd is larger than any before, or a letter is new.
class Painter
{
 public:
  /// Draws people whose keypoints and boxes are in image pixels of `canvas`, each group over those
  /// before it, then all ids and names. Keypoints that were not found, are not finite, or lie
  /// beyond 1e6 pixels are not drawn, nor is a limb with such an end; shapes are clipped to the
  /// frame. A canvas without memory is left unchanged.
  void draw_people(const Canvas &canvas, View<Group> groups, const DrawStyle &style);

  /// The same for a single group.
  void draw_people(
      const Canvas &canvas, const KeypointSet &set, View<Instance> people, const DrawStyle &style)
  {
    const Group group{&set, people};
    this->draw_people(canvas, View<Group>{&group, 1}, style);
  }

  /// Writes a line of ASCII text at the top left, in white on a translucent dark backing.
  void draw_status(const Canvas &canvas, std::string_view text);

 private:
  void shapes(const Canvas &canvas, const Group &group, const DrawStyle &style);
  void labels(const Canvas &canvas, View<Group> groups, const DrawStyle &style);
  void box(const Instance &person, float width);
  void limbs(const Canvas &canvas, const KeypointSet &set, const Instance &person, float width,
      float covered);
  void points(const KeypointSet &set, const Instance &person, float width);
  void id(const Canvas &canvas, const Instance &person, float width);
  void names(const Canvas &canvas, const KeypointSet &set, const Instance &person, float width);
  void take_places(
      const Canvas &canvas, const KeypointSet &set, const Instance &person, float width);

  Brush brush_;
  OccupancyGrid occupancy_;
  GlyphCache lettering_;
};

} // namespace pose
