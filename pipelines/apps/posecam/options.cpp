// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/options.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <set>
#include <stdexcept>

#include "posecam/config.h"
#include "posecam/http/access.h"
#include "posecam/owned.h"

namespace posecam
{

namespace
{

constexpr const char *kSummary =
    "Finds the poses of people in the video of cameras, around the clock: records it with the "
    "poses\n"
    "drawn in, writes the poses as lines of JSON, and connects again to cameras that went away.\n\n"
    "Each INPUT is rtsp://..., another live URI, /dev/videoN, a file, or \"test\"; NAME=INPUT "
    "names it.";

bool is_name(const std::string &text)
{
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

bool starts_with(const std::string &text, const char *start)
{
  return text.rfind(start, 0) == 0;
}

std::string take(gchar *text)
{
  const OwnedText owned(text);
  return owned ? owned.get() : "";
}

/* Output of GLib's option parser. */
struct Raw {
  Options options;
  gchar **inputs = nullptr;
  gchar *output = nullptr;
  gchar *container = nullptr;
  gchar *encoder = nullptr;
  gchar *model = nullptr;
  gchar *pose = nullptr;
  gchar *direction = nullptr;
  gchar *view_sink = nullptr;
  gchar *serve = nullptr;
  gchar *http = nullptr;
  gchar *http_token_file = nullptr;
  gchar *publish = nullptr;
  gchar *publish_options = nullptr;
  gchar *config = nullptr; // never set: expand_config() has replaced it
  gdouble segment_minutes = 10.0;
  gboolean clean = FALSE;
  gboolean no_annotated = FALSE;
  gboolean no_lines = FALSE;
  gboolean no_overlay = FALSE;
  gboolean view = FALSE;
  gboolean json = FALSE;
};

/* Prints the versions of this program and of GStreamer, and ends it. */
gboolean print_version(const gchar *, const gchar *, gpointer, GError **)
{
  const OwnedText gstreamer(gst_version_string());
  std::printf("posecam %s\n%s\n", POSECAM_VERSION, gstreamer.get());
  std::fflush(stdout);
  std::_Exit(EXIT_SUCCESS);
}

/* Options of recordings and of the analysis. */
void add_analysis_options(GOptionContext *context, Raw &raw)
{
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &raw.output, "Record into this folder", "FOLDER"},
      {"segment-minutes", 0, 0, G_OPTION_ARG_DOUBLE, &raw.segment_minutes,
          "Begin a new file after so many minutes (10)", "MINUTES"},
      {"container", 0, 0, G_OPTION_ARG_STRING, &raw.container,
          "mkv (default; survives a crash and loss of power) or mp4", "NAME"},
      {"encoder", 0, 0, G_OPTION_ARG_STRING, &raw.encoder,
          "Encode with this piece of a pipeline instead of x264enc", "ELEMENTS"},
      {"clean", 0, 0, G_OPTION_ARG_NONE, &raw.clean, "Also record what the camera sends, untouched",
          nullptr},
      {"no-annotated", 0, 0, G_OPTION_ARG_NONE, &raw.no_annotated,
          "Do not record the video with poses drawn in", nullptr},
      {"no-lines", 0, 0, G_OPTION_ARG_NONE, &raw.no_lines, "Write no lines of JSON", nullptr},
      {"model", 'm', 0, G_OPTION_ARG_STRING, &raw.model,
          "The network: a model card, its name, or a weights file", "MODEL"},
      {"height", 0, 0, G_OPTION_ARG_INT, &raw.options.height, "Height of the network's input",
          "PIXELS"},
      {"pose", 0, 0, G_OPTION_ARG_STRING, &raw.pose,
          "More properties of poseestimate: \"carry=flow smoothing=0.5\"", "KEY=VALUE..."},
      {"direction", 0, 0, G_OPTION_ARG_STRING, &raw.direction,
          "How the camera's frames are turned to be upright: identity, 90r, 180, 90l, or auto "
          "(default): as the stream says",
          "NAME"},
      {"no-overlay", 0, 0, G_OPTION_ARG_NONE, &raw.no_overlay, "Draw no poses", nullptr}, {}};
  g_option_context_add_main_entries(context, entries, nullptr);
}

/* Options of cameras, of what leaves the program, and of the program itself. */
void add_other_options(GOptionContext *context, Raw &raw)
{
  Options &o = raw.options;
  const GOptionEntry entries[] = {
      {"silence", 0, 0, G_OPTION_ARG_DOUBLE, &o.silence,
          "A camera without a frame for so long is lost (2)", "SECONDS"},
      {"connect", 0, 0, G_OPTION_ARG_DOUBLE, &o.connect,
          "A camera that sends nothing for so long after connecting is lost (5)", "SECONDS"},
      {"latency", 0, 0, G_OPTION_ARG_INT, &o.latency_ms,
          "Buffer of an RTSP camera against jitter (200)", "MS"},
      {"view", 0, 0, G_OPTION_ARG_NONE, &raw.view, "Show all cameras in a window", nullptr},
      {"view-sink", 0, 0, G_OPTION_ARG_STRING, &raw.view_sink,
          "Show them with this piece of a pipeline", "ELEMENTS"},
      {"serve", 0, 0, G_OPTION_ARG_STRING, &raw.serve,
          "Serve annotated video as rtsp://ADDRESS:PORT/NAME (127.0.0.1)", "[ADDRESS:]PORT"},
      {"http", 0, 0, G_OPTION_ARG_STRING, &raw.http,
          "Serve a page with all cameras as http://ADDRESS:PORT/ (127.0.0.1)", "[ADDRESS:]PORT"},
      {"http-token-file", 0, 0, G_OPTION_ARG_FILENAME, &raw.http_token_file,
          "Serve it to those who know the token in this file", "FILE"},
      {"publish", 0, 0, G_OPTION_ARG_STRING, &raw.publish,
          "Publish the poses of each camera as URL/NAME, with posepublish", "URL"},
      {"publish-option", 0, 0, G_OPTION_ARG_STRING, &raw.publish_options,
          "Properties of posepublish: \"username=door password-file=/etc/posecam/door.secret\"",
          "KEY=VALUE..."},
      {"config", 0, 0, G_OPTION_ARG_FILENAME, &raw.config,
          "Read further arguments from this file, quoted as for a shell", "FILE"},
      {"status", 0, 0, G_OPTION_ARG_DOUBLE, &o.status,
          "Print a line per camera so often; 0: never (10)", "SECONDS"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &raw.json, "Print lines of JSON for programs", nullptr},
      {"duration", 0, 0, G_OPTION_ARG_DOUBLE, &o.duration, "End after so long", "SECONDS"},
      {"version", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
          reinterpret_cast<gpointer>(print_version), "Print the version", nullptr},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw.inputs, nullptr, "INPUT..."},
      {}};
  g_option_context_add_main_entries(context, entries, nullptr);
}

