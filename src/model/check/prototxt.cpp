// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/prototxt.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "model/check/precheck.h"
#include "model/check/wire.h"

namespace pose
{
namespace
{

/// Above any real network; a small file with more could exhaust memory.
constexpr std::size_t kMaxTextFields = 200000;

bool is_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '+' || c == '-';
}

class Parser
{
 public:
  Parser(std::string_view text, const std::string &path) : text_(text), path_(path) {}

  /// \param close  the character that ends the message; 0: end of file
  void message(TextMessage &into, char close, int depth)
  {
    if (depth > kMaxMessageDepth)
      fail("messages lie more than " + std::to_string(kMaxMessageDepth) + " deep");
    for (;;) {
      const char c = peek();
      if (c == close) {
        advance();
        return;
      }
      if (c == 0)
        fail(std::string("the file ends before a '") + close + "'");
      if (c == '}' || c == '>')
        fail(std::string("there is a '") + c + "' too many");
      field(into, depth);
      if (peek() == ',' || peek() == ';')
        advance();
    }
  }

 private:
  void field(TextMessage &into, int depth)
  {
    const std::size_t line = line_;
    const std::string name = peek() == '[' ? extension() : word();
    const bool colon = peek() == ':';
    if (colon)
      advance();
    if (peek() == '[') {
      advance();
      list(into, name, depth);
      return;
    }
    if (!colon && peek() != '{' && peek() != '<')
      fail("there is no ':' after '" + name + "'");
    value(into, name, depth, line);
  }

  void list(TextMessage &into, const std::string &name, int depth)
  {
    while (peek() != ']') {
      value(into, name, depth, line_);
      if (peek() == ',')
        advance();
      else if (peek() != ']')
        fail("there is no ']' after '" + name + "'");
    }
    advance();
  }

  void value(TextMessage &into, const std::string &name, int depth, std::size_t line)
  {
    if (++count_ > kMaxTextFields)
      throw Error(ErrorCode::ModelTooLarge,
          "'" + path_ + "' has more than " + std::to_string(kMaxTextFields) + " fields");
    TextMessage::Field field;
    field.name = name;
    field.line = line;
    const char c = peek();
    if (c == '{' || c == '<') {
      advance();
      message(field.message.emplace_back(), c == '{' ? '}' : '>', depth + 1);
    } else if (c == '"' || c == '\'') {
      field.quoted = true;
      while (peek() == '"' || peek() == '\'')
        field.text += string();
    } else {
      field.text = word();
    }
    into.fields.push_back(std::move(field));
  }

  std::string extension()
  {
    const std::size_t end = text_.find(']', position_);
    if (end == std::string_view::npos)
      fail("there is no ']' after '['");
    std::string name(text_.substr(position_, end + 1 - position_));
    position_ = end + 1;
    return name;
  }

  std::string word()
  {
    std::string result;
    peek();
    if (position_ < text_.size() && text_[position_] == '-') { // "- 1" is a valid number
      result = "-";
      advance();
      peek();
    }
    const std::size_t start = position_;
    while (position_ < text_.size() && is_word(text_[position_]))
      ++position_;
    if (position_ == start)
      fail(position_ == text_.size()
               ? "the file ends inside a field"
               : std::string("there is a '") + text_[position_] + "' where a word should be");
    return result + std::string(text_.substr(start, position_ - start));
  }

  std::string string()
  {
    const char quote = text_[position_++];
    std::string result;
    while (position_ < text_.size() && text_[position_] != quote) {
      if (text_[position_] == '\n')
        fail("a text does not end on its line");
      if (text_[position_] == '\\')
        escape(result);
      else
        result += text_[position_++];
    }
    if (position_ == text_.size())
      fail("the file ends inside a text");
    ++position_;
    return result;
  }

  void escape(std::string &result)
  {
    static constexpr std::string_view codes = "abfnrtv", meanings = "\a\b\f\n\r\t\v";
    if (++position_ == text_.size())
      return;
    const char c = text_[position_++];
    const std::size_t simple = codes.find(c);
    const bool hex = c == 'x' || c == 'X';
    if (simple != std::string_view::npos) {
      result += meanings[simple];
    } else if (hex || (c >= '0' && c <= '7')) {
      std::size_t start = hex ? position_ : position_ - 1;
      std::string digits;
      const std::string_view legal = hex ? "0123456789abcdefABCDEF" : "01234567";
      while (start < text_.size() && digits.size() < (hex ? 2u : 3u) &&
             legal.find(text_[start]) != std::string_view::npos)
        digits += text_[start++];
      position_ = start;
      result += static_cast<char>(std::strtol(digits.c_str(), nullptr, hex ? 16 : 8));
    } else {
      result += c;
    }
  }

  /// Skips white space and comments. \return the next character, 0 at the end
  char peek()
  {
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '\n')
        ++line_;
      if (c == '#')
        position_ = std::min(text_.find('\n', position_), text_.size());
      else if (c == ' ' || (c >= '\t' && c <= '\r'))
        ++position_;
      else
        return c;
    }
    return 0;
  }

  void advance() { position_ += position_ < text_.size(); }

  [[noreturn]] void fail(const std::string &finding) const
  {
    throw Error(ErrorCode::ModelCorrupt,
        "'" + path_ + "' cannot be parsed: line " + std::to_string(line_) + ": " + finding);
  }

  std::string_view text_;
  const std::string &path_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t count_ = 0;
};

/// Text has no control characters but white space; a weights file has some in its first bytes.
bool is_binary(std::string_view text)
{
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && (byte < '\t' || byte > '\r')) || byte == 0x7f;
  });
}

} // namespace

std::optional<std::int64_t> TextMessage::Field::integer() const
{
  if (text.empty() || quoted || is_message())
    return std::nullopt;
  errno = 0;
  char *end = nullptr;
  const long long value = std::strtoll(text.c_str(), &end, 0);
  if (errno != 0 || *end != 0)
    return std::nullopt;
  return value;
}

const TextMessage::Field *TextMessage::find(std::string_view name) const
{
  for (const Field &field : fields)
    if (field.name == name)
      return &field;
  return nullptr;
}

std::string TextMessage::text(std::string_view name) const
{
  const Field *field = find(name);
  return field ? field->text : std::string();
}

const TextMessage *TextMessage::child(std::string_view name) const
{
  const Field *field = find(name);
  return field && field->is_message() ? &field->message[0] : nullptr;
}

TextMessage parse_text(std::string_view text, const std::string &path)
{
  if (text.empty())
    throw Error(ErrorCode::ModelCorrupt, "'" + path + "' is empty");
  if (is_binary(text.substr(0, kMaxTextBytes)))
    throw Error(ErrorCode::ModelCorrupt,
        "'" + path + "' is not text; it looks like a weights file: were model and config swapped?");
  if (text.size() > kMaxTextBytes)
    throw Error(ErrorCode::ModelTooLarge, "'" + path + "' has " + std::to_string(text.size()) +
                                              " bytes; a text definition may have at most " +
                                              std::to_string(kMaxTextBytes));
  TextMessage message;
  Parser(text, path).message(message, 0, 0);
  return message;
}

} // namespace pose
