// SPDX-License-Identifier: LGPL-2.1-or-later
// Records cameras around the clock, with the poses of people in the video. Described in
// docs/cameras.md.
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include <glib-unix.h>
#include <gst/gst.h>

#include "posecam/camera.h"
#include "posecam/http/server.h"
#include "posecam/jobs.h"
#include "posecam/options.h"
#include "posecam/publication.h"
#include "posecam/report.h"
#include "posecam/server.h"
#include "posecam/view.h"

namespace posecam
{

namespace
{

constexpr guint kTickMs = 50;
/* Time between two statuses for the HTTP server. */
constexpr guint kUpdateMs = 250;
/* Time limit from the request to stop until the program ends. */
constexpr GstClockTime kPatience = 4500 * GST_MSECOND;
/* Time limit for the reader of the messages to read the last ones, seconds. */
constexpr double kReader = 1.0;

/* Reports unread messages on stderr, if that does not block. */
void report_unread(std::size_t count)
{
  pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
  if (count > 0 && poll(&standard_error, 1, 0) == 1 && (standard_error.revents & POLLOUT) != 0)
    std::fprintf(stderr, "posecam: %zu messages were not read by anybody\n", count);
}

class Program
{
 public:
  explicit Program(const Options &options) : options_(options), report_(options.json) {}

  /// \return the exit status
  int run();

 private:
  void open();
  void open_http();
  void update_http();
  void stop(const char *why);
  void tick();
  bool publish();
  void status();
  CameraOutlets outlets_for(std::size_t camera);
  void watch(guint milliseconds, void (Program::*what)());

