// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "base/frame.h"
#include "base/types.h"

/// A gray frame of full range over packed pixels.
inline pose::Frame gray_frame(const std::uint8_t *pixels, pose::Size size)
{
  pose::Frame frame;
  frame.width = size.width;
  frame.height = size.height;
  frame.model = pose::ColorModel::Gray;
  frame.full_range = true;
  frame.component_count = 1;
  frame.planes[0] = {pixels, size.width};
  return frame;
}