/* \throws std::invalid_argument with the parser's message */
void parse(Raw &raw, std::vector<std::string> arguments)
{
  std::vector<char *> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  int argc = int(arguments.size());
  char **argv = pointers.data();
  const Owned<GOptionContext, g_option_context_free> context(g_option_context_new(nullptr));
  g_option_context_set_summary(context.get(), kSummary);
  add_analysis_options(context.get(), raw);
  add_other_options(context.get(), raw);
  g_option_context_add_group(context.get(), gst_init_get_option_group());
  GError *error = nullptr;
  if (!g_option_context_parse(context.get(), &argc, &argv, &error)) {
    const OwnedError owned(error);
    throw std::invalid_argument(owned->message);
  }
}

/* Reads [ADDRESS:]PORT; an IPv6 address is in brackets. */
void read_listen(
    const std::string &option, const std::string &text, std::string &address, int &port)
{
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos)
    address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  const std::string number_text = colon == std::string::npos ? text : text.substr(colon + 1);
  guint64 number = 0;
  if (!g_ascii_string_to_unsigned(number_text.c_str(), 10, 0, 65535, &number, nullptr))
    throw std::invalid_argument(option + ": " + number_text + " is no port");
  port = int(number);
}

/* The page shows people: nobody else's machine may see it without a token. */
void check_http(Options &options)
{
  if (options.http_address == "localhost")
    options.http_address = "127.0.0.1";
  if (options.http_port >= 0 && !http::is_loopback(options.http_address) &&
      options.http_token_file.empty())
    throw std::invalid_argument("--http: " + options.http_address +
                                " can be reached from other machines, which needs a token: write "
                                "one into a file (openssl rand -hex 16 > FILE) and add "
                                "--http-token-file FILE");
  if (options.http_port < 0 && !options.http_token_file.empty())
    throw std::invalid_argument("--http-token-file needs --http");
}

/* As read_properties(), with errors that quote nothing: it may be a part of a password. */
std::vector<std::pair<std::string, std::string>> read_secret_properties(const std::string &text)
{
  try {
    return read_properties(text);
  } catch (const std::invalid_argument &) {
    throw std::invalid_argument(
        "--publish-option: it is not KEY=VALUE KEY='other value'; a value with spaces has quotes");
  }
}

