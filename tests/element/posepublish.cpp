// SPDX-License-Identifier: LGPL-2.1-or-later
// posepublish without a broker: what fails at the start, and what does not. Brokers are in
// tests/publish.
#include <string>
#include <vector>

#include "check.h"
#include "support/scratch.h"
#include "tests.h"

namespace posepublish_test
{

/* Nothing listens there. */
constexpr const char *kAway = "mqtt://127.0.0.1:9/home/door";

GstElement *new_sink(const std::vector<std::pair<std::string, std::string>> &values)
{
  GstElement *sink = gst_element_factory_make("posepublish", nullptr);
  fail_unless(sink != nullptr);
  for (const auto &[name, value] : values)
    gst_util_set_object_arg(G_OBJECT(sink), name.c_str(), value.c_str());
  return static_cast<GstElement *>(gst_object_ref_sink(sink));
}

/* Messages that wait on a bus keep their element, and an element keeps its bus. */
void release_bus(GstElement *sink, GstBus *bus)
{
  gst_bus_set_flushing(bus, TRUE);
  gst_element_set_bus(sink, nullptr);
  gst_object_unref(bus);
}

/* Starts the sink and returns the text of its error; empty if there is none. */
std::string start_error(const std::vector<std::pair<std::string, std::string>> &values)
{
  GstElement *sink = new_sink(values);
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(sink, bus);
  const bool started = gst_element_set_state(sink, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE;
  std::string text;
  int errors = 0;
  while (GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR)) {
    GError *error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    text = error->message;
    fail_unless(g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS) ||
                    g_error_matches(error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS),
        "%s", error->message);
    g_error_free(error);
    gst_message_unref(message);
    errors++;
  }
  fail_unless_equals_int(errors, started ? 0 : 1);
  gst_element_set_state(sink, GST_STATE_NULL);
  release_bus(sink, bus);
  gst_object_unref(sink);
  return text;
}

struct Stats {
  explicit Stats(GstElement *sink) { g_object_get(sink, "stats", &structure, nullptr); }
  ~Stats() { gst_structure_free(structure); }
  Stats(const Stats &) = delete;
  Stats &operator=(const Stats &) = delete;

  guint64 operator[](const char *field) const
  {
    guint64 value = 0;
    fail_unless(gst_structure_get_uint64(structure, field, &value), "%s", field);
    return value;
  }

  GstStructure *structure = nullptr;
};

GstBuffer *buffer_of(const std::string &text)
{
  return gst_buffer_new_memdup(text.data(), text.size());
}

/* A harness around a sink whose broker is away. */
GstHarness *new_harness(GstElement *sink)
{
  GstHarness *harness = gst_harness_new_with_element(sink, "sink", nullptr);
  gst_harness_set_src_caps_str(harness, "application/x-ndjson");
  gst_harness_play(harness);
  return harness;
}

GST_START_TEST(test_a_bad_location_fails_the_start)
{
  const struct {
    const char *location;
    const char *finding;
  } rows[] = {
      {"", "is not set"},
      {"home/door", "no scheme"},
      {"http://localhost/home/door", "no scheme"},
      {"mqtt://", "no host"},
      {"mqtt:///home/door", "no host"},
      {"mqtt://localhost", "less than two levels"},
      {"mqtt://localhost/door", "less than two levels"},
      {"mqtt://localhost:0/home/door", "port"},
      {"mqtt://localhost:65536/home/door", "port"},
      {"mqtt://localhost:x/home/door", "port"},
      {"mqtt://localhost:/home/door", "port"},
      {"mqtt://localhost/home//door", "empty level"},
      {"mqtt://localhost/home/+", "+, # or /"},
      {"mqtt://localhost/home/%23", "+, # or /"},
      {"mqtt://localhost/home/%2", "two hexadecimal digits"},
      {"mqtt://localhost/$SYS/door", "the broker's own"},
      {"mqtt://[::1/home/door", "[ without ]"},
  };
  for (const auto &row : rows) {
    const std::string text = start_error({{"location", row.location}});
    fail_unless(text.find(row.finding) != std::string::npos, "%s: %s", row.location, text.c_str());
    fail_unless(text.find("mqtt://HOST[:PORT]/PREFIX/CAMERA") != std::string::npos ||
                    text.find("mqtts://") != std::string::npos,
        "%s", text.c_str());
  }
}
GST_END_TEST

