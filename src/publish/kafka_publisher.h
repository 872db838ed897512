// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "publish/kafka_conf.h"
#include "publish/publisher.h"

namespace pose::publish
{

/// As make_kafka_publisher(), with other times.
std::unique_ptr<Publisher> make_kafka_publisher(const Settings &settings, const Location &location,
    const Listener &listener, const KafkaTimes &times);

} // namespace pose::publish
