// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace posecam
{

/// The arguments, with those of the file in place of `--config FILE` or `--config=FILE`. A line of
/// the file holds one or more arguments, quoted as for a shell; nothing is expanded, and # begins a
/// comment.
/// \throws std::invalid_argument that names the file and the line, and never quotes it: it may hold
/// a password
std::vector<std::string> expand_config(int argc, char **argv);

} // namespace posecam
