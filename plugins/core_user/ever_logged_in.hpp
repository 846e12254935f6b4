// Whether somebody has ever been here.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core_user {

struct ever_logged_in : binary_indicator {
  static constexpr std::string_view id = "core_user/ever_logged_in";
  static constexpr std::string_view name = "Ever logged in";
  static constexpr std::string_view description = "1 where the user has accessed the site by the end of the range, else -1.";
  static constexpr entities needs = user;

  const read_handle account = reads(table("users").columns({"first_access"}).of_sample().until_end());

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto r = s.rows(account);
    return !r.empty() && !r.missing(0, 0);
  }
};

}  // namespace auspex::core_user