  const Options &options_;
  Report report_;
  Jobs files_;
  std::unique_ptr<View> view_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HttpServer> http_;
  std::vector<std::unique_ptr<Publication>> publications_; // of the cameras, or none
  std::vector<std::unique_ptr<Camera>> cameras_;
  Owned<GMainLoop, g_main_loop_unref> loop_{g_main_loop_new(nullptr, FALSE)};
  GstClockTime stopping_since_ = 0;
  bool late_ = false;
  bool view_failed_ = false;
};

/* Calls a member function periodically from the main loop. */
void Program::watch(guint milliseconds, void (Program::*what)())
{
  struct Call {
    Program *program;
    void (Program::*what)();
  };
  g_timeout_add_full(
      G_PRIORITY_DEFAULT, milliseconds,
      [](gpointer data) -> gboolean {
        const Call &call = *static_cast<Call *>(data);
        (call.program->*call.what)();
        return G_SOURCE_CONTINUE;
      },
      new Call{this, what}, [](gpointer data) { delete static_cast<Call *>(data); });
}

CameraOutlets Program::outlets_for(std::size_t camera)
{
  CameraOutlets outlets;
  if (view_)
    outlets.frames.emplace_back([view = view_.get(), camera](GstBuffer *buffer, GstCaps *caps) {
      view->push(camera, buffer, caps);
    });
  if (server_)
    outlets.frames.emplace_back([server = server_.get(), camera](GstBuffer *buffer, GstCaps *caps) {
      server->push(camera, buffer, caps);
    });
  if (http_) {
    outlets.wants_picture = [http = http_.get(), camera] { return http->watched(camera); };
    outlets.picture = [http = http_.get(), camera](GstBuffer *buffer, GstCaps *caps) {
      http->picture(camera, buffer, caps);
    };
    outlets.lines.emplace_back(
        [http = http_.get(), camera](GstBuffer *line) { http->line(camera, line); });
  }
  if (!options_.publish.empty()) {
    Publication *publication = publications_.at(camera).get();
    outlets.lines.emplace_back([publication](GstBuffer *line) { publication->push(line); });
    outlets.published = [publication] { return publication->status(); };
  }
  return outlets;
}

void Program::open_http()
{
  HttpSettings settings;
  settings.access.address = options_.http_address;
  if (!options_.http_token_file.empty())
    settings.access.token = http::read_token(options_.http_token_file);
  settings.port = options_.http_port;
  for (const Input &input : options_.inputs)
    settings.names.push_back(input.name);
  settings.failed = [this](const std::string &camera, const std::string &why) {
    report_.say("no-pictures", camera, "no pictures for the page: " + why, {{"why", why}});
  };
  http_ = std::make_unique<HttpServer>(settings);
  const bool ipv6 = options_.http_address.find(':') != std::string::npos;
  const std::string url = "http://" +
                          (ipv6 ? "[" + options_.http_address + "]" : options_.http_address) + ":" +
                          std::to_string(http_->port()) + "/";
  report_.say("page", "", "serving a page as " + url, {{"url", url}, {"port", http_->port()}});
}

void Program::update_http()
{
  std::vector<CameraStatus> statuses;
  for (const auto &camera : cameras_)
    statuses.push_back(camera->status());
  http_->update(std::move(statuses));
}

void Program::open()
{
  if (!options_.output.empty() && g_mkdir_with_parents(options_.output.c_str(), 0777) != 0)
    throw std::runtime_error("cannot make the folder " + options_.output);
  if (options_.view)
    view_ = std::make_unique<View>(options_.inputs.size(), options_.view_sink);
  if (options_.serve_port >= 0) {
    std::vector<std::string> names;
    for (const Input &input : options_.inputs)
      names.push_back(input.name);
    server_ = std::make_unique<Server>(names, options_.serve_address, options_.serve_port);
    const std::string url =
        "rtsp://" + options_.serve_address + ":" + std::to_string(server_->port()) + "/";
    report_.say("serving", "", "serving annotated video as " + url + "NAME",
        {{"url", url}, {"port", server_->port()}});
  }
  if (options_.http_port >= 0)
    open_http();
  if (!options_.publish.empty())
    for (const Input &input : options_.inputs)
      publications_.push_back(std::make_unique<Publication>(options_, input.name, report_));
  for (std::size_t i = 0; i < options_.inputs.size(); i++)
    cameras_.push_back(
        std::make_unique<Camera>(options_, options_.inputs[i], outlets_for(i), files_, report_));
}

void Program::stop(const char *why)
{
  if (stopping_since_ != 0)
    return;
  stopping_since_ = process_time();
  report_.say("stopping", "", std::string("ending: ") + why);
  for (const auto &camera : cameras_)
    camera->stop();
}

void Program::tick()
{
  bool done = files_.pending() == 0;
  for (const auto &camera : cameras_) {
    camera->tick();
    done = done && camera->done();
  }
  if (view_) {
    if (const auto error = view_->error()) {
      view_failed_ = true;
      report_.say("view", "", "the cameras are no longer shown: " + *error);
    }
  }
  done = done && files_.pending() == 0;
  const bool over = stopping_since_ != 0 && process_time() > stopping_since_ + kPatience;
  late_ = over && !done;
  if ((publish() && done) || over)
    g_main_loop_quit(loop_.get());
}

/* \return whether everything has been published, as far as there is a broker */
bool Program::publish()
{
  bool done = true;
  for (std::size_t i = 0; i < publications_.size(); i++) {
    if (cameras_[i]->done())
      publications_[i]->end();
    publications_[i]->tick();
    done = done && publications_[i]->ended();
  }
  return done;
}

void Program::status()
{
  for (const auto &camera : cameras_)
    camera->report_status();
}

int Program::run()
{
  open();
  for (const int signal : {SIGINT, SIGTERM})
    g_unix_signal_add(
        signal,
        [](gpointer data) -> gboolean {
          static_cast<Program *>(data)->stop("asked to");
          return G_SOURCE_CONTINUE;
        },
        this);
  watch(kTickMs, &Program::tick);
  if (http_)
    watch(kUpdateMs, &Program::update_http);
  if (options_.status > 0.0)
    watch(guint(std::lround(options_.status * 1000.0)), &Program::status);
  if (options_.duration > 0.0)
    g_timeout_add(
        guint(std::lround(options_.duration * 1000.0)),
        [](gpointer data) -> gboolean {
          static_cast<Program *>(data)->stop("its time is over");
          return G_SOURCE_REMOVE;
        },
        this);
  g_main_loop_run(loop_.get());

  if (options_.status > 0.0)
    status();
  bool failed = late_ || view_failed_;
  for (const auto &camera : cameras_)
    failed = failed || camera->failed();
  if (late_)
    report_.say("late", "", "not everything could be finished in time");
  else
    report_.say("ended", "", "ended");
  report_unread(report_.finish(kReader));
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

} // namespace

} // namespace posecam

int main(int argc, char **argv)
{
  std::signal(SIGPIPE, SIG_IGN); // the reader of the messages may exit
  try {
    const posecam::Options options = posecam::read_options(argc, argv);
    /* Everything is on disk by now. A dead camera may block the stopping of its pipeline forever,
     * so the remaining pipelines are left to the system. */
    std::_Exit(posecam::Program(options).run());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "posecam: %s\n", error.what());
    std::_Exit(dynamic_cast<const std::invalid_argument *>(&error) != nullptr ? 2 : EXIT_FAILURE);
  }
}
