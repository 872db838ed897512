// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace pose
{

/// The keypoint sets a network may find. The numbers are part of the public C interface.
enum class KeypointSetId { Coco = 0, Mpii = 1, Hand = 2, Body25 = 3, Face = 4 };

/// Two keypoints that a part affinity field (PAF) joins.
struct Limb {
  std::uint8_t from;
  std::uint8_t to;
  std::uint8_t paf_x; ///< PAF channel of the x component, counted from the first PAF channel
  std::uint8_t paf_y; ///< and of the y component
  /// Joins what the other limbs left apart, but is no limb to draw, nor evidence of a person: the
  /// shoulder-ear pairs.
  bool assembly_only;
};

/// Two keypoints with a line between them in a picture.
struct Bone {
  std::uint8_t from;
  std::uint8_t to;
};

struct Color {
  std::uint8_t r;
  std::uint8_t g;
  std::uint8_t b;
};

/// What counts as found. A mode has its own values; a user may override each.
struct Thresholds {
  float keypoint = 0.05f; ///< lowest height of a peak of a heat map, [0, 1]
  float limb = 0.05f;     ///< lowest PAF dot product of a sample along a limb, [0, 1]
  int min_keypoints = 3;  ///< people with fewer are dropped
  /// People are dropped whose scores of keypoints and limbs sum to less than this per keypoint:
  /// a perfect person has nearly 2.
  float min_score = 0.4f;
};

/// Everything that is known about a keypoint set without looking at a picture. Networks put out
/// `parts.size()` heat maps, one of the background, then two PAF channels a limb.
struct KeypointSet {
  KeypointSetId mode;
  const char *name;  ///< "coco", "mpii", "hand", "body-25", "face"
  const char *label; ///< for people to read: "COCO, 18 keypoints"
  /// Names. An R or L before a capital is the person's right or left: the name with the other
  /// letter is that of the part on the other side.
  View<const char *> parts;
  View<Limb> limbs;      ///< empty: one instance, no PAFs
  View<Bone> bones;      ///< what is drawn
  View<Color> colors;    ///< per keypoint; a bone has its second keypoint's
  Thresholds thresholds; ///< defaults

  /// Whole people, of whom there may be many; not a hand or a face, which belongs to a person.
  bool is_body() const { return !limbs.empty(); }
  int heat_maps() const { return int(parts.size()) + 1; }
  int paf_channels() const { return 2 * int(limbs.size()); }
  int channels() const { return heat_maps() + paf_channels(); }
};

const KeypointSet &keypoint_set(KeypointSetId mode);

/// All keypoint sets, in the order of Mode.
View<KeypointSetId> keypoint_set_ids();

/// The keypoint set of a network with so many output channels in all.
std::optional<KeypointSetId> mode_of_channels(int channels);

/// The keypoint set with this `KeypointSet::name`.
std::optional<KeypointSetId> find_keypoint_set(std::string_view name);

} // namespace pose
