// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/kafka_conf.h"

#include <new>

#include "base/error.h"
#include "publish/tls.h"

namespace pose::publish
{

namespace
{

/* The library's reason is left out: it may repeat the value. */
void set(rd_kafka_conf_t *conf, const char *name, const std::string &value, const char *setting)
{
  char reason[256];
  if (rd_kafka_conf_set(conf, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK)
    throw Error(ErrorCode::BadSetting, std::string("The ") + setting +
                                           " cannot be used: librdkafka refuses its \"" + name +
                                           "\"; expected a value that it takes.");
}

void set_delivery(rd_kafka_conf_t *conf, const KafkaTimes &times)
{
  const char *own = "Kafka producer's configuration";
  /* One request at a time keeps the order, also over retries. Idempotence would too, but it can end
   * in a fatal error, after which a producer sends nothing more, and old brokers want a right of
   * its own for it. */
  set(conf, "max.in.flight.requests.per.connection", "1", own);
  set(conf, "partitioner", "murmur2_random", own); // that of the Java clients
  set(conf, "linger.ms", "0", own);
  set(conf, "message.timeout.ms", std::to_string(times.message_timeout), own);
  set(conf, "socket.timeout.ms", "10000", own);
  set(conf, "socket.connection.setup.timeout.ms", "5000", own);
  set(conf, "socket.keepalive.enable", "true", own);
  set(conf, "reconnect.backoff.max.ms", "1000", own);
  set(conf, "statistics.interval.ms", std::to_string(times.statistics), own);
}

void set_tls(rd_kafka_conf_t *conf, const Settings &settings)
{
  /* Reads the files, so that errors name the file and say what is wrong with it. */
  const TlsContext check(settings, "localhost");
  if (!settings.ca_file.empty())
    set(conf, "ssl.ca.location", settings.ca_file, "ca-file");
  if (!settings.certificate_file.empty()) {
    set(conf, "ssl.certificate.location", settings.certificate_file, "certificate-file");
    set(conf, "ssl.key.location", settings.key_file, "key-file");
  }
  set(conf, "enable.ssl.certificate.verification", settings.tls_verify ? "true" : "false",
      "tls-verify");
  set(conf, "ssl.endpoint.identification.algorithm", settings.tls_verify ? "https" : "none",
      "tls-verify");
}

} // namespace

KafkaConf make_kafka_conf(const Settings &settings, const Location &location,
    const Credentials &credentials, const KafkaTimes &times)
{
  KafkaConf conf(rd_kafka_conf_new());
  if (!conf)
    throw std::bad_alloc();
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  set(conf.get(), "bootstrap.servers", location.hosts, "location");
  set(conf.get(), "client.id", client_id_of(settings), "client-id");
  set_delivery(conf.get(), times);
  const bool encrypted = location.is_encrypted();
  check_encryption(settings, location);
  if (encrypted)
    set_tls(conf.get(), settings);
  if (credentials.username && !credentials.password)
    throw Error(ErrorCode::BadSetting, "A user name is set without password or password-file; "
                                       "expected both, which SASL PLAIN sends to Kafka.");
  if (credentials.username) {
    set(conf.get(), "sasl.mechanism", "PLAIN", "username");
    set(conf.get(), "sasl.username", *credentials.username, "username");
    set(conf.get(), "sasl.password", *credentials.password, "password");
  }
  const char *protocol = credentials.username ? (encrypted ? "sasl_ssl" : "sasl_plaintext")
                                              : (encrypted ? "ssl" : "plaintext");
  set(conf.get(), "security.protocol", protocol, "location");
  return conf;
}

rd_kafka_t *make_kafka_handle(KafkaConf conf, const Location &location)
{
  char reason[512] = {};
  rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason, sizeof reason);
  if (handle == nullptr)
    throw Error(ErrorCode::BadSetting,
        address_of(location) + " cannot be used with these settings: librdkafka refuses them.",
        reason);
  (void)conf.release(); // the handle's now
  return handle;
}

} // namespace pose::publish
