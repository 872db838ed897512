// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include <openssl/types.h>

#include "publish/settings.h"

namespace pose::publish
{

/// Initialises OpenSSL so that exit() does not clean up what other threads still use. To be called
/// before anything that may initialise it, which libmosquitto does for connections without TLS,
/// too.
void initialise_tls();

/// OpenSSL's context of TLS connections to one host: at least TLS 1.2, the certificate and its name
/// verified unless the settings say otherwise.
class TlsContext
{
 public:
  /// Reads the files of the settings; never asks for a passphrase.
  /// \throws Error (BadSetting) that names the file that cannot be used
  TlsContext(const Settings &settings, const std::string &host);
  ~TlsContext() = default;
  TlsContext(const TlsContext &) = delete;
  TlsContext &operator=(const TlsContext &) = delete;

  SSL_CTX *get() const { return context_.get(); }
  /// Why the latest certificate was refused; empty if none was.
  const std::string &refusal() const { return refusal_; }

 private:
  struct Free {
    void operator()(SSL_CTX *context) const noexcept;
  };

  static int check_certificate(int fine, X509_STORE_CTX *store);
  void trust(const Settings &settings);
  void show_certificate(const Settings &settings);

  std::unique_ptr<SSL_CTX, Free> context_;
  std::string refusal_;
};

} // namespace pose::publish
