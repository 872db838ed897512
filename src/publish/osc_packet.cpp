// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/osc_packet.h"

#include <cstring>
#include <utility>

namespace pose::publish
{

namespace
{

void append_integer(std::string &bytes, std::uint32_t value)
{
  for (const int shift : {24, 16, 8, 0})
    bytes += char(value >> shift & 0xffU);
}

void append_float(std::string &bytes, float value)
{
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  append_integer(bytes, bits);
}

/* A string of OSC: ends in one to four zeros, up to a multiple of four. */
void append_string(std::string &bytes, std::string_view text)
{
  bytes += text;
  bytes.append(4 - bytes.size() % 4, '\0');
}

std::string message_head(std::string_view address, char type, std::size_t count)
{
  std::string message;
  append_string(message, address);
  std::string tags = ",";
  tags.append(count, type);
  append_string(message, tags);
  return message;
}

/* As an element of a bundle: behind its size. */
std::string element_of(const std::string &message)
{
  std::string element;
  append_integer(element, std::uint32_t(message.size()));
  return element + message;
}

} // namespace

void OscBundles::add_integers(std::string_view address, std::initializer_list<std::int32_t> values)
{
  std::string message = message_head(address, 'i', values.size());
  for (const std::int32_t value : values)
    append_integer(message, std::uint32_t(value));
  add(message);
}

void OscBundles::add_floats(std::string_view address, std::initializer_list<float> values)
{
  std::string message = message_head(address, 'f', values.size());
  for (const float value : values)
    append_float(message, value);
  add(message);
}

void OscBundles::set_header(std::string_view address, std::int32_t value)
{
  std::string message = message_head(address, 'i', 1);
  append_integer(message, std::uint32_t(value));
  header_ = element_of(message);
}

void OscBundles::begin_bundle()
{
  append_string(bundle_, "#bundle");
  append_integer(bundle_, 0);
  append_integer(bundle_, 1); // immediately
  bundle_ += header_;
}

void OscBundles::add(const std::string &message)
{
  const std::string element = element_of(message);
  if (!bundle_.empty() && bundle_.size() + element.size() > kMostBytes)
    bundles_.push_back(std::exchange(bundle_, {}));
  if (bundle_.empty())
    begin_bundle();
  bundle_ += element;
}

std::vector<std::string> OscBundles::take()
{
  if (!bundle_.empty())
    bundles_.push_back(std::exchange(bundle_, {}));
  return std::exchange(bundles_, {});
}

} // namespace pose::publish
