// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/frame_processor.h"

#include <utility>

#include <gst/base/gstbasetransform.h>

#include "base/frame_tag.h"
#include "base/person.h"
#include "gst/common/glue.h"
#include "gst/common/wall_clock.h"
#include "gst/poseestimate/frame_shape.h"
#include "gst/poseestimate/poses_message.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

namespace
{

/* Networks that elements of this process share. Never destroyed: an application may exit while it
 * plays. */
pose::NetworkPool &shared_pool()
{
  static pose::NetworkPool &pool = *new pose::NetworkPool;
  return pool;
}

pose::Card chosen_card(GstElement *element, const settings::StartSettings &start)
{
  pose::Card card = pose::resolve_model(
      start.model, start.config, pose::model_path(GST_POSE_MODEL_PATH), start.estimator().mode);
  GST_INFO_OBJECT(element, "model '%s': weights '%s', definition '%s'", card.name.c_str(),
      card.model.c_str(), card.config.c_str());
  return card;
}

/* With the card of the network that finds regions in whole frames, where they are not given. */
pose::EstimatorSettings estimator_settings(
    const settings::StartSettings &start, const pose::Card &card)
{
  pose::EstimatorSettings result = start.estimator();
  if (start.regions != settings::REGIONS_FRAME || card.finder.empty())
    return result;
  try {
    result.finder = pose::resolve_model(card.finder, "", pose::model_path(GST_POSE_MODEL_PATH));
  } catch (const pose::Error &error) {
    throw pose::Error(
        error.code(), "The network that finds what '" + card.name +
                          "' looks at in whole frames cannot be used: " + error.what());
  }
  return result;
}

double milliseconds_since(gint64 start)
{
  return double(g_get_monotonic_time() - start) / 1e3;
}

GstClockTime time_or_none(const std::optional<std::int64_t> &time)
{
  return time ? GstClockTime(*time) : GST_CLOCK_TIME_NONE;
}

} // namespace

struct FrameProcessor::Frame {
  GstBuffer *buffer;
  const GstVideoInfo &info;
  const settings::FrameSettings &settings;
  stats::Stats &stats;
  bool repeats; // shows the frame before once more
  pose::FrameTag tag{};
  const std::vector<pose::Instance> *poses = nullptr; // of the frame, once they are known
};

FrameProcessor::FrameProcessor(GstElement *element, const settings::StartSettings &start)
    : FrameProcessor(element, start, chosen_card(element, start))
{
}

FrameProcessor::FrameProcessor(
    GstElement *element, const settings::StartSettings &start, const pose::Card &card)
    : element_(element), pacing_(start.inference),
      estimator_(card, estimator_settings(start, card), start.share ? shared_pool() : own_pool_),
      pose_stream_(estimator_.keypoint_set()),
      refines_(start.regions == settings::REGIONS_PEOPLE && estimator_.keypoint_set().is_body()),
      warnings_(element)
{
  GST_INFO_OBJECT(element, "finds %s", estimator_.keypoint_set().label);
  if (estimator_.takes_regions())
    region_source_.emplace(element, start.regions, estimator_.keypoint_set().id, start.region_type,
        start.region_scale, card.crop);
  set_pace({});
}

void FrameProcessor::set_pace(const Pace &pace)
{
  pacing_.update(pace);
  const bool latest = pacing_.never_waits();
  if (latest == bool(worker_))
    return;
  GST_INFO_OBJECT(element_, "the %s",
      latest ? "video never waits for the network" : "network analyses every frame");
  if (!latest) {
    worker_.reset();
    return;
  }
  try {
    worker_.emplace(estimator_);
  } catch (...) {
    warnings_.add(pose::current_error(pose::ErrorCode::Internal, "No thread can be started."),
        "kept waiting for the network"); // and the next one tries again
  }
}

void FrameProcessor::prepare(const GstVideoInfo &info)
{
  if (prepared_ && same_shape(*prepared_, info))
    return;
  prepared_.reset();
  reset();
  pose_stream_.set_frame_shape(shape_of(info));
  prepare_network(shape_of(info, turn_));
  prepared_ = info;
}

