// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads bundles of Open Sound Control 1.0, strictly.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace support
{

struct OscMessage {
  std::string address;
  std::vector<std::variant<std::int32_t, float>> values;
};

class OscReader
{
 public:
  explicit OscReader(std::string_view bytes) : bytes_(bytes) {}

  /// \throws std::runtime_error unless it is a bundle of messages with int32 and float32, without
  /// a byte too many
  std::vector<OscMessage> bundle()
  {
    if (bytes_.size() % 4 != 0)
      throw std::runtime_error("size is no multiple of 4");
    if (string() != "#bundle")
      throw std::runtime_error("no bundle");
    if (integer() != 0 || integer() != 1)
      throw std::runtime_error("time tag is not \"immediately\"");
    std::vector<OscMessage> messages;
    while (at_ < bytes_.size()) {
      const std::size_t size = std::uint32_t(integer());
      const std::size_t end = at_ + size;
      if (size % 4 != 0 || end > bytes_.size())
        throw std::runtime_error("bad size of an element");
      messages.push_back(message());
      if (at_ != end)
        throw std::runtime_error("element has another size than it says");
    }
    return messages;
  }

 private:
  OscMessage message()
  {
    OscMessage message;
    message.address = string();
    if (message.address.empty() || message.address[0] != '/')
      throw std::runtime_error("bad address");
    const std::string tags = string();
    if (tags.empty() || tags[0] != ',')
      throw std::runtime_error("no type tags");
    for (const char tag : tags.substr(1)) {
      const std::int32_t bits = integer();
      float number = 0.0F;
      std::memcpy(&number, &bits, sizeof number);
      if (tag == 'i')
        message.values.emplace_back(bits);
      else if (tag == 'f')
        message.values.emplace_back(number);
      else
        throw std::runtime_error("unexpected type");
    }
    return message;
  }

  std::string string()
  {
    const std::size_t end = bytes_.find('\0', at_);
    if (end == std::string_view::npos)
      throw std::runtime_error("string without end");
    std::string text(bytes_.substr(at_, end - at_));
    const std::size_t next = end + 4 - end % 4;
    for (std::size_t i = end; i < next; i++)
      if (i >= bytes_.size() || bytes_[i] != '\0')
        throw std::runtime_error("bad padding");
    at_ = next;
    return text;
  }

  std::int32_t integer()
  {
    if (at_ + 4 > bytes_.size())
      throw std::runtime_error("too short");
    std::uint32_t value = 0;
    for (int i = 0; i < 4; i++)
      value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return std::int32_t(value);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

} // namespace support
