// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/config.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "posecam/owned.h"

namespace posecam
{

namespace
{

[[noreturn]] void fail(const std::string &file, const std::string &what)
{
  throw std::invalid_argument("--config: " + file + " " + what);
}

bool names_config(const std::string &argument)
{
  return argument == "--config" || argument.rfind("--config=", 0) == 0;
}

void read_line(const std::string &line, const std::string &file, std::size_t number,
    std::vector<std::string> &arguments)
{
  gchar **words = nullptr;
  GError *error = nullptr;
  const bool read = g_shell_parse_argv(line.c_str(), nullptr, &words, &error) != FALSE;
  const Owned<gchar *, g_strfreev> owned(words);
  const OwnedError owned_error(error);
  if (!read && g_error_matches(error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
    return;
  if (!read)
    fail(file,
        "has a quote or a backslash without its other part in line " + std::to_string(number));
  for (gchar **word = words; *word != nullptr; word++) {
    if (names_config(*word))
      fail(file, "names another file in line " + std::to_string(number));
    arguments.emplace_back(*word);
  }
}

void read_config(const std::string &file, std::vector<std::string> &arguments)
{
  errno = 0;
  std::ifstream stream(file);
  if (!stream || stream.peek() == std::ifstream::traits_type::eof()) {
    if (errno != 0) // a folder can be opened, and not read
      fail(file, std::string("cannot be read (") + std::strerror(errno) + ")");
    fail(file, "is empty");
  }
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    number++;
    if (line.find('\0') != std::string::npos)
      fail(file, "has a zero byte in line " + std::to_string(number));
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    read_line(line, file, number, arguments);
  }
}

} // namespace

std::vector<std::string> expand_config(int argc, char **argv)
{
  std::vector<std::string> arguments;
  bool options = true; // before "--"
  for (int i = 0; i < argc; i++) {
    const std::string argument = argv[i];
    options = options && argument != "--";
    if (!options || !names_config(argument)) {
      arguments.push_back(argument);
    } else if (argument != "--config") {
      read_config(argument.substr(std::strlen("--config=")), arguments);
    } else {
      if (i + 1 == argc)
        throw std::invalid_argument("--config: a file is to follow");
      read_config(argv[++i], arguments);
    }
  }
  return arguments;
}

} // namespace posecam