void FrameProcessor::set_turn(pose::Turn turn, const GstVideoInfo &info)
{
  if (turn == turn_)
    return;
  prepare_network(shape_of(info, turn));
  turn_ = turn; /* not before: should memory run out, the next frame tries again */
}

void FrameProcessor::prepare_network(const pose::Shape &frame)
{
  if (worker_)
    worker_->drain();
  estimator_.prepare(frame);
  const pose::Size input = estimator_.input_for(frame);
  const auto seen = frame.upright();
  GST_INFO_OBJECT(element_,
      "frames of %d x %d, seen as %.0f x %.0f, go into a network input of %d x %d, run by %s",
      frame.size.width, frame.size.height, seen.width, seen.height, input.width, input.height,
      estimator_.engine().c_str());
}

void FrameProcessor::reset()
{
  if (worker_)
    worker_->flush();
  pose_stream_.reset();
  if (region_source_)
    region_source_->reset();
  analysed_.reset();
}

void FrameProcessor::flush()
{
  timeline_.reset();
  reset();
  is_at_start_ = true;
}

GstFlowReturn FrameProcessor::process(GstBuffer *buffer, const GstVideoInfo &info,
    const settings::FrameSettings &settings, stats::Stats &stats)
{
  const gint64 start = g_get_monotonic_time();
  Frame frame{buffer, info, settings, stats, GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP)};
  frame.tag = next_tag(frame);
  if (timeline_.jumps(segment(), GST_BUFFER_PTS(buffer), period_of(info)))
    reset();
  try {
    if (frame.repeats)
      repeat(frame);
    else
      analyse(frame);
  } catch (...) {
    return fail(pose::current_error(pose::ErrorCode::Inference, "A frame cannot be analysed."),
        settings, stats);
  }
  const glue::ObjectLock lock(element_);
  stats.total_ms.add(milliseconds_since(start));
  return GST_FLOW_OK;
}

/* Frames are numbered; a repeated one has the number of the frame before. */
pose::FrameTag FrameProcessor::next_tag(const Frame &frame)
{
  pose::FrameTag tag;
  tag.number = !frame.repeats ? number_++ : number_ > 0 ? number_ - 1 : 0;
  const GstClockTime pts = GST_BUFFER_PTS(frame.buffer);
  tag.pts = glue::known(pts);
  if (const auto time = glue::known(glue::running_time(segment(), pts)))
    tag.time = std::int64_t(*time);
  tag.utc = utc_of(frame.buffer);
  return tag;
}

const GstSegment &FrameProcessor::segment() const
{
  return GST_BASE_TRANSFORM(element_)->segment;
}

/* The steps of a frame. */
void FrameProcessor::analyse(Frame &frame)
{
  {
    /* For reading only unless the frame is drawn on: shared memory is copied for writing. */
    glue::MappedFrame mapped(
        frame.buffer, frame.info, frame.settings.overlay ? GST_MAP_READWRITE : GST_MAP_READ);
    pose::Frame view = mapped.view();
    view.turn = turn_;
    follow(frame, view);
    const bool has_result = run_network(frame, view);
    update_poses(frame, has_result);
    draw(frame, mapped.canvas());
  }
  attach(frame);
}

/* A frame that videorate made of the one before: nothing to analyse, nothing moved. */
void FrameProcessor::repeat(Frame &frame)
{
  update_poses(frame, poll_worker());
  const bool status = (frame.settings.overlay_style & settings::STYLE_STATUS) != 0;
  if (frame.settings.overlay && frame.poses && (!frame.poses->empty() || status)) {
    glue::MappedFrame mapped(frame.buffer, frame.info, GST_MAP_READWRITE);
    draw(frame, mapped.canvas());
    GST_BUFFER_FLAG_UNSET(frame.buffer, GST_BUFFER_FLAG_GAP); /* it has a drawing of its own now */
  }
  attach(frame);
}

