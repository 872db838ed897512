// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/server.h"

#include <stdexcept>

#include <gst/rtsp-server/rtsp-server.h>

namespace posecam
{

namespace
{

using ChannelRef = std::shared_ptr<Server::Channel>;

std::string describe()
{
  const std::string start = "( appsrc name=frames do-timestamp=true ! videoconvert ! videoscale ! "
                            "video/x-raw,format=I420,width=[2,16384,2],height=[2,16384,2] ! ";
  const OwnedElement encoder(gst_element_factory_make("x264enc", nullptr));
  if (encoder) {
    gst_object_ref_sink(encoder.get());
    return start + "x264enc tune=zerolatency speed-preset=superfast bitrate=4000 key-int-max=30 ! "
                   "rtph264pay name=pay0 config-interval=-1 )";
  }
  return start + "jpegenc ! rtpjpegpay name=pay0 )";
}

void drop_channel(gpointer data, GClosure * /*closure*/)
{
  delete static_cast<ChannelRef *>(data);
}

void on_unprepared(GstRTSPMedia * /*media*/, gpointer data)
{
  const ChannelRef &channel = *static_cast<ChannelRef *>(data);
  const std::lock_guard lock(channel->mutex);
  channel->feed.reset();
}

/* First client connected: starts feeding its pipeline. */
void on_configure(GstRTSPMediaFactory * /*factory*/, GstRTSPMedia *media, gpointer data)
{
  const ChannelRef &channel = *static_cast<ChannelRef *>(data);
  const OwnedElement pipeline(gst_rtsp_media_get_element(media));
  g_signal_connect_data(media, "unprepared", G_CALLBACK(on_unprepared), new ChannelRef(channel),
      drop_channel, GConnectFlags(0));
  const std::lock_guard lock(channel->mutex);
  channel->feed =
      std::make_unique<Feed>(OwnedElement(gst_bin_get_by_name(GST_BIN(pipeline.get()), "frames")),
          Feed::Full::DropOldest, 0, true);
}

} // namespace

struct Server::Listener {
  Owned<GstRTSPServer, g_object_unref> server{gst_rtsp_server_new()};
  guint source = 0;
  guint cleaner = 0;
};

Server::Server(const std::vector<std::string> &names, const std::string &address, int port)
    : listener_(std::make_unique<Listener>())
{
  GstRTSPServer *server = listener_->server.get();
  gst_rtsp_server_set_address(server, address.c_str());
  gst_rtsp_server_set_service(server, std::to_string(port).c_str());
  const Owned<GstRTSPMountPoints, g_object_unref> mounts(gst_rtsp_server_get_mount_points(server));
  for (const std::string &name : names) {
    channels_.push_back(std::make_shared<Server::Channel>());
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, describe().c_str());
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    g_signal_connect_data(factory, "media-configure", G_CALLBACK(on_configure),
        new ChannelRef(channels_.back()), drop_channel, GConnectFlags(0));
    gst_rtsp_mount_points_add_factory(mounts.get(), ("/" + name).c_str(), factory);
  }
  listener_->source = gst_rtsp_server_attach(server, nullptr);
  if (listener_->source == 0)
    throw std::runtime_error("cannot listen on " + address + ":" + std::to_string(port));
  listener_->cleaner = g_timeout_add_seconds(
      5,
      [](gpointer data) -> gboolean {
        const Owned<GstRTSPSessionPool, g_object_unref> pool(
            gst_rtsp_server_get_session_pool(static_cast<GstRTSPServer *>(data)));
        gst_rtsp_session_pool_cleanup(pool.get());
        return G_SOURCE_CONTINUE;
      },
      server);
}

Server::~Server()
{
  g_source_remove(listener_->cleaner);
  g_source_remove(listener_->source);
}

int Server::port() const
{
  return gst_rtsp_server_get_bound_port(listener_->server.get());
}

void Server::push(std::size_t camera, GstBuffer *buffer, GstCaps *caps)
{
  Server::Channel &channel = *channels_[camera];
  const std::lock_guard lock(channel.mutex);
  if (channel.feed)
    channel.feed->push_now(buffer, caps);
}

} // namespace posecam
