// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "publish/settings_files.h"
#include "support/scratch.h"

namespace settings_files_test
{

using pose::publish::Credentials;
using pose::publish::read_credentials;
using pose::publish::read_secret;
using pose::publish::Settings;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

template <class Function>
std::string error_of(Function function)
{
  try {
    function();
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::BadSetting);
    return error.what();
  }
  return "no error";
}

TEST(SettingsFiles, TakesTheFirstLineWithoutItsEnding)
{
  const Scratch scratch;
  for (const char *text : {"secret", "secret\n", "secret\r\n", "secret\nsecond line\n"})
    EXPECT_EQ(read_secret(scratch.write("file", text), "password-file"), "secret");
  EXPECT_EQ(read_secret(scratch.write("file", " a b \t\n"), "password-file"), " a b \t");
  EXPECT_EQ(read_secret(scratch.write("file", "\xc3\xa4\rb\n"), "password-file"), "\xc3\xa4\rb");
}

TEST(SettingsFiles, NamesTheFileThatCannotBeUsed)
{
  const Scratch scratch;
  const auto error = [&](const std::string &file) {
    return error_of([&] { read_secret(file, "password-file"); });
  };
  EXPECT_THAT(error("/no/such/file"),
      AllOf(HasSubstr("password-file \"/no/such/file\""), HasSubstr("No such file")));
  EXPECT_THAT(error(scratch.path()), HasSubstr("cannot be read"));
  for (const char *text : {"", "\n", "\r\n", "\nsecret\n"})
    EXPECT_THAT(error(scratch.write("file", text)),
        AllOf(HasSubstr("empty first line"), Not(HasSubstr("secret"))));
  EXPECT_THAT(error(scratch.write("file", std::string("sec\0ret", 7))),
      AllOf(HasSubstr("zero byte"), Not(HasSubstr("sec"))));
}

TEST(SettingsFiles, BoundsTheLine)
{
  const Scratch scratch;
  const std::string most(64U << 10, 's');
  EXPECT_EQ(read_secret(scratch.write("file", most + "\n"), "password-file"), most);
  const std::string longer = scratch.write("file", most + "s");
  EXPECT_THAT(error_of([&] { read_secret(longer, "password-file"); }), HasSubstr("64 KiB"));
  EXPECT_THAT(error_of([&] { read_secret("/dev/zero", "password-file"); }), HasSubstr("64 KiB"));
}

TEST(SettingsFiles, TakesCredentialsFromTextsOrFiles)
{
  const Scratch scratch;
  Settings settings;
  Credentials credentials = read_credentials(settings);
  EXPECT_FALSE(credentials.username || credentials.password);
  settings.username = "camera";
  credentials = read_credentials(settings);
  EXPECT_EQ(credentials.username, "camera");
  EXPECT_FALSE(credentials.password);
  settings.password_file = scratch.write("secret", "first\n");
  EXPECT_EQ(read_credentials(settings).password, "first");
  scratch.write("secret", "second\n");
  EXPECT_EQ(read_credentials(settings).password, "second");
}

TEST(SettingsFiles, RefusesCredentialsThatContradict)
{
  const Scratch scratch;
  Settings settings;
  settings.password = "hunter2";
  EXPECT_THAT(error_of([&] { read_credentials(settings); }),
      AllOf(HasSubstr("without username"), Not(HasSubstr("hunter2"))));
  settings.username = "camera";
  settings.password_file = scratch.write("secret", "hunter3\n");
  EXPECT_THAT(error_of([&] { read_credentials(settings); }),
      AllOf(HasSubstr("password"), HasSubstr("password-file"), Not(HasSubstr("hunter"))));
  settings.password.clear();
  settings.username_file = scratch.write("user", "door\n");
  EXPECT_THAT(error_of([&] { read_credentials(settings); }),
      AllOf(HasSubstr("username-file"), Not(HasSubstr("door"))));
}

} // namespace settings_files_test