GST_START_TEST(test_credentials_in_the_location_are_refused_and_not_repeated)
{
  const std::string text = start_error({{"location", "mqtt://bob:hunter2@localhost/home/door"}});
  fail_unless(text.find("user part") != std::string::npos, "%s", text.c_str());
  fail_unless(text.find("hunter2") == std::string::npos && text.find("bob") == std::string::npos);
}
GST_END_TEST

GST_START_TEST(test_an_unusable_file_fails_the_start)
{
  const Scratch scratch;
  const std::string text_file = scratch.write("text", "hello\n");
  const std::string empty = scratch.write("empty", "");
  const std::string tls = "mqtts://localhost/home/door";
  const std::string missing = scratch.path("missing");
  const struct {
    std::vector<std::pair<std::string, std::string>> values;
    std::string names;
    const char *finding;
  } rows[] = {
      {{{"location", kAway}, {"username-file", missing}}, missing, "username-file"},
      {{{"location", kAway}, {"username", "u"}, {"password-file", missing}}, missing, "opened"},
      {{{"location", kAway}, {"username", "u"}, {"password-file", empty}}, empty, "empty"},
      {{{"location", kAway}, {"username", "u"}, {"password-file", scratch.path()}}, "",
          "cannot be read"},
      {{{"location", kAway}, {"password", "x"}}, "", "without username"},
      {{{"location", kAway}, {"username", "u"}, {"username-file", text_file}}, "", "Both"},
      {{{"location", tls}, {"ca-file", missing}}, missing, "ca-file"},
      {{{"location", tls}, {"ca-file", text_file}}, text_file, "certificates in PEM"},
      {{{"location", tls}, {"certificate-file", text_file}}, "", "expected both"},
      {{{"location", tls}, {"certificate-file", text_file}, {"key-file", text_file}}, text_file,
          "certificate-file"},
  };
  for (const auto &row : rows) {
    const std::string text = start_error(row.values);
    fail_unless(text.find(row.finding) != std::string::npos, "%s", text.c_str());
    fail_unless(text.find(row.names) != std::string::npos, "%s", text.c_str());
  }
}
GST_END_TEST

GST_START_TEST(test_a_broker_that_is_away_ends_nothing)
{
  GstElement *sink = new_sink({{"location", kAway}, {"queue-size", "3"}});
  GstHarness *harness = new_harness(sink);
  for (int i = 0; i < 20; i++)
    fail_unless_equals_int(gst_harness_push(harness, buffer_of("{\"people\":[]}\n")), GST_FLOW_OK);
  fail_unless(gst_harness_push_event(harness, gst_event_new_eos()));
  {
    const Stats stats(sink);
    fail_unless_equals_uint64(stats["lines"], 20);
    fail_unless_equals_uint64(stats["published"], 0);
    fail_unless_equals_uint64(
        stats["dropped"] + stats["undelivered"] + stats["queued"], stats["lines"]);
    fail_unless(stats["queued"] + stats["undelivered"] <= 3);
  }
  gst_harness_teardown(harness);
  gst_object_unref(sink);
}
GST_END_TEST

GST_START_TEST(test_an_outage_is_told_once)
{
  GstElement *sink = new_sink({{"location", kAway}});
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(sink, bus);
  GstHarness *harness = new_harness(sink);
  GstMessage *message = gst_bus_timed_pop_filtered(bus, 30 * GST_SECOND, GST_MESSAGE_ELEMENT);
  fail_unless(message != nullptr);
  const GstStructure *structure = gst_message_get_structure(message);
  fail_unless(gst_structure_has_name(structure, "posepublish-connection"));
  gboolean connected = TRUE;
  fail_unless(gst_structure_get_boolean(structure, "connected", &connected) && !connected);
  fail_unless_equals_string(gst_structure_get_string(structure, "address"), "mqtt://127.0.0.1:9");
  fail_unless(gst_structure_get_string(structure, "reason")[0] != '\0');
  gst_message_unref(message);
  message = gst_bus_timed_pop_filtered(bus, 30 * GST_SECOND, GST_MESSAGE_WARNING);
  fail_unless(message != nullptr);
  gst_message_unref(message);
  /* Several attempts later. */
  message = gst_bus_timed_pop_filtered(
      bus, 2 * GST_SECOND, GstMessageType(GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING));
  fail_unless(message == nullptr);
  gst_harness_teardown(harness);
  release_bus(sink, bus);
  gst_object_unref(sink);
}
GST_END_TEST

