// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>

#include "publish/location.h"
#include "publish/settings.h"
#include "publish/settings_files.h"

namespace pose::publish
{

struct KafkaConfFree {
  void operator()(rd_kafka_conf_t *conf) const noexcept { rd_kafka_conf_destroy(conf); }
};
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaConfFree>;

/// Times of a producer that tests shorten.
struct KafkaTimes {
  int message_timeout = 15000; ///< until a line is given up, milliseconds
  int statistics = 1000;       ///< between looks at the connections, milliseconds
};

/// The configuration of a producer that keeps the order of lines. It logs nothing.
/// \throws Error (BadSetting) that names the setting; never with credentials
KafkaConf make_kafka_conf(const Settings &settings, const Location &location,
    const Credentials &credentials, const KafkaTimes &times);

/// A handle of librdkafka made of `conf`.
/// \throws Error (BadSetting) with the library's reason
rd_kafka_t *make_kafka_handle(KafkaConf conf, const Location &location);

} // namespace pose::publish
