// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posecam/http/channel.h"
#include "posecam/http/client.h"
#include "posecam/http/metrics.h"

namespace posecam::http
{

/// The clients that stay and what they are sent. Everything is for the server's thread but
/// `channel()` and `update()`.
class Hub
{
 public:
  static constexpr std::size_t kMost = 32; ///< clients

  /// Told in the server's thread that there are no pictures of a camera, and why.
  using Complaint = std::function<void(const std::string &camera, const std::string &why)>;

  /// \param context  of the server's thread
  Hub(const std::vector<std::string> &names, GMainContext *context, Complaint complaint);
  ~Hub();
  Hub(const Hub &) = delete;
  Hub &operator=(const Hub &) = delete;

  Channel &channel(std::size_t camera) const { return *channels_[camera]; }
  void update(std::vector<CameraStatus> cameras);

  bool full() const { return clients_.size() >= kMost; }
  /// \param connection  a new reference
  void add(std::unique_ptr<Client> client, GIOStream *connection, const std::string &head);
  std::unique_ptr<Client> page_client();
  /// To be called once a second.
  void tick();
  /// Says goodbye to all clients.
  void end();

  std::vector<CameraStatus> cameras() const;
  /// \param refused  requests
  ServerStatus server_status(guint64 refused) const;

 private:
  void wake();
  void deal();
  void sweep();
  void choose();
  void repair();

  std::vector<std::string> names_;
  GMainContext *context_;
  Complaint complaint_;
  std::vector<std::string> complaints_; // the latest of each camera
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::atomic<bool> awake_{false}; // deal() is due
  guint64 dropped_[3]{};
  std::vector<CameraStatus> before_; // a second ago

  mutable std::mutex mutex_; // guards the following
  std::vector<CameraStatus> cameras_;
  gint64 updated_; // monotonic
  gint64 start_;
};

} // namespace posecam::http
