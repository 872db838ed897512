// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "skeleton.h"
#include "types.h"

namespace pose
{

/// A place in a frame to look for one hand.
struct Region {
  Box box;                           ///< image pixels; may reach over the frame's edges
  HandSide side = HandSide::Unknown; ///< of the hand that is expected there
  int owner = -1;                    ///< link_of() the person whose hand it is, -1: nobody known
};

/// What hands name their person by: the id, or where people have none the place among them.
inline int link_of(const Person &person, std::size_t index)
{
  return person.id >= 0 ? person.id : int(index);
}

/// Where the hands of people must be, as far as their arms tell: of everyone at most one region of
/// each side, right ones first, people in their order. Regions are square.
///
/// With shoulder, elbow and wrist, as OpenPose has it (handDetector.cpp): the centre lies beyond
/// the wrist by 0.33 of the forearm, and the side is 1.5 times the longer of the forearm and 0.9
/// of the upper arm. Without the shoulder the forearm alone counts; without the elbow, the centre
/// is the wrist, and the size comes from the rest of the body.
///
/// \param body     keypoint set of `people`, with arms
/// \param regions  replaced; image pixels, as `people`
void hand_regions(const Skeleton &body, View<Person> people, std::vector<Region> &regions);

/// Adds a region for each hand that was found a moment ago and that no region is for: so a hand
/// goes on when its arm is no longer seen. Only hands of people with ids, and only while their
/// score is at least `least_score`.
/// \param hands    as they were in the latest frame, image pixels
/// \param regions  those of this frame so far
void remember_hands(View<Person> hands, float least_score, std::vector<Region> &regions);

} // namespace pose
