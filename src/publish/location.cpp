// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/location.h"

#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pose::publish
{

namespace
{

struct SchemeRow {
  std::string_view name;
  Scheme scheme;
  int port;
  const char *form;
};

constexpr SchemeRow kSchemes[] = {
    {"mqtt", Scheme::Mqtt, 1883, "mqtt://HOST[:PORT]/PREFIX/CAMERA"},
    {"mqtts", Scheme::Mqtts, 8883, "mqtts://HOST[:PORT]/PREFIX/CAMERA"},
    {"kafka", Scheme::Kafka, 9092, "kafka://HOST[:PORT][,HOST[:PORT]…]/TOPIC[/CAMERA]"},
    {"kafkas", Scheme::Kafkas, 9093, "kafkas://HOST[:PORT][,HOST[:PORT]…]/TOPIC[/CAMERA]"},
    {"osc", Scheme::Osc, 0, "osc://HOST:PORT[/PREFIX]"},
};

const SchemeRow &row_of(Scheme scheme)
{
  for (const SchemeRow &row : kSchemes)
    if (row.scheme == scheme)
      return row;
  return kSchemes[0];
}

/* Maximum length of an MQTT topic, bytes, with room for the last level. */
constexpr std::size_t kMostTopic = 65000;
/* Kafka's limit on the name of a topic. */
constexpr std::size_t kMostKafkaTopic = 249;

[[noreturn]] void fail(const std::string &finding, const char *form)
{
  throw Error(ErrorCode::BadSetting, "The location " + finding + "; expected " + form + ".");
}

std::optional<std::string> decode_percent(std::string_view text)
{
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9')
      return c - '0';
    const char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return std::nullopt;
    decoded += char(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

/* Levels of a path, decoded. An MQTT wildcard or a control character is in none of them. */
std::vector<std::string> read_path(std::string_view path, const char *form)
{
  std::vector<std::string> levels;
  for (const std::string_view part : split(path, '/')) {
    std::optional<std::string> level = decode_percent(part);
    if (!level)
      fail("has a % without two hexadecimal digits", form);
    if (level->empty())
      fail("has an empty level in its path", form);
    for (const char c : *level)
      if (std::iscntrl(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '#' || c == '/')
        fail("has a control character, +, # or / in a level of its path", form);
    levels.push_back(std::move(*level));
  }
  return levels;
}

struct HostPort {
  std::string host;
  int port;
};

int read_port(std::string_view text, const char *form)
{
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9')
      fail("has a port that is no number", form);
    port = port * 10 + (c - '0');
    if (port > 65535)
      break;
  }
  if (port < 1 || port > 65535)
    fail("has a port outside 1 to 65535", form);
  return port;
}

HostPort read_host(std::string_view text, const SchemeRow &row)
{
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (!text.empty() && text.front() == '[') { // IPv6
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos)
      fail("has a [ without ]", row.form);
    host = text.substr(1, end - 1);
    has_port = end + 1 < text.size();
    if (has_port && text[end + 1] != ':')
      fail("has other text than a port after ]", row.form);
    port = has_port ? text.substr(end + 2) : std::string_view{};
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (host.empty())
    fail("has no host", row.form);
  for (const char c : host)
    if (std::isgraph(static_cast<unsigned char>(c)) == 0)
      fail("has a space or control character in its host", row.form);
  if (!has_port && row.port == 0)
    fail("has no port", row.form);
  return {std::string(host), has_port ? read_port(port, row.form) : row.port};
}

std::string join_host(const HostPort &at)
{
  const bool is_ipv6 = at.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + at.host + "]" : at.host) + ":" + std::to_string(at.port);
}

void read_mqtt(Location &location, std::string_view hosts, std::vector<std::string> levels,
    const SchemeRow &row)
{
  HostPort at = read_host(hosts, row);
  location.host = std::move(at.host);
  location.port = at.port;
  if (levels.size() < 2)
    fail("has less than two levels in its path", row.form);
  if (levels.front().front() == '$')
    fail("begins its path with $, which is the broker's own", row.form);
  location.camera = std::move(levels.back());
  levels.pop_back();
  for (const std::string &level : levels)
    location.prefix += (location.prefix.empty() ? "" : "/") + level;
  if (location.prefix.size() + location.camera.size() > kMostTopic)
    fail("has a path of more than 65000 bytes", row.form);
}

void read_kafka(Location &location, std::string_view hosts, std::vector<std::string> levels,
    const SchemeRow &row)
{
  for (const std::string_view host : split(hosts, ','))
    location.hosts += (location.hosts.empty() ? "" : ",") + join_host(read_host(host, row));
  if (levels.empty() || levels.size() > 2)
    fail("has no topic, or more than a topic and a camera, in its path", row.form);
  location.topic = std::move(levels.front());
  if (levels.size() == 2)
    location.camera = std::move(levels.back());
  const bool dots = location.topic == "." || location.topic == "..";
  if (dots || location.topic.size() > kMostKafkaTopic ||
      location.topic.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789._-") != std::string::npos)
    fail("has a topic that is not 1 to 249 letters, digits, '.', '_' and '-'", row.form);
}

void read_osc(Location &location, std::string_view hosts, const std::vector<std::string> &levels,
    const SchemeRow &row)
{
  HostPort at = read_host(hosts, row);
  location.host = std::move(at.host);
  location.port = at.port;
  for (const std::string &level : levels) {
    if (level.find_first_of(" *,?[]{}") != std::string::npos)
      fail("has a character in its path that means a pattern in OSC", row.form);
    for (const char c : level)
      if (static_cast<unsigned char>(c) > 0x7e)
        fail("has a character in its path that is not ASCII, as OSC demands", row.form);
    location.prefix += "/" + level;
  }
}

} // namespace

Location read_location(const std::string &text)
{
  constexpr const char *kAny = "mqtt://HOST[:PORT]/PREFIX/CAMERA, mqtts://, kafka://, kafkas:// or "
                               "osc://";
  if (text.empty())
    fail("is not set", kAny);
  const std::size_t mark = text.find("://");
  const SchemeRow *row = nullptr;
  for (const SchemeRow &each : kSchemes)
    if (mark != std::string::npos && each.name == std::string_view(text).substr(0, mark))
      row = &each;
  if (row == nullptr)
    fail("has no scheme of these", kAny);

  std::string_view rest = std::string_view(text).substr(mark + 3);
  const std::size_t slash = rest.find('/');
  const std::string_view hosts = rest.substr(0, slash);
  if (rest.find('@') != std::string_view::npos) // a password may have a slash
    throw Error(ErrorCode::BadSetting,
        "The location has a user part, which displays and logs would show; set username and "
        "password-file instead, and write %40 for an @ in the path.");
  std::vector<std::string> levels;
  if (slash != std::string_view::npos && slash + 1 < rest.size())
    levels = read_path(rest.substr(slash + 1), row->form);

  Location location;
  location.scheme = row->scheme;
  if (location.is_mqtt())
    read_mqtt(location, hosts, std::move(levels), *row);
  else if (location.is_kafka())
    read_kafka(location, hosts, std::move(levels), *row);
  else
    read_osc(location, hosts, levels, *row);
  return location;
}

std::string address_of(const Location &location)
{
  const std::string hosts =
      location.is_kafka() ? location.hosts : join_host({location.host, location.port});
  return std::string(row_of(location.scheme).name) + "://" + hosts;
}

} // namespace pose::publish
