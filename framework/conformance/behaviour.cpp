// Checks that are the same for components of every kind: made again, called again, with other data where none may matter.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "conformance/checks.hpp"
#include "plugin/child.hpp"

namespace auspex::conformance {
namespace {

// Of sums that are added up in another order.
constexpr double rounding = 1e-9;

const std::vector<std::string> with_frames{"analyser", "target", "indicator"};
const std::vector<std::string> with_samples{"target", "indicator"};
const std::vector<std::string> with_rows{"target", "indicator", "ml_backend"};

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= rounding * std::max({1.0, std::abs(a), std::abs(b)});
}

Scene scene_of(const Subject& subject) { return {.seed = subject.options->seed}; }

Answers answers_of(const Subject& subject, const Scene& scene) { return Made(subject).answers(scene); }

// All samples (rows of a backend's matrix) that a scene has.
std::vector<std::int64_t> population(const Subject& subject, const Scene& scene) {
  std::vector<std::int64_t> all(std::size_t(subject.kind() == Kind::ml_backend ? scene.samples * 4 : scene.samples));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

// Those answers of `whole` that `part` has too, in the order of `part`.
Answers matched(const Answers& whole, const Answers& part) {
  std::map<std::string, double> by_name;
  for (std::size_t i = 0; i < whole.names.size(); ++i) by_name.emplace(whole.names[i], whole.values[i]);
  Answers result;
  for (const auto& name : part.names) {
    const auto found = by_name.find(name);
    if (found != by_name.end()) result.add(name, found->second);
  }
  return result;
}

// ---- level 2 -----------------------------------------------------------------------------------------------------------

void creates(const Subject& subject) {
  for (int i = 0; i < 3; ++i) {
    try {
      const Made made(subject);
    } catch (const Error& error) {
      if (error.fault() != Fault::configuration) throw;
      throw Skipped(
          fmt::format("{}; give --parameters '{{\"{}\": {{..}}}}'", error.problems().front().message, subject.id()));
    }
  }
}

std::string text_of(const std::vector<plugin::Read>& reads) {
  std::string text;
  for (const auto& read : reads) {
    text += fmt::format("{} {} {} {}", read.stage, read.scope, read.window, read.table);
    for (const auto& column : read.columns) text += "." + column;
    for (const auto& condition : read.conditions) {
      text += "|" + condition.column;
      for (const auto& value : condition.values) text += "=" + value;
    }
    text += "\n";
  }
  return text;
}

void declares(const Subject& subject) {
  const Made first(subject), second(subject);
  if (text_of(first.reads()) != text_of(second.reads())) {
    throw Failed("two instances with the same parameters declare different reads");
  }
}

void reads_known_tables(const Subject& subject) {
  const Made made(subject);
  std::set<std::string> unknown;
  for (const auto& read : made.reads()) {
    const auto table = subject.options->tables.find(read.table);
    if (table == subject.options->tables.end()) {
      unknown.insert(fmt::format("the table '{}'", read.table));
      continue;
    }
    auto columns = read.columns;
    for (const auto& condition : read.conditions) columns.push_back(condition.column);
    for (const auto& column : columns) {
      if (table->second.columns.count(column) == 0) unknown.insert(fmt::format("the column '{}.{}'", read.table, column));
    }
  }
  if (unknown.empty()) return;
  std::string list;
  for (const auto& each : unknown) list += (list.empty() ? "" : ", ") + each;
  throw Warned(
      fmt::format("it reads {}, which no known source gives: their types are guessed by their names; name the file of "
                  "the source by --source",
                  list));
}

void works_under_compatibility(const Subject& subject) {
  try {
    const Made made(subject, "4.4");
  } catch (const Error& error) {
    if (error.fault() == Fault::configuration && !error.problems().front().message.empty()) return;
    throw;
  }
}

// ---- level 3 -----------------------------------------------------------------------------------------------------------

void answers_calls(const Subject& subject) {
  const auto answers = answers_of(subject, scene_of(subject));
  if (answers.values.empty()) throw Failed("it answers nothing to an ordinary frame");
}

void is_deterministic(const Subject& subject) {
  const auto scene = scene_of(subject);
  Made made(subject);
  const auto first = made.answers(scene);
  require_same(first, made.answers(scene), "the same call a second time");
  require_same(first, answers_of(subject, scene), "another instance");
}

// What differs between processes: addresses, the clock, what was allocated before.
void is_the_same_elsewhere(const Subject& subject) {
  std::vector<std::vector<char>> moved;
  for (std::size_t i = 0; i < 200; ++i) moved.emplace_back(17 + i * 61);
  const auto now = answers_text(subject);
  if (now == subject.earlier) return;
  const auto line = [](std::string_view text, std::size_t at) {
    const auto begin = text.rfind('\n', at) + 1;
    return std::string(text.substr(begin, text.find('\n', begin) - begin));
  };
  const auto at =
      std::size_t(std::mismatch(now.begin(), now.end(), subject.earlier.begin(), subject.earlier.end()).first - now.begin());
  throw Failed(fmt::format("another process, a second later: {}, where before {}", line(now, at == 0 ? 0 : at - 1),
                           line(subject.earlier, at == 0 ? 0 : at - 1)));
}

void empty_batch(const Subject& subject) {
  auto scene = scene_of(subject);
  if (subject.kind() == Kind::ml_backend) throw Skipped("a backend is never trained on nothing");
  scene.samples = 0;
  (void)answers_of(subject, scene);
}

void no_rows(const Subject& subject) {
  auto scene = scene_of(subject);
  scene.rows = 0;
  (void)answers_of(subject, scene);
}

void missing_values(const Subject& subject) {
  auto scene = scene_of(subject);
  scene.missing = true;
  (void)answers_of(subject, scene);
}

void sample_order(const Subject& subject) {
  auto scene = scene_of(subject);
  const auto whole = answers_of(subject, scene);
  scene.order = population(subject, scene);
  Random random(scene.seed + 4);
  for (std::size_t i = scene.order.size(); i > 1; --i) std::swap(scene.order[i - 1], scene.order[random.below(i)]);
  const auto shuffled = answers_of(subject, scene);
  require_same(matched(whole, shuffled), shuffled, "the samples in another order");
}

void batch_split(const Subject& subject) {
  auto scene = scene_of(subject);
  const auto whole = answers_of(subject, scene);
  const auto all = population(subject, scene);
  scene.order.assign(all.begin(), all.begin() + std::ptrdiff_t(all.size() / 2));
  const auto part = answers_of(subject, scene);
  try {
    require_same(matched(whole, part), part, "half of the samples alone");
  } catch (const Failed& failed) {
    if (subject.kind() == Kind::ml_backend) throw;
    throw Warned(fmt::format("{}: right only where it compares samples with each other", failed.what()));
  }
}

void ranges_independent(const Subject& subject) {
  auto scene = scene_of(subject);
  const auto all = answers_of(subject, scene);
  for (const auto& windows : {std::vector<int>{2, 1, 0}, std::vector<int>{0}, std::vector<int>{1}}) {
    scene.windows = windows;
    const auto others = answers_of(subject, scene);
    require_same(matched(all, others), others,
                 windows.size() == 1 ? "a range without those before it" : "the ranges in another order");
  }
}

void no_peeking(const Subject& subject) {
  auto scene = scene_of(subject);
  const auto first = answers_of(subject, scene);
  for (const std::uint64_t seed : {8, 12'345}) {
    scene.poison_rows = seed;
    require_same(first, answers_of(subject, scene),
                 "other rows beyond the bounds of the frame (later ones, and other samples')");
  }
}

void declared_columns_only(const Subject& subject) {
  auto scene = scene_of(subject);
  const auto first = answers_of(subject, scene);
  scene.poison_columns = 8;
  require_same(first, answers_of(subject, scene), "other values in columns that it has not declared");
}

void inputs_unchanged(const Subject& subject) {
  if (answers_of(subject, scene_of(subject)).inputs_changed)
    throw Failed("what it was given to read has changed after its calls");
}

// Sends what is written to stdout and stderr to a file of its own, and tells how much that was.
class Listener {
 public:
  Listener() : file_(::memfd_create("output", 0)), out_(::dup(1)), err_(::dup(2)) {
    ::dup2(file_, 1);
    ::dup2(file_, 2);
  }
  [[nodiscard]] long bytes() {
    std::fflush(nullptr);
    ::dup2(out_, 1);
    ::dup2(err_, 2);
    return long(::lseek(file_, 0, SEEK_CUR));
  }

 private:
  int file_, out_, err_;
};

void is_quiet(const Subject& subject) {
  Listener listener;
  (void)answers_of(subject, scene_of(subject));
  const auto bytes = listener.bytes();
  if (bytes > 0) throw Failed(fmt::format("it wrote {} bytes to stdout or stderr; auspex.log/1 is for that", bytes));
}

constexpr auto level3 = [](std::string id, std::string rule, std::vector<std::string> kinds, std::string summary) {
  return CheckInfo{std::move(id), 3, std::move(rule), std::move(kinds), std::move(summary)};
};
const std::vector<std::string> every{"analyser", "time_splitter", "target", "indicator", "ml_backend", "clusterer",
                                     "outlier_detector"};

}  // namespace

std::string answers_text(const Subject& subject) {
  const auto answers = answers_of(subject, scene_of(subject));
  std::string text;
  for (std::size_t i = 0; i < answers.values.size(); ++i)
    text += fmt::format("{} is {:.12g}\n", answers.names[i], answers.values[i]);
  return text;
}

void require_same(const Answers& first, const Answers& second, const std::string& what) {
  if (first.values.size() != second.values.size()) {
    throw Failed(fmt::format("{}: {} values instead of {}", what, second.values.size(), first.values.size()));
  }
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    if (same(first.values[i], second.values[i])) continue;
    throw Failed(
        fmt::format("{}: {} is {:.10g} instead of {:.10g}", what, first.names[i], second.values[i], first.values[i]));
  }
}

std::span<const ComponentCheck> contract_checks() {
  static const std::vector<ComponentCheck> all{
      {{"creates", 2, "create", every, "it can be created and destroyed, again and again"}, creates},
      {{"declares", 2, "declare", every, "its reads depend on its parameters alone"}, declares},
      {{"reads-known-tables", 2, "reads", every, "the tables and columns it reads exist"}, reads_known_tables},
      {{"compatibility", 2, "create", every, "it takes or refuses a compatibility level"}, works_under_compatibility},
  };
  return all;
}

std::span<const ComponentCheck> behaviour_checks() {
  static const std::vector<ComponentCheck> all{
      {level3("answers", "status", every, "its calls succeed on ordinary data"), answers_calls},
      {level3("deterministic", "deterministic", every, "the same data give the same answers"), is_deterministic},
      {level3("empty-batch", "empty-batch", with_samples, "no samples are legal"), empty_batch},
      {level3("no-rows", "missing", with_frames, "samples without rows are legal"), no_rows},
      {level3("missing-values", "missing", with_frames, "every value that may be missing is"), missing_values},
      {level3("sample-order", "sample-order", with_rows, "a sample's answer is the same wherever it stands"), sample_order},
      {level3("batch-split", "batch-split", with_rows, "a sample's answer is the same whoever is there"), batch_split},
      {level3("ranges-independent", "no-memory", {"indicator"}, "a range's values are the same whatever was asked before"),
       ranges_independent},
      {level3("no-peeking", "bounds", with_rows, "rows beyond the bounds are not looked at"), no_peeking},
      {level3("declared-columns-only", "declare", with_frames, "columns that were not declared are not looked at"),
       declared_columns_only},
      {level3("inputs-unchanged", "inputs", with_rows, "what it is given stays as it is"), inputs_unchanged},
      {level3("quiet", "quiet", every, "it prints nothing"), is_quiet},
      {level3("same-elsewhere", "deterministic", every, "another process, a second later, gives the same"),
       is_the_same_elsewhere},
  };
  return all;
}

}  // namespace auspex::conformance
