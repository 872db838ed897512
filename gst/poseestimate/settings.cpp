// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/settings.h"

#include "base/keypoint_set.h"

namespace settings
{

namespace
{

template <typename T>
std::optional<T> unless_zero(T value)
{
  return value == T(0) ? std::nullopt : std::optional<T>(value);
}

} // namespace

pose::EstimatorSettings StartSettings::estimator() const
{
  pose::EstimatorSettings result;
  if (mode >= 0)
    result.mode = pose::KeypointSetId(mode);
  result.width = width;
  result.height = height;
  result.mean = mean;
  result.scale = unless_zero(scale);
  if (channel_order != CHANNEL_ORDER_AUTO)
    result.rgb = channel_order == CHANNEL_ORDER_RGB;
  result.resize = resize;
  result.scales = scales;
  result.mirror = mirror;
  result.regions = regions != REGIONS_FRAME;
  result.backend = backend;
  result.target = target;
  return result;
}

pose::DecodeSettings FrameSettings::decoding() const
{
  pose::DecodeSettings result;
  result.keypoint_threshold = unless_zero(keypoint_threshold);
  result.limb_threshold = unless_zero(limb_threshold);
  result.min_keypoints = unless_zero(int(min_keypoints));
  result.min_score = unless_zero(min_score);
  result.max_people = int(max_people);
  return result;
}

pose::DrawStyle FrameSettings::drawing() const
{
  return draw_style(overlay_style);
}

pose::PoseStreamSettings FrameSettings::pose_stream(bool keeps_ids) const
{
  return {carry, tracking, smoothing, keeps_ids};
}

} // namespace settings
