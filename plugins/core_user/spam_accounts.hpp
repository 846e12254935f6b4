// Accounts that were made to spam.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core_user {

/// Every account of a person, in use or not, from its creation on: what core/users leaves out because it was suspended or deleted
/// is what there is to learn from.
struct accounts : analyser {
  static constexpr std::string_view id = "core_user/accounts";
  static constexpr std::string_view name = "Accounts";
  static constexpr std::string_view description =
      "Analyses accounts, each its own one sample, suspended and deleted ones too; administrators and guests are left out.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_USER, sample_entity = AUSPEX_ENTITY_USER;
  static constexpr entities provides = user;
  static constexpr bool one_sample_per_analysable = true;

  const read_handle users = reads_listing(
      table("users").columns({"user_id", "created_at", "guest", "administrator"}).of_analysable().in_history());

  void analysables(const frame& f, auto add) const {
    const auto r = f.all(users);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!r.is(2, i) && !r.is(3, i)) add(analysable{r.integers(0)[i], r.integer(1, i), std::nullopt});
    }
  }

  void samples(const frame& f, auto add) const { add({f.analysable_key()}); }
};

/// 1: the account was suspended or deleted. Learnt from accounts older than `settled_after` days, when it has shown; predicted for
/// those in use.
struct spam_accounts : binary_target {
  static constexpr std::string_view id = "core_user/spam_accounts";
  static constexpr std::string_view name = "Spam accounts";
  static constexpr std::string_view description = "Whether an account ends up suspended or deleted, as those of spammers do.";
  static constexpr std::string_view analyser = accounts::id;
  static constexpr entities needs = user;
  static constexpr std::array<std::string_view, 2> class_names{"genuine", "spam"};
  static constexpr std::array parameters{
      integer_parameter("settled_after", "days after which an account is taken to be what it is", "2", 0)};

  explicit spam_accounts(const arguments& a) : settled_after_(a.integer("settled_after") * day) {}

  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    const auto start = f.analysable_start();
    if (!start) return reason{"no_start_time", {}};
    if (*start > f.end()) return reason{"not_yet_created", {}};
    if (f.for_training()) return *start + settled_after_ <= f.end() ? std::nullopt : std::optional(reason{"account_too_new", {}});
    if (out_of_use(f.all(checked_))) return reason{"account_out_of_use", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const { return out_of_use(s.rows(account_)) ? 1 : 0; }

 private:
  static bool out_of_use(const rows& account) { return !account.empty() && (account.is(0, 0) || account.is(1, 0)); }

  time settled_after_;
  const read_handle checked_ = reads_analysable(table("users").columns({"suspended", "deleted"}).of_analysable().in_history());
  const read_handle account_ = reads_labels(table("users").columns({"suspended", "deleted"}).of_sample().in_history());
};

}  // namespace auspex::core_user
