// SPDX-License-Identifier: LGPL-2.1-or-later
// Regions of hands for networks that see them turned, from palms and from hands found before.
#pragma once

#include <optional>
#include <vector>

#include "base/person.h"
#include "base/types.h"
#include "regions/regions.h"

namespace pose
{

/// How the region of a hand follows from its own keypoints, and what it is compared with.
struct CropFollow {
  float scale = 2.f;  ///< side of the region, in longer sides of the box
  float shift = 0.1f; ///< towards the fingers, in heights of the box
  float around = 1.f; ///< scale of the crops of regions that are not exact
};

/// The region around the hand of a palm, as in MediaPipe's hand tracking
/// (palm_detection_detection_to_roi.pbtxt): a square of 2.6 times the longer side of its box, moved
/// by half the height of the box in the direction from the wrist to the first knuckle of the middle
/// finger, which is its angle. It is exact. Nothing if it would not be finite or the direction is
/// unknown.
///
/// All in square pixels of the image as displayed.
std::optional<Region> palm_region(const Box &box, Point wrist, Point middle_knuckle);

/// The region of a hand in the next frame, or in a second look at this one, as in MediaPipe's hand
/// tracking (hand_landmark_landmarks_to_roi.pbtxt). Its angle is the direction from the wrist to
/// the middle of the second joints: half of the middle finger's, and a quarter each of the
/// index and ring finger's. In the image turned so that this is up, the box of wrist, thumb up to
/// its third joint and the other fingers up to their second ones is moved up by `shift` heights;
/// the region is the square of `scale` times its longer side around its middle. It is exact, and
/// has side, parent, id and first sight of the hand.
///
/// Missing keypoints, and those that are not finite, count for nothing. Nothing without the wrist,
/// or all three second joints, or if the region would not be finite or below 4 pixels.
///
/// \param hand  of the keypoint set Hand, in square image pixels, see stretch()
std::optional<Region> follow_region(const Instance &hand, const CropFollow &follow);

/// Follows the hands of the previous frame: adds follow_region() of each with a score of at least
/// `least_score`, the best first, and removes the regions so far that are of the same hand. So a
/// hand that is seen needs neither an arm nor a palm any more.
///
/// Two regions are of the same hand if they have the same side and parent, these are known, and
/// their crops touch: what is far from its arm may have become another hand, and both stay, see
/// keep_on_arms(). Or if neither of them is known to be of another side and the intersection over
/// union of their crops is above 0.5, as in MediaPipe's AssociationNormRectCalculator. A followed
/// hand takes the place of the region that it replaces, and by the second rule also its side and
/// its parent where these are known: they are of this frame. Parents of hands below -1 are keys of
/// another frame, and so unknown. Of two hands that become the same, or that have the same known
/// side and parent, the better stays.
///
/// \param hands    detections of the previous frame, in square image pixels
/// \param regions  those of this frame so far, in pixels as `hands`: of the arms of people, of
///                 palms, or none
void follow_hands(View<Instance> hands, float least_score, const CropFollow &follow,
    std::vector<Region> &regions);

/// Drops the hands that were followed to places far from where their arms show them now: where two
/// hands have the same known side and parent, those that were followed.
/// \param followed  of each hand, whether its region was that of follow_hands()
void keep_on_arms(std::vector<Instance> &hands, const std::vector<bool> &followed);

/// How far apart two sights of a hand are: the mean distance of the keypoints that both have, in
/// longer sides of the larger box; infinite without any.
float apart(const Instance &a, const Instance &b);

/// Drops all but the best of instances that are the same hand, seen in two crops: whose keypoints
/// are apart by less than a fifth of the longer side of the larger box, in the mean of those that
/// both have. The order stays.
void drop_twins(std::vector<Instance> &hands);

} // namespace pose
