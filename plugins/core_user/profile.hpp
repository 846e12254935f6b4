// What a user's profile says: Moodle's indicators of the component core_user.
#pragma once

#include <algorithm>

#include <auspex/sdk.hpp>

namespace auspex::core_user {

/// -1 and 1 for a description, 1 for a picture, 0.2 for each of institution, department, address, city and country that is filled
/// in, at most 1. -1 for an account that is not confirmed or of which something is asked before it may be used.
/// Moodle's defect, under compatibility only: its test of the picture always holds, so the 1 is given to all.
struct user_profile_set : linear_indicator {
  static constexpr std::string_view id = "core_user/user_profile_set";
  static constexpr std::string_view name = "Profile set";
  static constexpr std::string_view description =
      "How much of the user's profile is filled in: -1 nothing, 1 all; none where the source does not say.";
  static constexpr entities needs = user;

  explicit user_profile_set(const arguments& a) : moodle_(a.moodle()) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const auto r = s.rows(profile);
    if (r.empty() || r.missing(has_description, 0)) return std::nullopt;
    if (r.is(awaits_action, 0) || !r.is(confirmed, 0, true)) return -1;
    double value = -1;
    if (r.is(has_description, 0)) value += 1;
    if (moodle_ || r.is(has_picture, 0)) value += 1;
    value += 0.2 * double(r.integer(fields, 0).value_or(0));
    return std::clamp(value, -1.0, 1.0);
  }

 private:
  enum column : std::size_t { confirmed, awaits_action, has_description, has_picture, fields };
  const read_handle profile =
      reads(table("users")
                .columns({"confirmed", "awaits_action", "has_description", "has_picture", "profile_fields"})
                .of_sample()
                .until_end());
  bool moodle_;
};

struct user_track_forums : binary_indicator {
  static constexpr std::string_view id = "core_user/user_track_forums";
  static constexpr std::string_view name = "Forum tracking";
  static constexpr std::string_view description =
      "1 where the user has unread posts of forums marked, else -1; none where the source does not say.";
  static constexpr entities needs = user;

  const read_handle profile = reads(table("users").columns({"tracks_forums"}).of_sample().until_end());

  [[nodiscard]] std::optional<bool> calculate(const sample& s) const {
    const auto r = s.rows(profile);
    if (r.empty() || r.missing(0, 0)) return std::nullopt;
    return r.is(0, 0);
  }
};

}  // namespace auspex::core_user
