// Whether somebody has ever been here, and how much they wrote.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core_user {

struct ever_logged_in : binary_indicator {
  static constexpr std::string_view id = "core_user/ever_logged_in";
  static constexpr std::string_view name = "Ever logged in";
  static constexpr std::string_view description =
      "1 where the user has accessed the site or done anything there by the end of the range, else -1.";
  static constexpr entities needs = user;

  const read_handle account = reads(table("users").columns({"first_access"}).of_sample().until_end());
  const read_handle events = reads(table("events").columns({"time"}).of_sample().until_end());

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto r = s.rows(account);
    return (!r.empty() && !r.missing(0, 0)) || !s.rows(events).empty();
  }
};

/// n things created or changed in the range: (n - typical) / (n + typical).
struct write_actions : linear_indicator {
  static constexpr std::string_view id = "core_user/write_actions";
  static constexpr std::string_view name = "Write actions";
  static constexpr std::string_view description =
      "With n things that the user created or changed in the range, anywhere: (n - typical) / (n + typical).";
  static constexpr entities needs = user;
  static constexpr std::array parameters{real_parameter("typical", "how many are neither few nor many", "10", 1)};

  explicit write_actions(const arguments& a) : typical_(a.real("typical")) {}

  [[nodiscard]] double calculate(const sample& s) const {
    const auto n = double(s.rows(writes).size());
    return (n - typical_) / (n + typical_);
  }

  const read_handle writes = reads(table("events").columns({"time"}).where("crud", {"c", "u"}).of_sample().in_range());

 private:
  double typical_;
};

}  // namespace auspex::core_user