GST_START_TEST(test_lines_may_be_cut_anywhere)
{
  GstElement *sink = new_sink({{"location", kAway}, {"queue-size", "100"}});
  GstHarness *harness = new_harness(sink);
  const std::string lines = "{\"people\":[]}\n\n{\"people\":[]}\r\n{\"people\":[]}";
  for (const char c : lines)
    fail_unless_equals_int(gst_harness_push(harness, buffer_of(std::string(1, c))), GST_FLOW_OK);
  fail_unless_equals_uint64(Stats(sink)["lines"], 2);
  fail_unless(gst_harness_push_event(harness, gst_event_new_eos()));
  fail_unless_equals_uint64(Stats(sink)["lines"], 3);
  gst_harness_teardown(harness);
  gst_object_unref(sink);
}
GST_END_TEST

GST_START_TEST(test_a_password_cannot_be_read)
{
  GstElement *sink = new_sink({{"password", "hunter2"}});
  const GParamSpec *spec = g_object_class_find_property(G_OBJECT_GET_CLASS(sink), "password");
  fail_unless(spec != nullptr && (spec->flags & G_PARAM_READABLE) == 0);
  gst_object_unref(sink);
}
GST_END_TEST

GST_START_TEST(test_a_camera_is_published_once)
{
  GstElement *door = new_sink({{"location", kAway}});
  fail_unless(gst_element_set_state(door, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  const std::string twice = start_error({{"location", kAway}});
  fail_unless(twice.find("twice") != std::string::npos, "%s", twice.c_str());
  const std::string other = start_error({{"location", "mqtt://127.0.0.1:9/home/yard"}});
  fail_unless(other.empty(), "%s", other.c_str());
  gst_element_set_state(door, GST_STATE_NULL);
  const std::string again = start_error({{"location", kAway}});
  fail_unless(again.empty(), "%s", again.c_str());
  gst_object_unref(door);
}
GST_END_TEST

GST_START_TEST(test_properties_read_as_those_in_use)
{
  GstElement *sink = new_sink({{"location", kAway}, {"queue-size", "7"}});
  fail_unless(gst_element_set_state(sink, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  guint size = 0;
  g_object_set(sink, "queue-size", 9U, nullptr);
  g_object_get(sink, "queue-size", &size, nullptr);
  fail_unless_equals_int(size, 7);
  gst_element_set_state(sink, GST_STATE_NULL);
  g_object_get(sink, "queue-size", &size, nullptr);
  fail_unless_equals_int(size, 9);
  gst_object_unref(sink);
}
GST_END_TEST

GST_START_TEST(test_states_change_a_hundred_times)
{
  GstElement *sink = new_sink({{"location", kAway}});
  for (int i = 0; i < 100; i++) {
    fail_unless(gst_element_set_state(sink, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    gst_element_set_state(sink, GST_STATE_NULL);
  }
  gst_object_unref(sink);
}
GST_END_TEST

static Suite *posepublish_suite()
{
  Suite *suite = suite_create("posepublish");
  TCase *tcase = tcase_create("general");
  suite_add_tcase(suite, tcase);
  tcase_add_test(tcase, test_a_bad_location_fails_the_start);
  tcase_add_test(tcase, test_credentials_in_the_location_are_refused_and_not_repeated);
  tcase_add_test(tcase, test_an_unusable_file_fails_the_start);
  tcase_add_test(tcase, test_a_broker_that_is_away_ends_nothing);
  tcase_add_test(tcase, test_an_outage_is_told_once);
  tcase_add_test(tcase, test_lines_may_be_cut_anywhere);
  tcase_add_test(tcase, test_a_password_cannot_be_read);
  tcase_add_test(tcase, test_a_camera_is_published_once);
  tcase_add_test(tcase, test_properties_read_as_those_in_use);
  tcase_add_test(tcase, test_states_change_a_hundred_times);
  return suite;
}

const Tests kTests{"posepublish", posepublish_suite};

} // namespace posepublish_test
