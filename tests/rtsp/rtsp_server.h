// SPDX-License-Identifier: LGPL-2.1-or-later
// A network camera on the loopback interface, which can be killed and restored.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

namespace rtsp
{

/// H.264 in RTP of any picture.
inline std::string h264(const std::string &pictures)
{
  return "( " + pictures +
         " ! videoconvert ! video/x-raw,format=I420 ! x264enc tune=zerolatency "
         "speed-preset=ultrafast key-int-max=10 threads=1 ! "
         "rtph264pay name=pay0 config-interval=-1 )";
}

/// Serves one stream as rtsp://127.0.0.1:PORT/camera from a thread of its own. The port stays the
/// same through kill() and restore().
class Server
{
 public:
  explicit Server(std::string launch)
      : launch_(std::move(launch)), context_(g_main_context_new()),
        loop_(g_main_loop_new(context_, FALSE)), thread_([this] {
          g_main_context_push_thread_default(context_);
          g_main_loop_run(loop_);
          g_main_context_pop_thread_default(context_);
        })
  {
    restore();
  }
  ~Server()
  {
    kill();
    g_main_loop_quit(loop_);
    thread_.join();
    g_main_loop_unref(loop_);
    g_main_context_unref(context_);
  }
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  int port() const { return port_; }
  std::string url() const { return url(port_); }
  static std::string url(int port)
  {
    return "rtsp://127.0.0.1:" + std::to_string(port) + "/camera";
  }

  /// Drops all clients and listens no longer, as when the camera loses power.
  void kill()
  {
    in_thread([this] {
      if (server_ == nullptr)
        return;
      g_source_destroy(source_);
      g_source_unref(source_);
      g_list_free(gst_rtsp_server_client_filter(
          server_,
          [](GstRTSPServer *, GstRTSPClient *, gpointer) { return GST_RTSP_FILTER_REMOVE; },
          nullptr)); // it lists none of the removed
      g_object_unref(server_);
      server_ = nullptr;
    });
  }

  void restore()
  {
    bool listening = false;
    in_thread([this, &listening] {
      server_ = gst_rtsp_server_new();
      gst_rtsp_server_set_address(server_, "127.0.0.1");
      gst_rtsp_server_set_service(server_, std::to_string(port_).c_str());
      GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
      gst_rtsp_media_factory_set_launch(factory, launch_.c_str());
      gst_rtsp_media_factory_set_shared(factory, TRUE);
      GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server_);
      gst_rtsp_mount_points_add_factory(mounts, "/camera", factory);
      g_object_unref(mounts);
      source_ = gst_rtsp_server_create_source(server_, nullptr, nullptr);
      if (source_ == nullptr)
        return;
      g_source_attach(source_, context_);
      port_ = gst_rtsp_server_get_bound_port(server_);
      listening = true;
    });
    if (!listening)
      throw std::runtime_error("the server cannot listen on port " + std::to_string(port_));
  }

 private:
  /* Runs it in the server's thread, and waits. */
  void in_thread(const std::function<void()> &what)
  {
    struct Call {
      const std::function<void()> &what;
      std::mutex mutex;
      std::condition_variable done;
      bool finished = false;
    } call{what, {}, {}};
    GSource *source = g_idle_source_new();
    g_source_set_callback(
        source,
        [](gpointer data) -> gboolean {
          auto &that = *static_cast<Call *>(data);
          that.what();
          const std::lock_guard lock(that.mutex);
          that.finished = true;
          that.done.notify_all();
          return G_SOURCE_REMOVE;
        },
        &call, nullptr);
    g_source_attach(source, context_);
    std::unique_lock lock(call.mutex);
    call.done.wait(lock, [&call] { return call.finished; });
    lock.unlock();
    g_source_unref(source);
  }

  std::string launch_;
  int port_ = 0;
  GMainContext *context_;
  GMainLoop *loop_;
  GstRTSPServer *server_ = nullptr;
  GSource *source_ = nullptr;
  std::thread thread_;
};

} // namespace rtsp
