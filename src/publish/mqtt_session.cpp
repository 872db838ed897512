// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/mqtt_session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/exit_gate.h"

namespace pose::publish
{

namespace
{

using std::chrono::seconds;

/* A host that is away does not answer: retry sooner than the system, whose attempts become rare. */
constexpr seconds kReachWithin{3};
/* From then on until the broker accepts: TLS over a slow line takes its time. */
constexpr seconds kAcceptWithin{10};
/* Reason codes of MQTT 5 from here on say that the broker did not take a message. */
constexpr int kFirstRefusal = 0x80;
/* CONNACK of MQTT 3.1.1: server unavailable. */
constexpr int kUnavailable = 3;

void initialise_library()
{
  static std::once_flag once;
  std::call_once(once, [] {
    initialise_tls();
    mosquitto_lib_init();
  });
}

/* The library pings after `interval` seconds of silence and gives up after as many more, each
 * rounded up to a second: 1.5 keep-alives in all. */
int ping_interval_of(int keep_alive)
{
  return std::max(5, (keep_alive * 3 / 2 - 2) / 2);
}

std::string system_text(int code)
{
  return std::generic_category().message(code);
}

} // namespace

void MqttSession::Free::operator()(mosquitto *client) const noexcept
{
  mosquitto_destroy(client);
}

MqttSession::MqttSession(const Settings &settings, const Location &location,
    const std::string &client_id, const std::string &will_topic, const std::string &will)
    : host_(location.host), port_(location.port), is_v5_(settings.protocol == Protocol::V5),
      ping_interval_(ping_interval_of(settings.keep_alive)),
      credentials_(read_credentials(settings))
{
  if (location.is_encrypted())
    tls_ = std::make_unique<TlsContext>(settings, location.host);
  initialise_library();
  client_.reset(mosquitto_new(client_id.c_str(), true, this));
  if (!client_)
    throw std::bad_alloc();
  mosquitto *client = client_.get();
  mosquitto_int_option(
      client, MOSQ_OPT_PROTOCOL_VERSION, is_v5_ ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_max_inflight_messages_set(client, kMostInFlight);
  if (tls_) {
    mosquitto_void_option(client, MOSQ_OPT_SSL_CTX, tls_->get());
    mosquitto_int_option(client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
  }
  const auto require = [](int code, const char *what) {
    if (code != MOSQ_ERR_SUCCESS)
      throw Error(ErrorCode::BadSetting,
          std::string("The ") + what + " cannot be used (" + mosquitto_strerror(code) + ").");
  };
  if (credentials_.username)
    require(mosquitto_username_pw_set(client, credentials_.username->c_str(),
                credentials_.password ? credentials_.password->c_str() : nullptr),
        "user name or password");
  require(mosquitto_will_set(client, will_topic.c_str(), int(will.size()), will.data(), 1, true),
      "topic of the location");
  mosquitto_connect_callback_set(client, [](mosquitto *, void *data, int code) {
    static_cast<MqttSession *>(data)->on_connect(code);
  });
  mosquitto_publish_v5_callback_set(
      client, [](mosquitto *, void *data, int id, int reason, const mosquitto_property *) {
        static_cast<MqttSession *>(data)->done_.push_back({id, reason < kFirstRefusal});
      });
  mosquitto_message_callback_set(
      client, [](mosquitto *, void *data, const mosquitto_message *message) {
        static_cast<MqttSession *>(data)->received_.emplace_back(
            static_cast<const char *>(message->payload), std::size_t(message->payloadlen));
      });
  mosquitto_log_callback_set(client, [](mosquitto *, void *data, int level, const char *text) {
    static_cast<MqttSession *>(data)->on_log(level, text);
  });
}

MqttSession::~MqttSession() = default;

/* Resolved once before the library does it again: the gate of exit() must not wait for a name that
 * cannot be resolved. */
void MqttSession::open()
{
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo *found = nullptr;
  const int code = getaddrinfo(host_.c_str(), nullptr, &hints, &found);
  if (code == 0)
    freeaddrinfo(found);
  try {
    if (code != 0)
      fail("the host's name cannot be resolved (" + std::string(gai_strerror(code)) + ")");
    else
      connect();
  } catch (const std::exception &error) { // exit() was called, or out of memory
    fail(std::string(error.what()));
  }
  opened_at_ = Clock::now();
  opened_ = true;
}

void MqttSession::connect()
{
  const exit_gate::Pass pass;
  errno = 0;
  const int code = mosquitto_connect_async(client_.get(), host_.c_str(), port_, ping_interval_);
  if (code == MOSQ_ERR_EAI)
    fail(std::string("the host's name cannot be resolved"));
  else if (code > 0)
    fail(code);
}

int MqttSession::socket() const
{
  return failed_ ? -1 : mosquitto_socket(client_.get());
}

bool MqttSession::wants_write() const
{
  return mosquitto_want_write(client_.get());
}

void MqttSession::step(short events)
{
  if (failed_)
    return;
  if (!reached_ && (events & (POLLERR | POLLHUP)) != 0) {
    int error = 0; // the library would go on with TLS
    socklen_t size = sizeof error;
    getsockopt(socket(), SOL_SOCKET, SO_ERROR, &error, &size);
    fail(system_text(error != 0 ? error : ECONNREFUSED));
    return;
  }
  int code = MOSQ_ERR_SUCCESS;
  if ((events & (POLLIN | POLLERR | POLLHUP)) != 0)
    code = mosquitto_loop_read(client_.get(), 1);
  if (code == MOSQ_ERR_SUCCESS && (events & POLLOUT) != 0)
    code = mosquitto_loop_write(client_.get(), 1);
  if (code == MOSQ_ERR_SUCCESS)
    code = mosquitto_loop_misc(client_.get());
  if (code != MOSQ_ERR_SUCCESS)
    fail(code);
  else if (mosquitto_socket(client_.get()) < 0)
    fail(MOSQ_ERR_CONN_LOST);
  else if (!connected_)
    check_deadline();
}

void MqttSession::check_deadline()
{
  if (!reached_) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    reached_ = getpeername(socket(), reinterpret_cast<sockaddr *>(&peer), &size) == 0;
  }
  const auto waited = Clock::now() - opened_at_;
  if (!reached_ && waited > kReachWithin)
    fail("the host does not answer");
  else if (waited > kReachWithin + kAcceptWithin)
    fail("the broker does not answer");
}

void MqttSession::on_connect(int code)
{
  if (code == 0) {
    connected_ = true;
    return;
  }
  refused_ =
      code != kUnavailable && code != MQTT_RC_SERVER_UNAVAILABLE && code != MQTT_RC_SERVER_BUSY;
  std::string text = is_v5_ ? mosquitto_reason_string(code) : mosquitto_connack_string(code);
  constexpr std::string_view kPrefix = "Connection Refused: ";
  if (text.compare(0, kPrefix.size(), kPrefix) == 0)
    text.erase(0, kPrefix.size());
  fail("the broker refuses: " + text);
}

void MqttSession::on_log(int level, const char *text)
{
  if (level == MOSQ_LOG_ERR)
    logged_ = text;
}

void MqttSession::fail(std::string reason)
{
  if (std::exchange(failed_, true))
    return; // the first reason is the cause
  reason_ = std::move(reason);
  if (!reason_.empty() && reason_.back() == '.') // the library's are sentences, ours are parts
    reason_.pop_back();
}

void MqttSession::fail(int code)
{
  if (tls_ && !tls_->refusal().empty())
    fail("the broker's certificate is refused: " + tls_->refusal());
  else if (code == MOSQ_ERR_TLS && !logged_.empty())
    fail("TLS failed: " + logged_);
  else if (code == MOSQ_ERR_KEEPALIVE)
    fail(std::string("the broker is silent"));
  else if (code == MOSQ_ERR_ERRNO && errno != 0)
    fail(system_text(errno));
  else if (!connected_ && (code == MOSQ_ERR_CONN_LOST || code == MOSQ_ERR_NO_CONN))
    fail(std::string("the broker closed the connection before it accepted it"));
  else
    fail(std::string(mosquitto_strerror(code)));
}

bool MqttSession::has_room() const
{
  return is_connected() && !mosquitto_want_write(client_.get());
}

std::optional<int> MqttSession::publish(const MqttMessage &message)
{
  int id = 0;
  mosquitto_property *properties = nullptr;
  if (is_v5_ && message.is_json)
    mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "application/json");
  const int code = mosquitto_publish_v5(client_.get(), &id, message.topic.c_str(),
      int(message.payload.size()), message.payload.data(), message.qos, message.retain, properties);
  mosquitto_property_free_all(&properties);
  if (code == MOSQ_ERR_SUCCESS)
    return id;
  if (code == MOSQ_ERR_CONN_LOST || code == MOSQ_ERR_NO_CONN || code == MOSQ_ERR_ERRNO ||
      code == MOSQ_ERR_TLS)
    fail(code);
  return std::nullopt;
}

std::vector<MqttSession::Done> MqttSession::take_done()
{
  return std::exchange(done_, {});
}

bool MqttSession::subscribe(const std::string &topic)
{
  return mosquitto_subscribe(client_.get(), nullptr, topic.c_str(), 0) == MOSQ_ERR_SUCCESS;
}

std::vector<std::string> MqttSession::take_received()
{
  return std::exchange(received_, {});
}

void MqttSession::close()
{
  if (is_connected())
    mosquitto_disconnect(client_.get());
  fail(std::string("closed"));
}

} // namespace pose::publish
