// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/shape.h"
#include "base/types.h"
#include "model/card.h"

namespace pose
{

/// Sizes of a network's input, pixels: by its card, the settings and the frames.
class InputSize
{
 public:
  /// \param width   0: the card's; -1: follows the frame's displayed shape
  /// \param height  0: the card's
  InputSize(const Card &card, int width, int height);

  bool follows_frame() const { return width_ < 0; }

  /// Before any frame is known: square where the width follows the frame.
  /// \throws Error ModelMismatch as check()
  Size first() const;

  /// For whole frames of this shape.
  Size of(const Shape &frame) const;

  /// Both sides by a factor, rounded to what the network takes.
  Size scaled(Size input, double scale) const;

  /// \throws Error ModelMismatch if a side is no multiple of the card's, or beyond the limits
  void check(Size input) const;

 private:
  int follow_step() const;

  int width_;
  int height_;
  int multiple_; // the card's; 0: none
  std::string model_;
};

} // namespace pose
