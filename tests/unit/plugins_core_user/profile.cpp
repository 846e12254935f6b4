#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core_user/profile.hpp"
#include "plugins/core_user/upcoming_activities_due.hpp"
#include "unit/support/moodle_cases.hpp"

namespace testing = auspex::testing;

namespace {

using namespace auspex::core_user;

/// The values for one user, by default and under compatibility.
template <class C>
std::vector<double> values(testing::row profile) {
  testing::campus campus;
  profile["user_id"] = 1;
  campus.add("users", {{"user_id", 2}, {"confirmed", true}, {"has_description", true}, {"profile_fields", 5}, {"tracks_forums", true}});
  campus.add("users", profile);
  testing::component<C> indicator, moodle({}, "moodle 4.4");
  const testing::situation situation{.range_start = 0, .range_end = 100, .samples = {{.user = 1}}};
  return {indicator.calculate(campus, situation).at(0), moodle.calculate(campus, situation).at(0)};
}

testing::row profile(bool description, bool picture, int fields) {
  return {{"confirmed", true}, {"awaits_action", false}, {"has_description", description}, {"has_picture", picture},
          {"profile_fields", fields}};
}

testing::row changed(testing::row row, const std::string& column, testing::value value) {
  row[column] = std::move(value);
  return row;
}

using Values = std::vector<double>;

}  // namespace

TEST_CASE("user_profile_set gives Moodle's values", "[core_user]") {
  int compared = 0;
  for (const auto& one : moodle_cases("indicator")) {
    const auto& in = one.at("inputs");
    if (in.value("indicator", "") != "user_profile_set") continue;
    INFO(one.at("name"));
    const auto& user = in.at("user");
    int fields = 0;
    for (const auto* field : {"institution", "department", "address", "city", "country"}) fields += user.at(field) != "";
    const std::string picture = user.at("picture");
    auto row = profile(user.at("description") != "", !picture.empty() && picture != "0", fields);
    row["confirmed"] = user.at("confirmed") == 1;
    row["awaits_action"] = user.value("await", 0) == 1;
    // Moodle stores "no picture" as 0; only a picture that is no text at all counts as none there.
    const auto got = values<user_profile_set>(row);
    CHECK(got[picture.empty() ? 0 : 1] == Approx(one.at("expected").get<double>()));
    ++compared;
  }
  CHECK(compared == 7);
}

TEST_CASE("upcoming_activities_due decides as Moodle's", "[core_user]") {
  int compared = 0;
  testing::component<upcoming_activities_due> target;
  const auto label = [&](double due) {
    testing::situation situation{.range_start = 0, .range_end = 100, .samples = {{.user = 1}}};
    situation.indicators = {{"core_course/activities_due", {due}}};
    return target.label({}, situation).at(0);
  };
  for (const auto& one : moodle_cases("target_calculation")) {
    const auto& in = one.at("inputs");
    if (!in.contains("activities_due")) continue;
    CHECK(label(in.at("activities_due")) == one.at("expected").get<double>());
    ++compared;
  }
  CHECK(compared == 2);
  CHECK(std::isnan(label(auspex::none)));
}

TEST_CASE("user_profile_set: Moodle gives the picture's share to all", "[core_user]") {
  CHECK(values<user_profile_set>(profile(false, false, 0)) == Values{-1, 0});
  CHECK(values<user_profile_set>(profile(false, true, 0)) == Values{0, 0});
  CHECK(values<user_profile_set>(profile(true, false, 0)) == Values{0, 1});
  CHECK(values<user_profile_set>(profile(true, true, 0)) == Values{1, 1});
  CHECK(values<user_profile_set>(profile(true, true, 5)) == Values{1, 1});
  const auto two = values<user_profile_set>(profile(false, false, 2));
  CHECK(two[0] == Approx(-0.6));
  CHECK(two[1] == Approx(0.4));
  CHECK(values<user_profile_set>(profile(false, false, 5)) == Values{0, 1});
}

TEST_CASE("user_profile_set: accounts that cannot be used yet", "[core_user]") {
  CHECK(values<user_profile_set>(changed(profile(true, true, 5), "awaits_action", true)) == Values{-1, -1});
  CHECK(values<user_profile_set>(changed(profile(true, true, 5), "confirmed", false)) == Values{-1, -1});
}

TEST_CASE("user_profile_set: none where the source does not say", "[core_user]") {
  const auto unknown = values<user_profile_set>({{"created_at", 5}});
  CHECK(std::isnan(unknown[0]));
  CHECK(std::isnan(unknown[1]));
}

TEST_CASE("user_track_forums", "[core_user]") {
  CHECK(values<user_track_forums>({{"tracks_forums", true}}) == Values{1, 1});
  CHECK(values<user_track_forums>({{"tracks_forums", false}}) == Values{-1, -1});
  CHECK(std::isnan(values<user_track_forums>({{"created_at", 5}})[0]));
}
