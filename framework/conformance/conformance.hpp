// Whether a plugin keeps the contract: checks with stable ids, each in a child process with a time limit.
//
// The checks make their own data: seeded tables with what a component declares it reads. Where the host would clamp a wrong
// value or cut off a row, the frames are hostile: rows beyond the bounds, columns beyond those declared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace auspex::conformance {

enum class Outcome { passed, failed, crashed, skipped, warning };

/// "passed", "failed", "crashed", "skipped", "warning".
[[nodiscard]] std::string outcome_name(Outcome outcome);

/// What a check is, whatever it finds.
struct CheckInfo {
  std::string id;
  int level = 1;                   ///< 1 scan, 2 contract, 3 behaviour, 4 robustness, 5 stress
  std::string rule;                ///< an anchor in sdk/docs/rules.md
  std::vector<std::string> kinds;  ///< of the components that it is for; empty: it is for the plugin as a whole
  std::string summary;
};

/// All of them, in the order they are run in.
[[nodiscard]] std::vector<CheckInfo> all_checks();

struct Result {
  std::string check;
  std::string component;  ///< empty: the plugin as a whole
  Outcome outcome = Outcome::passed;
  std::string message;  ///< what was found, or why it was skipped; empty where it passed
  std::string rule;     ///< of the check
  double seconds = 0;
};

/// What is known of a table's columns, so that the data made for a check has the right types.
struct TableInfo {
  struct Column {
    int type = 0;                         ///< AUSPEX_TYPE_*
    bool required = false;                ///< never missing
    std::vector<std::string> words = {};  ///< texts of the form that the column has; empty = any words
  };
  std::map<std::string, Column> columns;
  std::string time;              ///< the column that windows apply to, or ""
  std::vector<std::string> key;  ///< unique together, or empty
};
using Tables = std::map<std::string, TableInfo>;

struct Options {
  std::filesystem::path file;
  std::filesystem::path program;  ///< run as `PROGRAM --probe-plugin FILE`
  int level = 3;                  ///< checks up to this level
  std::uint64_t seed = 1;         ///< of all that is made at random
  double seconds = 10;            ///< a check that takes longer has failed; checks of level 5 have six times as long
  std::vector<std::string> only;  ///< ids of checks; empty = all
  std::map<std::string, std::string> skip;                             ///< id of a check: why it is not run
  nlohmann::json parameters;                                           ///< an object: id of a component: its parameters
  Tables tables;                                                       ///< columns of other tables get a type by their names
  std::function<void(const std::string& step, double done)> progress;  ///< may be empty
};

struct Component {
  std::string id, kind;
};

struct Report {
  std::filesystem::path file;
  std::string id, version;  ///< of the plugin; empty where it was refused
  std::string refused;      ///< the code of its refusal, or ""
  std::string hint;         ///< of its refusal
  int level = 0;
  std::uint64_t seed = 0;
  std::vector<Component> components;
  std::vector<Result> results;

  [[nodiscard]] std::size_t count(Outcome outcome) const;

  /// Nothing failed or crashed, and something of a component was tested.
  [[nodiscard]] bool good() const;
};

/// Throws Error(usage) for a file that is not there, for ids of no check and parameters of no component; Error(found) where
/// there can be no child process. No other thread of this process may be at work.
[[nodiscard]] Report check_plugin(const Options& options);

/// {"file", "plugin", "version", "level", "seed", "refused", "components": [{"id", "kind"}], "checks": [{"check",
/// "component", "outcome", "message", "rule", "seconds"}], "counts": {outcome: n}, "good"}
[[nodiscard]] nlohmann::ordered_json to_json(const Report& report);

/// JUnit's XML: one test suite, one test case a result.
[[nodiscard]] std::string junit_text(const Report& report);

}  // namespace auspex::conformance
