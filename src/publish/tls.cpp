// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/tls.h"

#include <cstddef>
#include <mutex>
#include <new>

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/error.h"
#include "base/exit_gate.h"

namespace pose::publish
{

namespace
{

std::string openssl_reason()
{
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code))
    return "it cannot be read";
  const char *reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "unknown reason";
}

[[noreturn]] void fail(const char *name, const std::string &file, const char *expected)
{
  throw Error(ErrorCode::BadSetting, std::string("The ") + name + " \"" + file +
                                         "\" cannot be used (" + openssl_reason() + "); expected " +
                                         expected + ".");
}

/* Without it OpenSSL asks at the terminal. */
int refuse_passphrase(char *, int, int, void *)
{
  return 0;
}

} // namespace

void initialise_tls()
{
  static std::once_flag once;
  std::call_once(once, [] {
    /* Not by itself, unless somebody else was first with it: then not before the gate is closed. */
    OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_LOAD_SSL_STRINGS |
                         OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_ADD_ALL_CIPHERS |
                         OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CONFIG,
        nullptr);
    exit_gate::come_first();
  });
}

void TlsContext::Free::operator()(SSL_CTX *context) const noexcept
{
  SSL_CTX_free(context);
}

TlsContext::TlsContext(const Settings &settings, const std::string &host)
{
  initialise_tls();
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_)
    throw std::bad_alloc();
  ERR_clear_error();
  SSL_CTX *context = context_.get();
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  trust(settings);
  show_certificate(settings);
  if (!settings.tls_verify)
    return;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &TlsContext::check_certificate);
  X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(context);
  unsigned char address[sizeof(in6_addr)];
  const bool is_address = inet_pton(AF_INET, host.c_str(), address) == 1 ||
                          inet_pton(AF_INET6, host.c_str(), address) == 1;
  const int done = is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                              : X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0);
  if (done != 1)
    throw Error(ErrorCode::BadSetting,
        "The host \"" + host + "\" of the location cannot be compared with certificates.");
}

void TlsContext::trust(const Settings &settings)
{
  if (settings.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
    return;
  }
  if (SSL_CTX_load_verify_file(context_.get(), settings.ca_file.c_str()) != 1)
    fail("ca-file", settings.ca_file, "certificates in PEM");
}

void TlsContext::show_certificate(const Settings &settings)
{
  const std::string &certificate = settings.certificate_file;
  const std::string &key = settings.key_file;
  if (certificate.empty() && key.empty())
    return;
  if (certificate.empty() || key.empty())
    throw Error(ErrorCode::BadSetting, std::string("Only ") +
                                           (key.empty() ? "certificate-file" : "key-file") +
                                           " is set; expected both, or neither.");
  if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1)
    fail("certificate-file", certificate, "a certificate and its chain in PEM");
  if (SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
    fail("key-file", key, "the certificate's private key in PEM, not encrypted");
}

int TlsContext::check_certificate(int fine, X509_STORE_CTX *store)
{
  if (fine == 1)
    return 1;
  const auto *ssl = static_cast<const SSL *>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto *self = static_cast<TlsContext *>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  try {
    self->refusal_ = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  } catch (...) { // out of memory: refused without the reason
    self->refusal_.clear();
  }
  return 0;
}

} // namespace pose::publish
