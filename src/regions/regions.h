// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// A place in a frame to look for a hand or a face: a square.
struct Region {
  Box box;                           ///< pixels; may reach over the frame's edges
  HandSide side = HandSide::Unknown; ///< of the hand that is expected there; a face has none
  int parent = -1;                   ///< person_key() the person whose it is, -1: nobody known
};

/// Where the hands of people must be, as far as their arms tell: of everyone at most one region of
/// each side, right ones first, people in their order.
///
/// Where shoulder, elbow and wrist are found, by OpenPose's rule (handDetector.cpp): the centre
/// lies beyond the wrist by 0.33 of the forearm, and the side is 1.5 times the longer of the
/// forearm and 0.9 of the upper arm. Of an arm seen in full that is a quarter of the stature; a
/// hand is 0.11 of it. The rule is kept unless its box is out of proportion to the rest of the
/// body:
///  - A side under 0.2 of the stature becomes that: an arm that points towards the camera looks
///    short, but the hand at its end does not look small.
///  - A side over 0.4 of the stature becomes that, and the centre comes as near to the wrist as in
///    any box of that side: an elbow or a shoulder was misplaced.
///
/// Without the shoulder the forearm alone counts, within the same bounds. Without the elbow the
/// side is 0.25 of the stature, and the centre lies beyond the wrist as seen from the shoulder, by
/// 0.145 of that way (of a straight arm, 0.33 of the forearm) but of no more than an arm; or it is
/// the wrist, without both. The stature is that of stature(), or of somebody without any limb the
/// longer side of the box around the keypoints.
///
/// A region is always finite and at least 4 pixels wide: there is none where that cannot be.
/// Keypoints that are not finite count as not found.
///
/// \param body     keypoint set of `people`; if it has no arms, there are no regions
/// \param people   in image pixels, made square by stretch() where they are not
/// \param regions  replaced; in pixels as `people`
void hand_regions(const KeypointSet &body, View<Instance> people, std::vector<Region> &regions);

/// Where the faces of people must be: of everyone at most one region, people in their order. It
/// holds a face from forehead to chin and cheek to cheek, seen from the front or from the side.
///
/// There is one for whoever has a nose or an eye: ears alone may be seen from behind. The centre is
/// the middle of all of nose, eyes and ears that were found, moved towards the neck, for the chin,
/// by 0.05 of the side. The side is 0.19 of the stature that the face tells, stature_by_face(),
/// held to between 0.9 and 1.8 of what the limbs tell; or of what one of them tells, if the other
/// does not.
///
/// The rest as with hand_regions(). MPII's keypoints tell a head but not whether it shows its face:
/// they give no regions.
void face_regions(const KeypointSet &body, View<Instance> people, std::vector<Region> &regions);

/// Adds a region for each hand that was found a moment ago and that no region is for, so that a
/// hand goes on when its arm is no longer seen: 2.2 times its own box, as hand networks are
/// trained. Only for hands with a side and an owner, and only while their score is at least
/// `least_score`. A region that is there for the same hand, or for a hand of the same side in
/// nearly the same place (more in common than not), is enough. No larger than 0.4 of the owner's
/// stature, where that is known: so a box cannot grow from frame to frame.
///
/// \param body     keypoint set of `people`, who are in this frame
/// \param hands    as they were in the latest frame, in pixels as `people`
/// \param regions  those of this frame so far
void remember_hands(const KeypointSet &body, View<Instance> people, View<Instance> hands,
    float least_score, std::vector<Region> &regions);

} // namespace pose
