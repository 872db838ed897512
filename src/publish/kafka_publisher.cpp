// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/kafka_publisher.h"

#include <chrono>
#include <future>
#include <memory>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "publish/kafka_producer.h"
#include "publish/location.h"

namespace pose::publish
{

namespace
{

/* For librdkafka's threads to end. One that resolves a name cannot be interrupted: it is left. */
constexpr std::chrono::seconds kMostGoodbye{2};

class KafkaPublisher final : public Publisher
{
 public:
  explicit KafkaPublisher(std::shared_ptr<KafkaProducer> producer)
      : producer_(std::move(producer)), thread_([this] { producer_->run(); })
  {
  }

  ~KafkaPublisher() override
  {
    producer_->stop();
    thread_.join();
    try {
      auto ended = std::make_shared<std::promise<void>>();
      const std::future<void> end = ended->get_future();
      std::thread([ended, producer = std::move(producer_)]() mutable {
        producer.reset();
        ended->set_value();
      }).detach();
      end.wait_for(kMostGoodbye);
    } catch (const std::exception &) { // no memory or no thread: in this one
      producer_.reset();
    }
  }

  KafkaPublisher(const KafkaPublisher &) = delete;
  KafkaPublisher &operator=(const KafkaPublisher &) = delete;

  void push(std::string_view line) override { producer_->push(line); }
  void finish(double patience) override { producer_->finish(patience); }
  Counts counts() const override { return producer_->counts(); }

 private:
  std::shared_ptr<KafkaProducer> producer_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<Publisher> make_kafka_publisher(const Settings &settings, const Location &location,
    const Listener &listener, const KafkaTimes &times)
{
  return std::make_unique<KafkaPublisher>(
      std::make_shared<KafkaProducer>(settings, location, listener, times));
}

std::unique_ptr<Publisher> make_kafka_publisher(
    const Settings &settings, const Location &location, const Listener &listener)
{
  return make_kafka_publisher(settings, location, listener, KafkaTimes{});
}

} // namespace pose::publish
