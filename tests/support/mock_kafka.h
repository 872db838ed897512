// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <threads.h>

#ifdef __SANITIZE_THREAD__
/* ThreadSanitizer knows no thread that C11's function starts, and crashes in it. */
extern "C" int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
  struct Start {
    thrd_start_t function;
    void *argument;
  };
  const auto run = [](void *opaque) -> void * {
    const std::unique_ptr<Start> start(static_cast<Start *>(opaque));
    return reinterpret_cast<void *>(std::intptr_t(start->function(start->argument)));
  };
  auto start = std::make_unique<Start>(Start{function, argument});
  if (pthread_create(thread, nullptr, run, start.get()) != 0)
    return thrd_error;
  (void)start.release(); // the thread's
  return thrd_success;
}

extern "C" int thrd_join(thrd_t thread, int *result)
{
  void *end = nullptr;
  if (pthread_join(thread, &end) != 0)
    return thrd_error;
  if (result != nullptr)
    *result = int(reinterpret_cast<std::intptr_t>(end));
  return thrd_success;
}
#endif

namespace support
{

/// A Kafka cluster of librdkafka's on loopback, with the topic "poses" of four partitions.
class MockKafka
{
 public:
  static constexpr int kPartitions = 4;
  static constexpr std::int16_t kProduce = 0; ///< ApiKey of requests

  struct Record {
    int partition = -1;
    std::string key;
    std::string value;
  };

  explicit MockKafka(int brokers = 1)
      : owner_(make(RD_KAFKA_PRODUCER, "")),
        cluster_(rd_kafka_mock_cluster_new(owner_.get(), brokers))
  {
    if (!cluster_)
      throw std::runtime_error("no mock cluster");
    rd_kafka_mock_topic_create(cluster_.get(), "poses", kPartitions, 1);
  }

  rd_kafka_mock_cluster_t *get() const { return cluster_.get(); }
  std::string hosts() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  std::string location(const std::string &camera = "door") const
  {
    return "kafka://" + hosts() + "/poses" + (camera.empty() ? "" : "/" + camera);
  }
  void set_down() const { rd_kafka_mock_broker_set_down(cluster_.get(), -1); }
  void set_up() const { rd_kafka_mock_broker_set_up(cluster_.get(), -1); }

  /// Reads the topic from its beginning until there are `most` records, or no more within `wait`.
  std::vector<Record> read(
      std::size_t most, std::chrono::milliseconds wait = std::chrono::seconds(10)) const
  {
    const Handle consumer = make(RD_KAFKA_CONSUMER, hosts());
    rd_kafka_poll_set_consumer(consumer.get());
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(kPartitions);
    for (int i = 0; i < kPartitions; i++)
      rd_kafka_topic_partition_list_add(all, "poses", i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer.get(), all);
    rd_kafka_topic_partition_list_destroy(all);
    std::vector<Record> records;
    while (records.size() < most) {
      rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer.get(), int(wait.count()));
      if (message == nullptr)
        break;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        records.push_back({message->partition,
            std::string(static_cast<const char *>(message->key), message->key_len),
            std::string(static_cast<const char *>(message->payload), message->len)});
      rd_kafka_message_destroy(message);
    }
    return records;
  }

 private:
  struct Free {
    void operator()(rd_kafka_t *handle) const { rd_kafka_destroy(handle); }
    void operator()(rd_kafka_mock_cluster_t *cluster) const
    {
      rd_kafka_mock_cluster_destroy(cluster);
    }
  };
  using Handle = std::unique_ptr<rd_kafka_t, Free>;

  static Handle make(rd_kafka_type_t type, const std::string &hosts)
  {
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    if (!hosts.empty())
      rd_kafka_conf_set(conf, "bootstrap.servers", hosts.c_str(), reason, sizeof reason);
    if (type == RD_KAFKA_CONSUMER)
      rd_kafka_conf_set(conf, "group.id", "test", reason, sizeof reason);
    return Handle(rd_kafka_new(type, conf, reason, sizeof reason));
  }

  Handle owner_;
  std::unique_ptr<rd_kafka_mock_cluster_t, Free> cluster_;
};

} // namespace support
