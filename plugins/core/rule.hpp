// A static model in a few words of TOML: what its indicators must say for it to apply.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// 1: every indicator of `low` is below 0 and every one of `high` above 0; 0: some is not; none: one of them has no value.
struct rule : binary_target {
  static constexpr std::array<auspex_str, 4> lives{str("any"), str("upcoming"), str("running"), str("finished")};
  static constexpr std::string_view id = "core/rule";
  static constexpr std::string_view name = "Rule";
  static constexpr std::string_view description =
      "Whether all indicators of one list are low (below 0) and all of another high (above 0); nothing is learnt.";
  static constexpr bool is_static = true;
  static constexpr std::array<std::string_view, 2> class_names{"does not apply", "applies"};
  static constexpr std::array parameters{
      text_parameter("analyser", "id of the analyser whose samples are looked at"),
      list_of(text_parameter("low", "columns of indicators that must be below 0", "[]")),
      list_of(text_parameter("high", "columns of indicators that must be above 0", "[]")),
      text_parameter("life", "which analysables: upcoming ones start later, finished ones have ended, running ones neither",
                     "\"any\"", lives)};

  explicit rule(const arguments& a)
      : analyser_(a.text("analyser")), low_(a.texts("low")), high_(a.texts("high")), life_(a.text("life")) {
    for (const auto* columns : {&low_, &high_}) {
      for (const auto& column : *columns) columns_.push_back(str(column));
    }
    const auto slash = analyser_.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == analyser_.size() ||
        analyser_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_/") != std::string::npos) {
      throw std::invalid_argument("analyser: '" + analyser_ + "' is no id of a component, such as core/courses");
    }
    if (columns_.empty()) throw std::invalid_argument("low, high: at least one indicator is needed");
  }

  /// What makes this target differ from instance to instance.
  [[nodiscard]] std::string_view analyser_id() const { return analyser_; }
  [[nodiscard]] std::span<const auspex_str> columns() const { return columns_; }

  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    if (life_ == "any") return std::nullopt;
    const auto start = f.analysable_start(), end = f.analysable_end();
    if (!start) return reason{"no_start_time", {}};
    const bool upcoming = *start > f.end(), finished = end && *end <= f.end();
    if (life_ == "upcoming") return upcoming ? std::nullopt : std::optional(reason{"already_started", {}});
    if (upcoming) return reason{"not_yet_started", {}};
    if (life_ == "finished") return finished ? std::nullopt : std::optional(reason{"not_yet_finished", {}});
    return finished ? std::optional(reason{"already_finished", {}}) : std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    bool applies = true;
    for (const auto& column : low_) {
      const double value = s.indicator(column);
      if (std::isnan(value)) return std::nullopt;
      applies = applies && value < 0;
    }
    for (const auto& column : high_) {
      const double value = s.indicator(column);
      if (std::isnan(value)) return std::nullopt;
      applies = applies && value > 0;
    }
    return applies ? 1 : 0;
  }

 private:
  std::string analyser_;
  std::vector<std::string> low_, high_;
  std::vector<auspex_str> columns_;
  std::string life_;
};

}  // namespace auspex::core
