// SPDX-License-Identifier: LGPL-2.1-or-later
// Events and queries go as docs/neighbours.md says.
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tables.h"
#include "tests.h"

namespace neighbours_test
{

using namespace tables;
using overlay::caps_of;

GstEvent *new_event(GstEventType type)
{
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  switch (type) {
  case GST_EVENT_STREAM_START:
    return gst_event_new_stream_start("another");
  case GST_EVENT_CAPS: {
    GstCaps *caps = gst_caps_from_string(caps_of("GRAY8", 320).c_str());
    GstEvent *event = gst_event_new_caps(caps);
    gst_caps_unref(caps);
    return event;
  }
  case GST_EVENT_SEGMENT:
    segment.base = GST_SECOND;
    return gst_event_new_segment(&segment);
  case GST_EVENT_TAG:
    return gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "title", nullptr));
  case GST_EVENT_GAP:
    return gst_event_new_gap(0, GST_SECOND);
  case GST_EVENT_FLUSH_STOP:
    return gst_event_new_flush_stop(TRUE);
  case GST_EVENT_SEGMENT_DONE:
    return gst_event_new_segment_done(GST_FORMAT_TIME, 0);
  case GST_EVENT_SEEK:
    return gst_event_new_seek(
        1., GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, -1);
  case GST_EVENT_STEP:
    return gst_event_new_step(GST_FORMAT_BUFFERS, 1, 1., TRUE, FALSE);
  case GST_EVENT_QOS:
    return gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1., 0, 0);
  case GST_EVENT_LATENCY:
    return gst_event_new_latency(GST_SECOND);
  case GST_EVENT_NAVIGATION:
    return gst_event_new_navigation(gst_structure_new_empty("application/x-gst-navigation"));
  default:
    return gst_event_new_custom(type, gst_structure_new_empty("test"));
  }
}

std::optional<GstEventType> event_type(const std::string &name)
{
  for (const GstEventType type : {GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT,
           GST_EVENT_TAG, GST_EVENT_GAP, GST_EVENT_FLUSH_START, GST_EVENT_FLUSH_STOP,
           GST_EVENT_SEGMENT_DONE, GST_EVENT_EOS, GST_EVENT_CUSTOM_DOWNSTREAM, GST_EVENT_SEEK,
           GST_EVENT_STEP, GST_EVENT_QOS, GST_EVENT_LATENCY, GST_EVENT_RECONFIGURE,
           GST_EVENT_NAVIGATION, GST_EVENT_CUSTOM_UPSTREAM})
    if (name == gst_event_type_get_name(type))
      return type;
  ck_abort_msg("no event is called %s", name.c_str());
  return std::nullopt;
}

/* "forwarded", "replaced" or "ends". */
std::string fate(GstEvent *sent, const std::function<GstEvent *()> &pull)
{
  std::string found = "ends";
  while (GstEvent *event = pull()) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_TYPE(sent)) {
      found = "forwarded";
      if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
        GstCaps *caps = nullptr;
        GstCaps *sent_caps = nullptr;
        gst_event_parse_caps(event, &caps);
        gst_event_parse_caps(sent, &sent_caps);
        found = gst_caps_is_equal(caps, sent_caps) ? "forwarded" : "replaced";
      }
    }
    gst_event_unref(event);
  }
  gst_event_unref(sent);
  return found;
}

std::string downstream_event(const std::string &element, const std::string &name)
{
  Playing playing(element);
  const GstEventType type = *event_type(name);
  if (element == "posejson" && type == GST_EVENT_CAPS) {
    GstCaps *caps = gst_pad_get_current_caps(playing.harness()->sinkpad);
    const bool lines =
        gst_structure_has_name(gst_caps_get_structure(caps, 0), "application/x-ndjson");
    gst_caps_unref(caps);
    return lines ? "replaced" : "forwarded";
  }
  GstEvent *event = type == GST_EVENT_FLUSH_START ? gst_event_new_flush_start()
                    : type == GST_EVENT_EOS       ? gst_event_new_eos()
                                                  : new_event(type);
  if (type == GST_EVENT_FLUSH_STOP)
    gst_pad_push_event(playing.harness()->srcpad, gst_event_new_flush_start());
  gst_pad_push_event(playing.harness()->srcpad, gst_event_ref(event));
  return fate(event, [&] { return gst_harness_try_pull_event(playing.harness()); });
}

