// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/settings_files.h"

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <random>
#include <system_error>

#include <unistd.h>

#include "base/error.h"

namespace pose::publish
{

namespace
{

constexpr std::size_t kMostSecret = 64U << 10;

[[noreturn]] void fail(const char *name, const std::string &file, const std::string &finding)
{
  throw Error(ErrorCode::BadSetting, std::string("The ") + name + " \"" + file + "\" " + finding +
                                         "; expected a text file with one line.");
}

std::optional<std::string> read_one(
    const std::string &text, const std::string &file, const char *text_name, const char *file_name)
{
  if (!text.empty() && !file.empty())
    throw Error(ErrorCode::BadSetting,
        std::string("Both ") + text_name + " and " + file_name + " are set; expected one of them.");
  if (!file.empty())
    return read_secret(file, file_name);
  return text.empty() ? std::nullopt : std::make_optional(text);
}

} // namespace

std::string read_secret(const std::string &file, const char *name)
{
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    fail(name, file, "cannot be opened (" + std::generic_category().message(errno) + ")");
  std::string line;
  for (char c = 0; line.size() <= kMostSecret && stream.get(c) && c != '\n';)
    line += c;
  if (stream.bad() || (line.empty() && errno == EISDIR))
    fail(name, file, "cannot be read (" + std::generic_category().message(errno) + ")");
  if (line.size() > kMostSecret)
    fail(name, file, "has a first line of more than 64 KiB");
  if (!line.empty() && line.back() == '\r')
    line.pop_back();
  if (line.empty())
    fail(name, file, "has an empty first line");
  if (line.find('\0') != std::string::npos)
    fail(name, file, "has a zero byte");
  return line;
}

Credentials read_credentials(const Settings &settings)
{
  Credentials credentials;
  credentials.username =
      read_one(settings.username, settings.username_file, "username", "username-file");
  credentials.password =
      read_one(settings.password, settings.password_file, "password", "password-file");
  if (credentials.password && !credentials.username)
    throw Error(ErrorCode::BadSetting, "A password is set without username or username-file.");
  return credentials;
}

void check_encryption(const Settings &settings, const Location &location)
{
  const char *name = !settings.ca_file.empty()            ? "ca-file"
                     : !settings.certificate_file.empty() ? "certificate-file"
                     : !settings.key_file.empty()         ? "key-file"
                                                          : nullptr;
  if (name != nullptr && !location.is_encrypted())
    throw Error(ErrorCode::BadSetting, std::string("The ") + name + " is set, but " +
                                           address_of(location) + " is not encrypted; expected " +
                                           (location.is_kafka() ? "kafkas://." : "mqtts://."));
}

std::string client_id_of(const Settings &settings)
{
  if (!settings.client_id.empty())
    return settings.client_id;
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) != 0)
    host[0] = '\0';
  return "gst-pose-" + std::string(host) + "-" + std::to_string(getpid()) + "-" +
         std::to_string(std::random_device{}());
}

} // namespace pose::publish