/* Keeps what optical flow needs, once frames go without an analysis of their own. */
void FrameProcessor::follow(Frame &frame, const pose::Frame &view)
{
  skipped_any_ = skipped_any_ || worker_ || !is_due(frame) || pacing_.may_change();
  if (skipped_any_)
    pose_stream_.push_frame(frame.tag, view, frame.settings.pose_stream(refines_));
}

/* The first frame, and from then on each whose distance from the last one is the interval. */
bool FrameProcessor::is_due(const Frame &frame) const
{
  return !analysed_ || frame.tag.number - analysed_->number >= frame.settings.interval;
}

/* Runs the network on the frame, now or on the worker's thread. Returns whether a result, of this
 * frame or of an older one, is in result_. */
bool FrameProcessor::run_network(Frame &frame, const pose::Frame &view)
{
  const bool due = is_due(frame);
  const bool is_first = std::exchange(is_at_start_, false);
  if (!worker_)
    return due && estimate(frame, view);
  if (is_first && pacing_.waits_at_start()) {
    worker_->drain();
    return estimate(frame, view);
  }
  const bool rests = analysed_ && pacing_.rests(analysed_->time, frame.tag.time);
  if (due && !rests && worker_->wants(period_of(frame.info)))
    offer(frame, view);
  return poll_worker();
}

bool FrameProcessor::poll_worker()
{
  return worker_ && worker_->take_result(result_);
}

/* Takes a new result into the stream of poses, and the frame's poses from it. */
void FrameProcessor::update_poses(Frame &frame, bool has_result)
{
  if (has_result) {
    accept(frame, result_);
  } else {
    const glue::ObjectLock lock(element_);
    frame.stats.skipped++;
  }
  frame.poses = pose_stream_.poses(frame.tag, frame.settings.pose_stream(refines_));
}

/* The regions of the frame to analyse; nullptr: there is no metadata to tell. */
const std::vector<pose::Region> *FrameProcessor::regions(Frame &frame)
{
  pose::PoseStreamSettings settings = frame.settings.pose_stream(refines_);
  if (settings.carry == pose::Carry::None)
    settings.carry = pose::Carry::Hold; /* carry is for output only */
  const std::vector<pose::Instance> *latest = pose_stream_.sharp_poses(frame.tag, settings);
  const pose::View<pose::Instance> found = latest ? *latest : pose::View<pose::Instance>{};
  return region_source_->read(frame.buffer, shape_of(frame.info), found);
}

void FrameProcessor::offer(Frame &frame, const pose::Frame &view)
{
  if (!region_source_) {
    worker_->offer(view, frame.tag, frame.settings.decoding());
  } else if (const std::vector<pose::Region> *found = regions(frame)) {
    const bool searches = region_source_->searches(frame.settings.max_people);
    worker_->offer(view, {*found, searches}, frame.tag, frame.settings.decoding());
  } else {
    return;
  }
  analysed_ = frame.tag;
  pose_stream_.await(frame.tag);
}

/* Returns whether there was anything to analyse; the result is in result_. */
bool FrameProcessor::estimate(Frame &frame, const pose::Frame &view)
{
  const gint64 start = g_get_monotonic_time();
  if (!region_source_) {
    estimator_.preprocess(view, network_input_);
  } else {
    const std::vector<pose::Region> *found = regions(frame);
    if (found == nullptr)
      return false;
    const bool searches = region_source_->searches(frame.settings.max_people);
    estimator_.preprocess(view, {*found, searches}, network_input_);
  }
  analysed_ = frame.tag;
  result_.frame = frame.tag;
  result_.error.reset();
  result_.leads.clear();
  estimator_.analyse(network_input_, frame.settings.decoding());
  result_.people = estimator_.look_again(view, network_input_, frame.settings.decoding());
  result_.timings = estimator_.timings();
  pacing_.waited(milliseconds_since(start) / 1e3, period_of(frame.info));
  return true;
}

