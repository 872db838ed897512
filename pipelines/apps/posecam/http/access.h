// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules of requests: who may ask for what. Nothing here knows libsoup.
#pragma once

#include <string>

namespace posecam::http
{

/// Where the server listens, and what it asks for.
struct Access {
  std::string address = "127.0.0.1"; ///< numeric, IPv4 or IPv6
  std::string token;                 ///< empty: none is needed
};

/// What the rules look at in a request. Missing headers are empty.
struct Request {
  std::string method;
  std::string host;          ///< header Host
  std::string origin;        ///< header Origin
  std::string fetch_site;    ///< header Sec-Fetch-Site
  std::string authorization; ///< header Authorization
  std::string token;         ///< of the query
};

/// Answer of the rules.
struct Verdict {
  unsigned status = 200; ///< HTTP status: 200 lets the request pass
  const char *reason = "";
};

/// \param data  whether the answer tells about cameras; files of the page do not
Verdict judge(const Access &access, const Request &request, bool data);

/// Whether an address is numeric and of this machine only.
/// \throws std::invalid_argument when it is not numeric
bool is_loopback(const std::string &address);

/// Reads a token from the first line of a file: 16 to 256 characters of A-Z, a-z, 0-9 and -._~+/=.
/// \throws std::invalid_argument with the name of the file and what is wrong; never with the token
std::string read_token(const std::string &file);

/// Compares in a time that does not depend on where they differ.
bool same_secret(const std::string &one, const std::string &other);

} // namespace posecam::http
