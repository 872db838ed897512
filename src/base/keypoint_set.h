// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "base/types.h"

namespace pose
{

/// The keypoint sets that are known. The numbers are part of the public C interface.
enum class KeypointSetId { Coco = 0, Mpii = 1, Hand = 2, Body25 = 3, Face = 4, Coco17 = 5 };

/// A hand or a face belongs to a body.
enum class Kind { Body, Hand, Face };

struct Color {
  std::uint8_t r;
  std::uint8_t g;
  std::uint8_t b;
};

struct KeypointInfo {
  /// An R or L before a capital is the person's right or left.
  const char *name;
  std::uint8_t opposite; ///< index of the same keypoint on the other side; of one without, its own
  float sigma; ///< of object keypoint similarity (OKS): annotators' deviation, in roots of
               ///< the person's area, halved
  Color color; ///< a bone has that of its second keypoint
};

/// Two keypoints that a drawing joins with a line.
struct Bone {
  std::uint8_t from;
  std::uint8_t to;
};

/// All that is known of a keypoint set, whatever network finds it.
struct KeypointSet {
  KeypointSetId id;
  const char *name;         ///< as the property `mode` and model cards spell it
  const char *label;        ///< for people to read: "COCO, 18 keypoints"
  const char *semantic_tag; ///< of keypoint groups of GstAnalytics
  Kind kind;
  float line_width; ///< of a drawing that fills the frame, in roots of the frame's area
  View<KeypointInfo> keypoints;
  View<Bone> bones;

  bool is_body() const { return kind == Kind::Body; }
};

const KeypointSet &keypoint_set(KeypointSetId id);

/// All keypoint sets, in the order of KeypointSetId.
View<KeypointSet> keypoint_sets();

/// The keypoint set with this name; nullptr: there is none.
const KeypointSet *find_keypoint_set(std::string_view name);

/// The keypoint set whose id has this number; nullptr: there is none.
const KeypointSet *keypoint_set_of_number(int number);

} // namespace pose
