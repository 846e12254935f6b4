// The users themselves.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core {

/// Every user who can log in, from the creation of the account: none that is deleted, suspended or not confirmed, no
/// administrator and no guest. A user has no end; under compatibility it is Moodle's latest time.
struct users : analyser {
  static constexpr std::string_view id = "core/users";
  static constexpr std::string_view name = "Users";
  static constexpr std::string_view description =
      "Analyses users, each its own one sample; administrators, guests and accounts out of use are left out.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_USER, sample_entity = AUSPEX_ENTITY_USER;
  static constexpr entities provides = user;
  static constexpr bool one_sample_per_analysable = true;
  static constexpr time latest_time = 9999999999;

  explicit users(const arguments& a) : moodle_(a.moodle()) {}

  void analysables(const frame& f, auto add) const {
    const auto r = f.all(accounts);
    for (std::size_t i = 0; i < r.size(); ++i) {
      const auto created = r.integer(created_at, i);
      const bool unusable = r.is(deleted, i) || r.is(suspended, i) || !r.is(confirmed, i, true);
      if (unusable || r.is(guest, i) || r.is(administrator, i) || (created && *created > f.known_by())) continue;
      add(analysable{r.integers(user_id)[i], created, moodle_ ? std::optional(latest_time) : std::nullopt});
    }
  }

  void samples(const frame& f, auto add) const { add({f.analysable_key()}); }

 private:
  enum column : std::size_t { user_id, created_at, deleted, suspended, confirmed, guest, administrator };
  const read_handle accounts =
      reads_listing(table("users")
                        .columns({"user_id", "created_at", "deleted", "suspended", "confirmed", "guest", "administrator"})
                        .of_analysable()
                        .in_history());
  bool moodle_;
};

}  // namespace auspex::core
