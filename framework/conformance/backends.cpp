// Checks of ML backends.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "conformance/checks.hpp"

namespace auspex::conformance {
namespace {

struct Trained {
  explicit Trained(const Subject& subject, std::uint64_t more = 0)
      : it(subject.component, subject.parameters, ""),
        classes(class_counts(it.info().abilities).front()),
        problem(Scene{.seed = subject.options->seed + more}, classes) {}

  std::string train(int threads = 1) { return it.train(problem.matrix(true, threads)); }

  std::vector<double> predict(std::string_view model) { return predict(model, problem); }
  std::vector<double> predict(std::string_view model, const Problem& of) {
    std::vector<double> out(std::size_t(of.rows() * std::max<std::int64_t>(classes, 1)));
    it.predict(model, of.matrix(false), out);
    return out;
  }

  plugin::Backend it;
  std::int64_t classes;
  Problem problem;
};

// The message of the Error that `work` ends in, or nothing.
template <class Work>
std::string refusal_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.problems().front().message;
  }
  return {};
}

Answers told(const std::vector<double>& values) {
  Answers answers;
  for (std::size_t i = 0; i < values.size(); ++i) answers.add(fmt::format("prediction {}", i), values[i]);
  return answers;
}

void shape(const Subject& subject) {
  plugin::Backend it(subject.component, subject.parameters, "");
  for (const auto classes : class_counts(it.info().abilities)) {
    const Problem problem({.seed = subject.options->seed}, classes);
    const auto model = it.train(problem.matrix(true));
    std::vector<double> out(std::size_t(problem.rows() * std::max<std::int64_t>(classes, 1)));
    it.predict(model, problem.matrix(false), out);
    if (!it.can_contribute(classes)) continue;
    std::vector<double> margins(std::size_t(problem.rows() * (classes > 2 ? classes : 1)));
    std::vector<double> shares(margins.size() * std::size_t(problem.columns() + 1));
    it.explain(model, problem.matrix(false), margins, shares);
  }
}

// The two columns that make the label are no secret: whatever learns at all does better than the most frequent class.
void learns(const Subject& subject) {
  Trained trained(subject);
  const auto out = trained.predict(trained.train());
  const auto& labels = trained.problem.labels();
  const auto rows = std::size_t(trained.problem.rows());
  if (trained.classes == 0) {
    double mean = 0, by_mean = 0, by_model = 0;
    for (std::size_t r = 0; r < rows; ++r) mean += labels[r] / double(rows);
    for (std::size_t r = 0; r < rows; ++r) {
      by_mean += (labels[r] - mean) * (labels[r] - mean);
      by_model += (labels[r] - out[r]) * (labels[r] - out[r]);
    }
    if (!(by_model < by_mean)) throw Warned("on its own training data it is no better than the mean");
    return;
  }
  std::vector<std::size_t> seen(std::size_t(trained.classes), 0);
  std::size_t right = 0;
  const auto width = std::ptrdiff_t(trained.classes);
  for (std::size_t r = 0; r < rows; ++r) {
    const auto first = out.begin() + std::ptrdiff_t(r) * width;
    right += std::max_element(first, first + width) - first == std::ptrdiff_t(labels[r]) ? 1 : 0;
    ++seen[std::size_t(labels[r])];
  }
  const auto most = *std::max_element(seen.begin(), seen.end());
  if (right <= most) {
    throw Warned(fmt::format("on its own training data it is right {} times of {}, the most frequent class {} times", right,
                             rows, most));
  }
}

void threads(const Subject& subject) {
  Trained trained(subject);
  const auto one = trained.train(1);
  if (one != trained.train(3)) throw Failed("the model's bytes depend on the number of threads");
}

void refit(const Subject& subject) {
  Trained used(subject), other(subject, 99), fresh(subject);
  (void)used.it.train(other.problem.matrix(true));
  if (used.train() != fresh.train())
    throw Failed("a second training on the same instance gives another model than a fresh one");
}

void columns(const Subject& subject) {
  Trained trained(subject);
  const auto model = trained.train();
  for (const std::int64_t count : {4, 6}) {
    const Problem problem({.seed = subject.options->seed}, trained.classes, count);
    if (refusal_of([&] { (void)trained.predict(model, problem); }).empty()) {
      throw Failed(fmt::format("a model of 5 columns predicts from {} columns", count));
    }
  }
}

void single_class(const Subject& subject) {
  Trained trained(subject);
  if (trained.classes == 0) throw Skipped("it does regression alone");
  std::fill(trained.problem.labels().begin(), trained.problem.labels().end(), 1.0);
  const auto why = refusal_of([&] { (void)trained.predict(trained.train()); });
  if (why.find("without a message") != std::string::npos) throw Failed(why);
}

// ---- level 4 -----------------------------------------------------------------------------------------------------------

