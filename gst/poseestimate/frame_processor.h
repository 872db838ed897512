// SPDX-License-Identifier: LGPL-2.1-or-later
/* What poseestimate does with a frame: run the network on it, or offer it to the worker; track and
 * propagate poses; draw and attach them; count. */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/error.h"
#include "base/frame_tag.h"
#include "draw/painter.h"
#include "estimate/estimator.h"
#include "estimate/worker.h"
#include "gst/common/attach.h"
#include "gst/common/frame_warnings.h"
#include "gst/poseestimate/pacing.h"
#include "gst/poseestimate/region_source.h"
#include "gst/poseestimate/settings.h"
#include "gst/poseestimate/stats.h"
#include "gst/poseestimate/timeline.h"
#include "output/status.h"
#include "track/pose_stream.h"

/// Lives from the element's start to its stop, in its streaming thread.
class FrameProcessor
{
 public:
  /// Loads the network. \throws pose::Error when it cannot be used
  FrameProcessor(GstElement *element, const settings::StartSettings &start);

  /// Readies everything for frames of these caps. Forgets all frames so far when they have another
  /// shape. \throws pose::Error
  void prepare(const GstVideoInfo &info);

  /// Turns frames so on their way to the network. Those that it has already stay valid: people are
  /// told of in stored pixels. \throws pose::Error
  void set_turn(pose::Turn turn, const GstVideoInfo &info);

  /// Before each frame.
  void set_pace(const Pace &pace);

  /// Whether every frame waits for the network.
  bool delays_frames() const { return !worker_; }

  /// Analyses one frame. A frame that fails passes on unmodified, is counted and warned about;
  /// `settings.max_errors` consecutive ones fail the stream. \param buffer  writable \param stats
  /// guarded by the element's object lock
  GstFlowReturn process(GstBuffer *buffer, const GstVideoInfo &info,
      const settings::FrameSettings &settings, stats::Stats &stats);

  /// A new segment begins with the next frame.
  void begin_segment() { timeline_.begin_segment(); }

  /// Forgets all frames so far: after a flush.
  void flush();

 private:
  struct Frame; // one pass through process()

  FrameProcessor(GstElement *element, const settings::StartSettings &start, const pose::Card &card);

  void reset();
  void prepare_network(const pose::Shape &frame);
  bool is_due(const Frame &frame) const;
  const GstSegment &segment() const;
  pose::FrameTag next_tag(const Frame &frame);
  void analyse(Frame &frame);
  void repeat(Frame &frame);
  void follow(Frame &frame, const pose::Frame &view);
  bool run_network(Frame &frame, const pose::Frame &view);
  bool poll_worker();
  void update_poses(Frame &frame, bool has_result);
  const std::vector<pose::Region> *regions(Frame &frame);
  void offer(Frame &frame, const pose::Frame &view);
  bool estimate(Frame &frame, const pose::Frame &view);
  void accept(Frame &frame, pose::Result &result);
  void draw(Frame &frame, const pose::Canvas &canvas);
  void attach(Frame &frame);
  void post(Frame &frame, const pose::Result &result);
  void count(Frame &frame, const pose::Timings &timings, std::size_t people);
  GstFlowReturn fail(
      const pose::Error &error, const settings::FrameSettings &settings, stats::Stats &stats);

  GstElement *element_; // owns us
  Pacing pacing_;
  pose::NetworkPool own_pool_; // where the network is not shared
  pose::Estimator estimator_;
  std::optional<RegionSource> region_source_; // where regions are analysed
  pose::PoseStream pose_stream_;
  bool refines_; // finds the bodies of an element upstream anew, with their ids
  pose::Painter painter_;
  pose::NetworkInput network_input_;       // where frames wait for the network
  pose::Result result_;                    // the latest; its memory goes round
  pose::Turn turn_{};                      // what brings frames upright
  std::uint64_t number_ = 0;               // of the next frame
  std::optional<pose::FrameTag> analysed_; // the frame that the network had last
  Timeline timeline_;
  std::optional<GstVideoInfo> prepared_; // frames for which everything is ready
  pose::Rate rate_;                      // of analyses, by the monotonic clock
  bool is_at_start_ = true;              // of the stream, or behind a flush
  bool skipped_any_ = false;             // frames go without an analysis: keep what flow needs
  std::string line_;                     // scratch for messages
  guint failures_ = 0;                   // consecutive
  FrameWarnings warnings_;
  std::optional<pose::Worker> worker_; // last: its thread uses the estimator
};
