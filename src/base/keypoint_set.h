// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "base/types.h"

namespace pose
{

/// All known keypoint sets. The numbers are part of the public C interface.
enum class KeypointSetId {
  Coco = 0,
  Mpii = 1,
  Hand = 2,
  Body25 = 3,
  Face = 4,
  Coco17 = 5,
  Face468 = 6
};

/// The kind of instance that a keypoint set describes.
enum class Kind { Body, Hand, Face };

struct Color {
  std::uint8_t r;
  std::uint8_t g;
  std::uint8_t b;
};

/* In the order in which rows read best. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct KeypointInfo {
  /// R or L before a capital: the person's own right or left.
  const char *name;
  std::uint16_t opposite; ///< index of the left-right counterpart; its own index if none is known
  float sigma; ///< of object keypoint similarity (OKS): standard deviation of annotations,
               ///< in square roots of the person's area
  Color color; ///< a bone has the color of its second keypoint
};

/// Two keypoints joined by a line when drawn.
struct Bone {
  std::uint16_t from;
  std::uint16_t to;
};

/// Everything about a keypoint set that does not depend on the network.
struct KeypointSet {
  KeypointSetId id;
  const char *name;         ///< as in the property `mode` and in model cards
  const char *label;        ///< human-readable: "COCO, 18 keypoints"
  const char *semantic_tag; ///< of GstAnalytics keypoint groups
  Kind kind;
  float line_width; ///< of an instance that fills the frame, in square roots of the frame's area
  View<KeypointInfo> keypoints;
  View<Bone> bones;

  bool is_body() const { return kind == Kind::Body; }
};

const KeypointSet &keypoint_set(KeypointSetId id);

/// All keypoint sets, in the order of KeypointSetId.
View<KeypointSet> keypoint_sets();

/// The keypoint set with this name, or nullptr.
const KeypointSet *find_keypoint_set(std::string_view name);

/// The keypoint set whose id has this number, or nullptr.
const KeypointSet *keypoint_set_of_number(int number);

} // namespace pose