void bytes_roundtrip(const Subject& subject) {
  Trained trained(subject), other(subject);
  const auto model = trained.train();
  require_same(told(trained.predict(model)), told(other.predict(model)), "another instance with the same bytes");
}

void must_refuse(Trained& trained, std::string_view model, const std::string& what) {
  const auto why = refusal_of([&] { (void)trained.predict(model); });
  if (why.empty()) throw Failed(fmt::format("it predicts from {}", what));
  if (why.find("without a message") != std::string::npos) throw Failed(fmt::format("from {}: {}", what, why));
}

void bytes_empty(const Subject& subject) {
  Trained trained(subject);
  must_refuse(trained, {}, "no bytes at all");
}

void bytes_short(const Subject& subject) {
  Trained trained(subject);
  const auto model = trained.train();
  for (std::size_t part = 1; part <= 40; ++part) {
    const auto size = model.size() * part / 41;
    if (size > 0)
      must_refuse(trained, std::string_view(model).substr(0, size),
                  fmt::format("the first {} of {} bytes", size, model.size()));
  }
  must_refuse(trained, std::string_view(model).substr(0, model.size() - 1), "all bytes but the last");
}

// A flipped bit may be seen or may make another model; it is no crash, and what is predicted is legal.
void bytes_corrupt(const Subject& subject) {
  Trained trained(subject);
  const auto model = trained.train();
  Random random(subject.options->seed);
  for (int i = 0; i < 200; ++i) {
    auto bad = model;
    for (int k = 0; k < 3; ++k) bad[random.below(bad.size())] = char(random.below(256));
    const auto why = refusal_of([&] { (void)trained.predict(bad); });
    if (why.find("without a message") != std::string::npos) throw Failed(why);
  }
}

void bytes_random(const Subject& subject) {
  Trained trained(subject);
  Random random(subject.options->seed);
  for (int i = 0; i < 60; ++i) {
    std::string bytes(std::size_t(1) << random.below(14), '\0');
    for (auto& byte : bytes) byte = char(random.below(256));
    must_refuse(trained, bytes, fmt::format("{} random bytes", bytes.size()));
  }
}

void wrong_input(const Subject& subject) {
  const auto attempt = [&](const char* what, auto&& change) {
    Trained trained(subject);
    auto matrix = trained.problem.matrix(true);
    change(trained, matrix);
    const auto why = refusal_of([&] { (void)trained.it.train(matrix); });
    if (why.find("without a message") != std::string::npos) throw Failed(fmt::format("{}: {}", what, why));
  };
  attempt("no rows", [](Trained&, auspex_matrix& m) { m.rows = 0; });
  attempt("no columns", [](Trained&, auspex_matrix& m) { m.columns = 0; });
  attempt("one row", [](Trained&, auspex_matrix& m) { m.rows = 1; });
  attempt("a label that is no class", [](Trained& t, auspex_matrix&) { t.problem.labels()[0] = 7; });
  attempt("a label that is no number", [](Trained& t, auspex_matrix&) { t.problem.labels()[0] = std::nan(""); });
  attempt("a negative weight", [](Trained& t, auspex_matrix&) { t.problem.weights()[0] = -1; });
  attempt("weights of zero",
          [](Trained& t, auspex_matrix&) { std::fill(t.problem.weights().begin(), t.problem.weights().end(), 0.0); });
}

const std::vector<std::string> backend{"ml_backend"};

}  // namespace

std::span<const ComponentCheck> backend_checks() {
  static const std::vector<ComponentCheck> all{
      {{"backend-shape", 3, "predictions", backend, "probabilities add up to 1, values and contributions are finite"},
       shape},
      {{"backend-learns", 3, "predictions", backend, "it is better than a guess"}, learns},
      {{"backend-threads", 3, "model-bytes", backend, "the same bytes on any number of threads"}, threads},
      {{"backend-refit", 3, "model-bytes", backend, "what it was trained on before does not matter"}, refit},
      {{"backend-columns", 3, "model-mismatch", backend, "a model refuses other columns"}, columns},
      {{"backend-single-class", 3, "status", backend, "labels of one class are reported or learnt"}, single_class},
      {{"backend-bytes-roundtrip", 4, "model-bytes", backend, "the bytes are the whole model"}, bytes_roundtrip},
      {{"backend-bytes-empty", 4, "model-mismatch", backend, "no bytes are refused"}, bytes_empty},
      {{"backend-bytes-short", 4, "model-mismatch", backend, "bytes that are cut off are refused"}, bytes_short},
      {{"backend-bytes-corrupt", 4, "model-mismatch", backend, "damaged bytes are no crash"}, bytes_corrupt},
      {{"backend-bytes-random", 4, "model-mismatch", backend, "random bytes are refused"}, bytes_random},
      {{"backend-wrong-input", 4, "status", backend, "what cannot be trained on is a status with a message"}, wrong_input},
  };
  return all;
}

}  // namespace auspex::conformance
