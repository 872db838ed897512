// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "posecam/feed.h"
#include "posecam/options.h"
#include "posecam/report.h"
#include "posecam/status.h"

namespace posecam
{

/// The lines of one camera to a broker: a pipeline of its own around posepublish. No fault of the
/// broker ends it or delays the camera. For the main thread, except push().
class Publication
{
 public:
  /// \param camera  its name: the last level of the location
  /// \throws std::invalid_argument when posepublish has no such property
  /// \throws std::runtime_error when a setting or a file cannot be used
  Publication(const Options &options, const std::string &camera, Report &report);
  ~Publication();
  Publication(const Publication &) = delete;
  Publication &operator=(const Publication &) = delete;

  /// Called from the camera's thread; never blocks.
  void push(GstBuffer *line);
  /// Reports that the connection has gone or come back. To be called frequently.
  void tick();
  /// Ends the stream: its end is published, if there is a connection.
  void end();
  /// Whether nothing is left to do after end().
  bool ended() const { return ended_; }
  PublishStatus status() const;

 private:
  void read(GstMessage *message);

  std::string camera_;
  Report &report_;
  OwnedElement pipeline_;
  OwnedBus bus_;
  OwnedElement publish_;
  std::unique_ptr<Feed> feed_;
  bool ending_ = false;
  bool ended_ = false;
};

/// The location of a camera: its name becomes the last level of the URL.
std::string location_of(const std::string &url, const std::string &camera);

} // namespace posecam
