// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/access.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <stdexcept>

#include <gio/gio.h>

#include "posecam/owned.h"

namespace posecam::http
{

namespace
{

using OwnedAddress = Owned<GInetAddress, g_object_unref>;

constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 256;

std::string lower(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
      [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

/* Host of "host:port", without the brackets of IPv6. */
std::string host_of(const std::string &authority)
{
  if (!authority.empty() && authority.front() == '[')
    return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

/* A name that a foreign site cannot point here: DNS rebinding needs a name of its own. */
bool names_loopback(const std::string &authority)
{
  const std::string host = lower(host_of(authority));
  if (host == "localhost")
    return true;
  const OwnedAddress address(g_inet_address_new_from_string(host.c_str()));
  return address && g_inet_address_get_is_loopback(address.get()) != FALSE;
}

bool same_origin(const std::string &origin, const std::string &host)
{
  const std::size_t start = origin.find("://");
  return start != std::string::npos && lower(origin.substr(start + 3)) == lower(host);
}

std::string token_of(const Request &request)
{
  const std::string scheme = "bearer ";
  if (lower(request.authorization.substr(0, scheme.size())) == scheme)
    return request.authorization.substr(scheme.size());
  return request.token;
}

using Digest = std::array<guint8, 32>;

Digest digest_of(const std::string &text)
{
  Digest digest{};
  gsize size = digest.size();
  const Owned<GChecksum, g_checksum_free> sum(g_checksum_new(G_CHECKSUM_SHA256));
  g_checksum_update(sum.get(), reinterpret_cast<const guchar *>(text.data()), gssize(text.size()));
  g_checksum_get_digest(sum.get(), digest.data(), &size);
  return digest;
}

} // namespace

bool same_secret(const std::string &one, const std::string &other)
{
  const Digest first = digest_of(one);
  const Digest second = digest_of(other);
  volatile guint8 difference = 0;
  for (std::size_t i = 0; i < first.size(); i++)
    difference = difference | guint8(first[i] ^ second[i]);
  return difference == 0;
}

bool is_loopback(const std::string &address)
{
  const OwnedAddress parsed(g_inet_address_new_from_string(address.c_str()));
  if (!parsed)
    throw std::invalid_argument("--http: " + address + " is no numeric address");
  return g_inet_address_get_is_loopback(parsed.get()) != FALSE;
}

std::string read_token(const std::string &file)
{
  const std::string name = "--http-token-file: " + file;
  gchar *contents = nullptr;
  gsize size = 0;
  GError *error = nullptr;
  if (g_file_get_contents(file.c_str(), &contents, &size, &error) == FALSE) {
    const OwnedError owned(error);
    throw std::invalid_argument("--http-token-file: " + std::string(owned->message));
  }
  const OwnedText owned(contents);
  std::string token(contents, size);
  token = token.substr(0, token.find_first_of("\r\n"));
  if (token.size() < kShortest || token.size() > kLongest)
    throw std::invalid_argument(name + " has a token of " + std::to_string(token.size()) +
                                " characters in its first line, not 16 to 256");
  const auto fine = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::strchr("-._~+/=", c) != nullptr;
  };
  if (!std::all_of(token.begin(), token.end(), fine))
    throw std::invalid_argument(
        name + " has a token with characters beside A-Z, a-z, 0-9 and -._~+/=");
  return token;
}

Verdict judge(const Access &access, const Request &request, bool data)
{
  if (request.method != "GET" && request.method != "HEAD")
    return {405, "there are GET and HEAD"};
  if (request.host.empty())
    return {400, "the request has no Host"};
  if (is_loopback(access.address) && !names_loopback(request.host))
    return {403, "the request is for another host"};
  if (!request.origin.empty() && !same_origin(request.origin, request.host))
    return {403, "the request is from another site"};
  if (!data)
    return {};
  if (!access.token.empty() && !same_secret(token_of(request), access.token))
    return {401, "a token is needed"};
  if (access.token.empty() && !request.fetch_site.empty() && request.fetch_site != "same-origin" &&
      request.fetch_site != "none")
    return {403, "the request is from another site"};
  return {};
}

} // namespace posecam::http
