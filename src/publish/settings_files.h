// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "publish/location.h"
#include "publish/settings.h"

namespace pose::publish
{

/// The first line of a file that holds one credential, without its line ending.
/// \param name  of the setting, for the error
/// \throws Error (BadSetting) when the file cannot be read, is empty, or its first line is longer
/// than 64 KiB. It names the file, never what is in it.
std::string read_secret(const std::string &file, const char *name);

/// A user name and a password, where they are set.
struct Credentials {
  std::optional<std::string> username;
  std::optional<std::string> password;
};

/// Reads the credentials of the settings: the texts, or the files as they are now.
/// \throws Error (BadSetting) as read_secret(); when both a text and a file are set; or a password
/// without a user name
Credentials read_credentials(const Settings &settings);

/// One missing letter of the scheme must not send a password unencrypted.
/// \throws Error (BadSetting) when a file of TLS is set for a location that is not encrypted
void check_encryption(const Settings &settings, const Location &location);

/// That of the settings, or "gst-pose-HOST-PID-RANDOM": brokers show it in their logs.
std::string client_id_of(const Settings &settings);

} // namespace pose::publish
