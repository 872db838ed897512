// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "image/letterbox.h"
#include "model/card.h"

namespace pose
{

/// How the card of a network says that its input is made.
Normalization normalization_of(const Card &card);

} // namespace pose
