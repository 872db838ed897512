// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>

#include <gtest/gtest.h>

#include "gst/common/glue.h"
#include "gst/poseestimate/downstream.h"

namespace downstream_test
{

/* Whether what leaves an element before `rest` is shown in time. */
bool is_shown(const std::string &rest)
{
  gst_init(nullptr, nullptr);
  GError *error = nullptr;
  const glue::Owned<GstElement, gst_object_unref> pipeline(
      gst_parse_launch(("fakesrc ! identity name=here " + rest).c_str(), &error));
  EXPECT_EQ(error, nullptr) << error->message;
  const glue::Owned<GstElement, gst_object_unref> here(
      gst_bin_get_by_name(GST_BIN(pipeline.get()), "here"));
  const glue::Owned<GstPad, gst_object_unref> pad(gst_element_get_static_pad(here.get(), "src"));
  return is_shown_in_time(pad.get());
}

const std::string kShown = " ! fakesink sync=true qos=true ";

TEST(Downstream, IsShownWhereASinkKeepsTimeAndDropsWhatIsLate)
{
  EXPECT_TRUE(is_shown(kShown));
  EXPECT_FALSE(is_shown("! fakesink sync=false qos=true"));
  EXPECT_FALSE(is_shown("! fakesink sync=true qos=false"));
  EXPECT_FALSE(is_shown("")) << "nothing is linked";
  EXPECT_FALSE(is_shown("! identity"));
}

TEST(Downstream, LooksThroughQueuesBinsAndTees)
{
  EXPECT_TRUE(is_shown("! queue ! ( identity ! queue )" + kShown));
  EXPECT_TRUE(is_shown("! tee name=t  t. ! queue ! fakesink  t. ! queue" + kShown));
  EXPECT_FALSE(is_shown("! tee name=t  t. ! queue ! fakesink  t. ! queue ! fakesink"));
}

} // namespace downstream_test