std::string upstream_event(const std::string &element, const std::string &name)
{
  Playing playing(element);
  const GstEventType type = *event_type(name);
  GstEvent *event = type == GST_EVENT_RECONFIGURE ? gst_event_new_reconfigure() : new_event(type);
  gst_harness_push_upstream_event(playing.harness(), gst_event_ref(event));
  return fate(event, [&] { return gst_harness_try_pull_upstream_event(playing.harness()); });
}

GstQuery *new_query(const std::string &name)
{
  const bool allocates = name == "allocation";
  if (allocates || name == "accept-caps") {
    GstCaps *caps = gst_caps_from_string(caps_of("GRAY8").c_str());
    GstQuery *query =
        allocates ? gst_query_new_allocation(caps, TRUE) : gst_query_new_accept_caps(caps);
    gst_caps_unref(caps);
    return query;
  }
  const std::map<std::string, std::function<GstQuery *()>> makers = {
      {"latency", [] { return gst_query_new_latency(); }},
      {"position", [] { return gst_query_new_position(GST_FORMAT_TIME); }},
      {"duration", [] { return gst_query_new_duration(GST_FORMAT_TIME); }},
      {"seeking", [] { return gst_query_new_seeking(GST_FORMAT_TIME); }},
      {"segment", [] { return gst_query_new_segment(GST_FORMAT_TIME); }},
      {"custom",
          [] { return gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty("test")); }},
      {"caps", [] { return gst_query_new_caps(nullptr); }},
      {"drain", [] { return gst_query_new_drain(); }},
  };
  const auto maker = makers.find(name);
  fail_unless(maker != makers.end(), "no query is called %s", name.c_str());
  return maker->second();
}

struct Seen {
  GstQueryType type;
  bool seen;
};

GstPadProbeReturn on_query(GstPad *, GstPadProbeInfo *info, gpointer data)
{
  auto *seen = static_cast<Seen *>(data);
  if (GST_QUERY_TYPE(GST_PAD_PROBE_INFO_QUERY(info)) == seen->type)
    seen->seen = true;
  return GST_PAD_PROBE_OK;
}

/* "forwarded", "answered" or "refused". */
std::string query_fate(const std::string &element, const std::string &name, bool from_upstream)
{
  Playing playing(element);
  GstHarness *harness = playing.harness();
  GstQuery *query = new_query(name);
  Seen seen{GST_QUERY_TYPE(query), false};
  GstPad *from = from_upstream ? harness->srcpad : harness->sinkpad;
  GstPad *to = from_upstream ? harness->sinkpad : harness->srcpad;
  gst_pad_add_probe(to, GST_PAD_PROBE_TYPE_QUERY_BOTH, on_query, &seen, nullptr);
  const bool answered = gst_pad_peer_query(from, query);
  gst_query_unref(query);
  return seen.seen ? "forwarded" : answered ? "answered" : "refused";
}

GST_START_TEST(events_from_upstream_go_as_documented)
{
  check("Events from upstream", downstream_event);
}
GST_END_TEST

GST_START_TEST(events_from_downstream_go_as_documented)
{
  check("Events from downstream", upstream_event);
}
GST_END_TEST

GST_START_TEST(queries_are_answered_as_documented)
{
  check("Queries from downstream", [](const std::string &element, const std::string &name) {
    return query_fate(element, name, false);
  });
  check("Queries from upstream", [](const std::string &element, const std::string &name) {
    return query_fate(element, name, true);
  });
}
GST_END_TEST

static Suite *neighbours_suite()
{
  Suite *suite = suite_create("neighbours");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, events_from_upstream_go_as_documented);
  tcase_add_test(cases, events_from_downstream_go_as_documented);
  tcase_add_test(cases, queries_are_answered_as_documented);
  return suite;
}

const Tests kTests{"neighbours", neighbours_suite};

} // namespace neighbours_test
