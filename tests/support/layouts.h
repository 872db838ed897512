// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "decode/paf_layout.h"

/// The layout of a keypoint set that networks output as maps.
inline const pose::PafLayout &layout_of(const pose::KeypointSet &set)
{
  return *pose::paf_layout(set.id);
}