void FrameProcessor::accept(Frame &frame, pose::Result &result)
{
  if (result.error)
    throw pose::Error(*result.error);
  failures_ = 0;
  if (region_source_)
    region_source_->remember(std::move(result.leads));
  rate_.tick(double(g_get_monotonic_time()) / G_USEC_PER_SEC);
  pose_stream_.push_result(
      result.frame, frame.tag, result.people, frame.settings.pose_stream(refines_));
  if (frame.settings.messages)
    post(frame, result);
  count(frame, result.timings, result.people.size());
}

void FrameProcessor::draw(Frame &frame, const pose::Canvas &canvas)
{
  if (!frame.settings.overlay || !frame.poses)
    return;
  const gint64 start = g_get_monotonic_time();
  painter_.draw_people(canvas, estimator_.keypoint_set(), *frame.poses, frame.settings.drawing());
  if (frame.settings.overlay_style & settings::STYLE_STATUS) {
    pose::Status status;
    status.add(estimator_.keypoint_set().id, frame.poses->size());
    status.rate = rate_.per_second();
    status.age = glue::known(age_of(frame.tag, *pose_stream_.source()));
    pose::write_status(status, line_);
    painter_.draw_status(canvas, line_);
  }
  const glue::ObjectLock lock(element_);
  frame.stats.draw_ms.add(milliseconds_since(start));
}

void FrameProcessor::attach(Frame &frame)
{
  if (!frame.poses)
    return;
  MetaHeader analysis;
  analysis.set = estimator_.keypoint_set().id;
  analysis.frame = size_of(frame.info);
  const glue::PixelAspect aspect = glue::pixel_aspect_of(frame.info);
  analysis.par_n = aspect.n;
  analysis.par_d = aspect.d;
  analysis.refines = refines_;
  analysis.source = GST_OBJECT_NAME(element_);
  analysis.running_time = time_or_none(pose_stream_.source()->time);
  analysis.age = age_of(frame.tag, *pose_stream_.source());
  attach_people(frame.buffer, analysis, *frame.poses, frame.settings.attach_regions);
  GST_LOG_OBJECT(element_, "%zu people in %" GST_PTR_FORMAT, frame.poses->size(), frame.buffer);
  if (GST_CLOCK_TIME_IS_VALID(analysis.age)) {
    const glue::ObjectLock lock(element_);
    frame.stats.age_ms.add(double(analysis.age) / double(GST_MSECOND));
  }
}

void FrameProcessor::post(Frame &frame, const pose::Result &result)
{
  const PosesMessage message{estimator_.keypoint_set(), frame.info, segment(),
      GST_BUFFER_DURATION(frame.buffer), age_of(frame.tag, result.frame)};
  gst_element_post_message(element_, message.make(element_, result, line_));
}

void FrameProcessor::count(Frame &frame, const pose::Timings &timings, std::size_t people)
{
  const glue::ObjectLock lock(element_);
  stats::Stats &stats = frame.stats;
  stats.inferences++;
  stats.people += people;
  if (timings.forward == 0.0)
    return; /* no regions */
  stats.preprocess_ms.add(timings.preprocess * 1e3);
  stats.forward_ms.add(timings.forward * 1e3);
  stats.decode_ms.add(timings.decode * 1e3);
}

GstFlowReturn FrameProcessor::fail(
    const pose::Error &error, const settings::FrameSettings &settings, stats::Stats &stats)
{
  if (error.code() == pose::ErrorCode::Exiting)
    return GST_FLOW_OK;
  failures_++;
  {
    const glue::ObjectLock lock(element_);
    stats.errors++;
  }
  if (settings.max_errors == 0 || failures_ < settings.max_errors) {
    GST_DEBUG_OBJECT(element_, "%s (%s)", error.what(), error.detail().c_str());
    warnings_.add(error, "passed on without analysis");
    return GST_FLOW_OK;
  }
  GST_ELEMENT_ERROR(element_, STREAM, FAILED,
      ("%u frames in a row could not be analysed; the latest: %s", failures_, error.what()),
      ("%s", error.detail().c_str()));
  return GST_FLOW_ERROR;
}
