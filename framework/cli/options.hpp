// The words and options of a command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/session.hpp"

namespace auspex::cli {

struct Arguments {
  std::vector<std::string> words;       ///< everything that is no option
  runtime::Options session;
  bool json = false;
  bool help = false;
  bool version = false;
  bool again = false;
  bool alone = false;
  bool quick = false;
  bool card = false;
  int reasons = 0;
  bool ignore_versions = false;
  bool without_weights = false;
  std::optional<std::string> from, to, per, out, format, purpose, dataset, against, id, time_splitting, moodle_compat;
  std::optional<std::string> parameters, key_file, licence, config, report;
  std::optional<std::string> start, end, first_analysis;
  std::optional<int> level;
  std::optional<std::uint64_t> seed;
  std::optional<double> seconds;
  std::vector<std::string> only, skip, sources;
  std::optional<std::string> junit;
  std::vector<std::string> set;
  std::vector<std::string> given;       ///< names of the options that were given
};

/// Throws Error(usage) for an unknown option (with the nearest), a missing or a wrong value.
[[nodiscard]] Arguments parse(int argc, const char* const* argv);

/// One line an option, for --help.
[[nodiscard]] std::string option_help(const std::vector<std::string>& names);

/// Options that every command takes.
[[nodiscard]] const std::vector<std::string>& common_options();

}  // namespace auspex::cli