void check(const Options &options)
{
  const auto require = [](bool fine, const char *text) {
    if (!fine)
      throw std::invalid_argument(text);
  };
  require(!options.inputs.empty(), "no INPUT is given; --help tells more");
  require(options.container == "mkv" || options.container == "mp4",
      "--container: there are mkv and mp4");
  const std::set<std::string> directions{"identity", "90r", "180", "90l", "auto"};
  require(directions.count(options.direction) > 0,
      "--direction: there are identity, 90r, 180, 90l and auto");
  require(options.segment > 0.0, "--segment-minutes must be more than 0");
  require(options.silence > 0.0 && options.connect > 0.0, "--silence and --connect must be over 0");
  require(options.latency_ms >= 0 && options.duration >= 0.0 && options.status >= 0.0,
      "times cannot be negative");
  require(!options.clean || !options.output.empty(), "--clean needs --output");
  require(!options.publish.empty() || options.publish_options.empty(),
      "--publish-option needs --publish");
  std::set<std::string> names;
  for (const Input &input : options.inputs)
    if (!names.insert(input.name).second)
      throw std::invalid_argument("two inputs are called " + input.name);
}

} // namespace

Input read_input(const std::string &argument, std::size_t number)
{
  Input input{"cam" + std::to_string(number), argument, true};
  const std::size_t sign = argument.find('=');
  if (sign != std::string::npos && is_name(argument.substr(0, sign))) {
    input.name = argument.substr(0, sign);
    input.uri = argument.substr(sign + 1);
  }
  if (input.uri.empty())
    throw std::invalid_argument("an input is empty");
  if (input.is_test())
    return input;
  if (starts_with(input.uri, "/dev/video"))
    input.uri = "v4l2://" + input.uri;
  if (!gst_uri_is_valid(input.uri.c_str())) {
    GError *error = nullptr;
    input.uri = take(gst_filename_to_uri(input.uri.c_str(), &error));
    const OwnedError owned(error);
    if (owned)
      throw std::invalid_argument(argument + ": " + owned->message);
  }
  input.live = !starts_with(input.uri, "file:");
  return input;
}

std::vector<std::pair<std::string, std::string>> read_properties(const std::string &text)
{
  std::vector<std::pair<std::string, std::string>> properties;
  if (text.find_first_not_of(" \t\n") == std::string::npos)
    return properties;
  gint count = 0;
  gchar **words = nullptr;
  GError *error = nullptr;
  if (!g_shell_parse_argv(text.c_str(), &count, &words, &error)) {
    const OwnedError owned(error);
    throw std::invalid_argument(owned->message);
  }
  const Owned<gchar *, g_strfreev> owned(words);
  for (int i = 0; i < count; i++) {
    const std::string word = words[i];
    const std::size_t sign = word.find('=');
    if (sign == std::string::npos || sign == 0)
      throw std::invalid_argument(word + " is not KEY=VALUE");
    properties.emplace_back(word.substr(0, sign), word.substr(sign + 1));
  }
  return properties;
}

Options read_options(int argc, char **argv)
{
  Raw raw;
  parse(raw, expand_config(argc, argv));
  Options &options = raw.options;
  const Owned<gchar *, g_strfreev> inputs(raw.inputs);
  for (gchar **input = raw.inputs; input != nullptr && *input != nullptr; input++)
    options.inputs.push_back(read_input(*input, options.inputs.size() + 1));
  options.output = take(raw.output);
  if (raw.container != nullptr)
    options.container = take(raw.container);
  options.encoder = take(raw.encoder);
  options.segment = raw.segment_minutes * 60.0;
  options.annotated = raw.no_annotated == FALSE;
  options.clean = raw.clean != FALSE;
  options.lines = raw.no_lines == FALSE;
  options.model = take(raw.model);
  if (raw.direction != nullptr)
    options.direction = take(raw.direction);
  options.overlay = raw.no_overlay == FALSE;
  options.pose = read_properties(take(raw.pose));
  options.view = raw.view != FALSE || raw.view_sink != nullptr;
  if (raw.view_sink != nullptr)
    options.view_sink = take(raw.view_sink);
  if (raw.serve != nullptr)
    read_listen("--serve", take(raw.serve), options.serve_address, options.serve_port);
  if (raw.http != nullptr)
    read_listen("--http", take(raw.http), options.http_address, options.http_port);
  options.http_token_file = take(raw.http_token_file);
  options.publish = take(raw.publish);
  options.publish_options = read_secret_properties(take(raw.publish_options));
  options.json = raw.json != FALSE;
  check(options);
  check_http(options);
  return options;
}

} // namespace posecam
