// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/types.h"

namespace pose
{

/// Brings people from pixels of a picture of size `from` to those of the same picture at size `to`:
/// its corners stay its corners. Neither size may be empty.
void rescale(std::vector<Instance> &people, Size from, Size to);

/// Moves people by so many pixels.
void shift(std::vector<Instance> &people, Point by);

/// Whether any of a person's box is in a picture.
bool is_visible(const Instance &person, Size picture);

/// Leaves out who is not visible in a picture.
void keep_visible(std::vector<Instance> &people, Size picture);

/// Makes the picture `by` times as wide: by the aspect of its pixels, to compare lengths across
/// with lengths down, and back by one over it. Its left edge stays where it is; 1 changes no bit.
void stretch(std::vector<Instance> &people, float by);

/// The same for one box.
Box stretched(Box box, float by);

/// Forgets keypoints that are less confident than `least`, then whoever has none. The box of
/// somebody who lost some is that of the others. Nothing happens where `least` is 0.
void drop_below(std::vector<Instance> &people, float least);

} // namespace pose
