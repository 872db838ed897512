// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/types.h"

namespace pose
{

/// A local maximum of a heat map.
struct Peak {
  Point position;    ///< map cells, with subcell refinement
  float score = 0.f; ///< heat map value, about [0, 1]
};

/// Two peaks joined by a limb.
struct Connection {
  int from = 0;      ///< index of the peak at the limb's first end
  int to = 0;        ///< index of the peak at its second end
  float score = 0.f; ///< mean PAF along the limb, [0, 1]
};

} // namespace pose
