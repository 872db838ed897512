// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/normalization.h"

#include <cstddef>

namespace pose
{

Normalization normalization_of(const Card &card)
{
  Normalization result;
  for (std::size_t c = 0; c < 3; c++) {
    result.mean[c] = float(card.mean[c]);
    result.std[c] = float(card.std[c]);
  }
  result.padding = float(card.padding);
  result.scale = float(card.scale);
  result.rgb = card.rgb;
  return result;
}

} // namespace pose
