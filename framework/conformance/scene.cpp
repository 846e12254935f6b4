#include "conformance/scene.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "conformance/checks.hpp"
#include "conformance/frames.hpp"
#include "plugin/calls.hpp"

namespace auspex::conformance {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// A text as a number that is equal for equal texts.
double number_of(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const unsigned char c : text) h = (h ^ c) * 0x100000001b3ULL;
  return double(h >> 12);
}

// The host's own view of a component, and its raw functions: what it answers before the host has checked it.
template <class Instance, class Table>
struct Raw : Instance {
  using Instance::Instance;
  [[nodiscard]] void* object() const { return this->self(); }
  [[nodiscard]] const Table& table() const { return this->template functions<Table>(); }
};

// Throws where a call failed: Cancelled where it was asked to stop.
template <class Call>
void must(const std::string& what, Arena& arena, Call&& call) {
  auto& error = arena.keep(plugin::empty_error());
  const auto status = plugin::guarded(error, [&] { return call(&error); });
  if (status == AUSPEX_OK) return;
  if (status == AUSPEX_CANCELLED) throw Cancelled();
  const auto message = plugin::copy_buffer(error.message, sizeof error.message);
  throw Failed(message.empty() ? fmt::format("{} returned status {} without a message", what, status)
                               : fmt::format("{} failed: {}", what, message));
}

// The callback of a sink whose context is this function.
template <class Function>
auto collect(const Function&) {
  return [](void* context, auto... arguments) { (*static_cast<Function*>(context))(arguments...); };
}

}  // namespace

struct Made::Calls {
  explicit Calls(const Subject& subject) : subject_(subject) {}
  virtual ~Calls() = default;
  [[nodiscard]] virtual const std::vector<plugin::Read>& reads() const = 0;
  virtual Answers answers(const Scene& scene) = 0;

 protected:
  [[nodiscard]] const Tables& tables() const { return subject_.options->tables; }

  // Makes a frame, has it worked on, and looks whether it is as it was.
  template <class Work>
  static void with(const World& world, const FrameOf& of, Answers& answers, Work&& work) {
    const auto frame = world.frame(of);
    const auto before = frame->fingerprint();
    work(frame->raw());
    answers.inputs_changed = answers.inputs_changed || frame->fingerprint() != before;
  }

  Subject subject_;
};

namespace {

class IndicatorCalls : public Made::Calls {
 public:
  IndicatorCalls(const Subject& subject, const std::string& compatibility)
      : Calls(subject), it_(subject.component, subject.parameters, compatibility) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    Arena arena(scene.newer_host);
    const World world(tables(), reads(), it_.info().required_entities | it_.info().optional_entities, scene);
    if (it_.has_prepare()) {
      with(world, {.stage = AUSPEX_STAGE_PREPARE, .with_samples = false}, answers, [&](const auspex_frame& frame) {
        must("prepare", arena, [&](auspex_error* error) { return it_.table().prepare(it_.object(), &frame, error); });
      });
    }
    for (const int number : scene.windows) {
      with(world, {.stage = AUSPEX_STAGE_CALCULATE, .window = window(number)}, answers, [&](const auspex_frame& frame) {
        std::vector<double> values(world.samples().size(), none);
        must("calculate", arena,
             [&](auspex_error* error) { return it_.table().calculate(it_.object(), &frame, values.data(), error); });
        for (std::size_t i = 0; i < values.size(); ++i) {
          answers.add(fmt::format("value of sample {} in range {}", world.samples()[i], number), values[i]);
        }
      });
    }
    return answers;
  }

 private:
  Raw<plugin::Indicator, auspex_indicator> it_;
};

class TargetCalls : public Made::Calls {
 public:
  TargetCalls(const Subject& subject, const std::string& compatibility)
      : Calls(subject), it_(subject.component, subject.parameters, compatibility) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    Arena arena(scene.newer_host);
    const auto& info = it_.info();
    const World world(tables(), reads(), info.required_entities, scene);
    for (const int purpose : {AUSPEX_FOR_TRAINING, AUSPEX_FOR_PREDICTION}) {
      const char* told = purpose == AUSPEX_FOR_TRAINING ? "for training" : "for prediction";
      with(world, {.stage = AUSPEX_STAGE_ANALYSABLE, .purpose = purpose, .with_samples = false}, answers,
           [&](const auspex_frame& frame) {
             auto& reason = arena.keep(auspex_reason{});
             must("check_analysable", arena,
                  [&](auspex_error* error) { return it_.table().check_analysable(it_.object(), &frame, &reason, error); });
             answers.add(fmt::format("reason of the analysable {}", told), number_of(plugin::read_reason(reason).id));
           });
      with(world, {.stage = AUSPEX_STAGE_SAMPLES, .purpose = purpose}, answers, [&](const auspex_frame& frame) {
        std::vector<std::int32_t> codes(world.samples().size(), 0);
        must("check_samples", arena,
             [&](auspex_error* error) { return it_.table().check_samples(it_.object(), &frame, codes.data(), error); });
        for (std::size_t i = 0; i < codes.size(); ++i) {
          answers.add(fmt::format("code of sample {} {}", world.samples()[i], told), double(codes[i]));
        }
      });
    }
    const auto label = [&](const FrameOf& of, const std::string& where) {
      with(world, of, answers, [&](const auspex_frame& frame) {
        std::vector<double> labels(world.samples().size(), none);
        must("label", arena,
             [&](auspex_error* error) { return it_.table().label(it_.object(), &frame, labels.data(), error); });
        for (std::size_t i = 0; i < labels.size(); ++i) {
          answers.add(fmt::format("label of sample {}{}", world.samples()[i], where), labels[i]);
        }
      });
    };
    FrameOf of{.stage = AUSPEX_STAGE_LABEL, .purpose = AUSPEX_FOR_TRAINING};
    if (!info.is_static) {
      label(of, "");
    } else {
      of.purpose = AUSPEX_FOR_PREDICTION;
      of.indicators = info.decides_from;
      for (const int number : scene.windows) {
        of.window = window(number);
        label(of, fmt::format(" in range {}", number));
      }
    }
    return answers;
  }

 private:
  Raw<plugin::Target, auspex_target> it_;
};

class SplitterCalls : public Made::Calls {
 public:
  SplitterCalls(const Subject& subject, const std::string& compatibility)
      : Calls(subject), it_(subject.component, subject.parameters, compatibility) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    Arena arena(scene.newer_host);
    const auto all = lives(scene);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto& life = arena.keep(all[i]);
      std::size_t count = 0;
      auto take = [&](const auspex_range* range) noexcept {
        if (range == nullptr || !AUSPEX_HAS(auspex_range, range, name)) return;
        const auto name = plugin::refuse_text(range->name).empty() ? plugin::copy_text(range->name) : std::string();
        const auto add = [&](const char* what, double value) {
          if (answers.values.size() < 100'000) answers.add(fmt::format("{} of range {} of life {}", what, count, i), value);
        };
        add("start", double(range->start));
        add("end", double(range->end));
        add("predict_at", double(range->predict_at));
        add("use for training", double(range->for_training));
        add("name", number_of(name));
        ++count;
      };
      const auto& sink = arena.keep(auspex_range_sink{sizeof(auspex_range_sink), &take, collect(take)});
      auto& reason = arena.keep(auspex_reason{});
      must("ranges", arena,
           [&](auspex_error* error) { return it_.table().ranges(it_.object(), &life, &sink, &reason, error); });
      answers.add(fmt::format("number of ranges of life {}", i), double(count));
      answers.add(fmt::format("reason of life {}", i), number_of(plugin::read_reason(reason).id));
    }
    return answers;
  }

 private:
  Raw<plugin::TimeSplitter, auspex_time_splitter> it_;
};

class AnalyserCalls : public Made::Calls {
 public:
  AnalyserCalls(const Subject& subject, const std::string& compatibility)
      : Calls(subject), it_(subject.component, subject.parameters, compatibility) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    Arena arena(scene.newer_host);
    const auto unit = it_.info().unit;
    const World world(tables(), reads(),
                      AUSPEX_ENTITY_BIT(unit == AUSPEX_UNIT_USER ? AUSPEX_ENTITY_USER : AUSPEX_ENTITY_COURSE), scene);
    std::vector<std::int64_t> keys;
    with(world, {.stage = AUSPEX_STAGE_LIST, .with_samples = false, .unit = unit}, answers, [&](const auspex_frame& frame) {
      auto take = [&](const auspex_analysable* one) noexcept {
        if (one == nullptr || !AUSPEX_HAS(auspex_analysable, one, end)) return;
        keys.push_back(one->key);
        const auto name = fmt::format("analysable {}", one->key);
        answers.add(name, double(one->unit));
        answers.add("start of " + name, double(one->start));
        answers.add("end of " + name, double(one->end));
      };
      const auto& sink = arena.keep(auspex_analysable_sink{sizeof(auspex_analysable_sink), &take, collect(take)});
      must("analysables", arena,
           [&](auspex_error* error) { return it_.table().analysables(it_.object(), &frame, &sink, error); });
    });
    constexpr std::size_t looked_at = 3;
    for (std::size_t i = 0; i < std::min(keys.size(), looked_at); ++i) {
      const FrameOf of{.stage = AUSPEX_STAGE_SAMPLES, .with_samples = false, .analysable = keys[i], .unit = unit};
      with(world, of, answers, [&](const auspex_frame& frame) {
        auto take = [&](const std::int64_t* ids, std::size_t count) noexcept {
          for (std::size_t k = 0; ids != nullptr && k < std::min<std::size_t>(count, 32); ++k) {
            answers.add(fmt::format("id {} of a sample of analysable {}", k, keys[i]), double(ids[k]));
          }
        };
        const auto& sink = arena.keep(auspex_sample_sink{sizeof(auspex_sample_sink), &take, collect(take)});
        must("samples", arena, [&](auspex_error* error) { return it_.table().samples(it_.object(), &frame, &sink, error); });
      });
    }
    return answers;
  }

 private:
  Raw<plugin::Analyser, auspex_analyser> it_;
};

class BackendCalls : public Made::Calls {
 public:
  BackendCalls(const Subject& subject, const std::string& compatibility)
      : Calls(subject), it_(subject.component, subject.parameters, compatibility) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    Arena arena(scene.newer_host);
    for (const auto classes : class_counts(it_.info().abilities)) {
      auto training = scene;
      training.order.clear();
      Problem problem(training, classes);
      const auto before = problem.fingerprint();
      const auto& matrix = arena.keep(problem.matrix(true));
      std::string model;
      auto take = [&](const void* data, std::size_t size) noexcept {
        if (data != nullptr) model.append(static_cast<const char*>(data), size);
      };
      const auto& sink = arena.keep(auspex_byte_sink{sizeof(auspex_byte_sink), &take, collect(take)});
      must("train", arena, [&](auspex_error* error) { return it_.table().train(it_.object(), &matrix, &sink, error); });
      answers.add(fmt::format("the model's bytes ({} classes)", classes), number_of(model));
      answers.inputs_changed = answers.inputs_changed || problem.fingerprint() != before;

      Problem asked(scene, classes);
      const auto& rows = arena.keep(asked.matrix(false));
      const auto width = std::max<std::int64_t>(classes, 1);
      const auto ask = [&](const char* what, std::int64_t columns, auto&& call) {
        std::vector<double> out(std::size_t(asked.rows() * columns), none);
        must(what, arena, [&](auspex_error* error) { return call(out.data(), error); });
        for (std::size_t i = 0; i < out.size(); ++i) {
          answers.add(fmt::format("{} {} of row {} ({} classes)", what, i % std::size_t(columns),
                                  asked.ids()[i / std::size_t(columns)], classes),
                      out[i]);
        }
      };
      ask("predict", width, [&](double* out, auspex_error* error) {
        return it_.table().predict(it_.object(), model.data(), model.size(), &rows, out, error);
      });
      if (!it_.can_contribute()) continue;
      const auto& table = it_.table();
      const auto outputs = std::size_t(asked.rows() * (classes > 2 ? classes : 1));
      if (AUSPEX_HAS(auspex_ml_backend, &table, explain) && table.explain != nullptr) {
        ask("contributions", std::int64_t(outputs) / asked.rows() * (asked.columns() + 1), [&](double* out, auspex_error* error) {
          std::vector<double> margins(outputs);
          return table.explain(it_.object(), model.data(), model.size(), &rows, margins.data(), out, error);
        });
      } else if (classes == 2) {
        ask("contributions", asked.columns() + 1, [&](double* out, auspex_error* error) {
          return table.contributions(it_.object(), model.data(), model.size(), &rows, out, error);
        });
      }
    }
    return answers;
  }

 private:
  Raw<plugin::Backend, auspex_ml_backend> it_;
};

// Rows in three groups that lie far apart, each twice as large as the next.
class Cloud {
 public:
  explicit Cloud(const Scene& scene) {
    constexpr std::int64_t most = 5'000;
    std::vector<std::int64_t> order = scene.order;
    for (std::int64_t i = 0; order.empty() && i < std::min(most, scene.samples); ++i) ids_.push_back(i);
    ids_.insert(ids_.end(), order.begin(), order.end());
    for (const auto id : ids_) {
      Random random(scene.seed * 1'000'003 + std::uint64_t(id));
      const double centre = id % 7 < 4 ? 0 : id % 7 < 6 ? 100 : -250;
      for (std::size_t c = 0; c < names_.size(); ++c) {
        values_.push_back((centre * double(c + 1) + random.real()) * (scene.extreme ? 1e100 : 1));
      }
    }
    raw_ = {sizeof raw_, 1, std::int64_t(ids_.size()), std::int64_t(names_.size()), values_.data(), names_.data(), scene.seed};
  }

  [[nodiscard]] const auspex_points& points() const { return raw_; }
  [[nodiscard]] const std::vector<std::int64_t>& ids() const { return ids_; }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  std::vector<std::int64_t> ids_;
  std::vector<double> values_;
  std::array<auspex_str, 3> names_{auspex_str{"x", 1}, auspex_str{"y", 1}, auspex_str{"z", 1}};
  auspex_points raw_{};
};

class ClustererCalls : public Made::Calls {
 public:
  ClustererCalls(const Subject& subject, const std::string&) : Calls(subject), it_(subject.component, subject.parameters) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    const Cloud cloud(scene);
    if (cloud.ids().empty()) return answers;
    constexpr std::int64_t clusters = 3;
    Arena arena(scene.newer_host);
    const auto before = cloud.values();
    std::vector<std::int32_t> assignments(cloud.ids().size(), -1);
    std::vector<double> centroids(std::size_t(clusters * cloud.points().columns), none);
    const auto& points = arena.keep(cloud.points());
    auto& out = arena.keep(auspex_clustering{0, 0, assignments.data(), centroids.data(), 0, 0});
    must("cluster", arena,
         [&](auspex_error* error) { return it_.table().cluster(it_.object(), &points, clusters, &out, error); });
    if (out.cluster_count < 1 || out.cluster_count > clusters) {
      throw Failed(fmt::format("cluster found {} clusters where {} were asked for", out.cluster_count, clusters));
    }
    answers.add("number of clusters", double(out.cluster_count));
    answers.add("inertia", out.inertia);
    for (std::int64_t i = 0; i < out.cluster_count * points.columns; ++i) {
      answers.add(fmt::format("value {} of the centroids", i), centroids[std::size_t(i)]);
    }
    for (std::size_t r = 0; r < assignments.size(); ++r) {
      if (assignments[r] < -1 || assignments[r] >= out.cluster_count) {
        throw Failed(fmt::format("row {} is in cluster {} of {}", r, assignments[r], out.cluster_count));
      }
      answers.add(fmt::format("cluster of row {}", cloud.ids()[r]), assignments[r]);
    }
    answers.inputs_changed = before != cloud.values();
    return answers;
  }

 private:
  Raw<plugin::Clusterer, auspex_clusterer> it_;
};

class DetectorCalls : public Made::Calls {
 public:
  DetectorCalls(const Subject& subject, const std::string&) : Calls(subject), it_(subject.component, subject.parameters) {}

  const std::vector<plugin::Read>& reads() const override { return it_.reads(); }

  Answers answers(const Scene& scene) override {
    Answers answers;
    const Cloud cloud(scene);
    if (cloud.ids().empty()) return answers;
    Arena arena(scene.newer_host);
    const auto before = cloud.values();
    std::vector<double> scores(cloud.ids().size(), none);
    std::vector<std::int32_t> flags(cloud.ids().size(), -1);
    const auto& points = arena.keep(cloud.points());
    auto& out = arena.keep(auspex_outliers{0, 0, scores.data(), flags.data(), none});
    must("detect", arena, [&](auspex_error* error) { return it_.table().detect(it_.object(), &points, &out, error); });
    for (std::size_t r = 0; r < scores.size(); ++r) {
      if (!std::isfinite(scores[r]) || (flags[r] != 0 && flags[r] != 1)) {
        throw Failed(fmt::format("row {} has the score {} and the flag {}", r, scores[r], flags[r]));
      }
      answers.add(fmt::format("score of row {}", cloud.ids()[r]), scores[r]);
      answers.add(fmt::format("flag of row {}", cloud.ids()[r]), flags[r]);
    }
    answers.inputs_changed = before != cloud.values();
    return answers;
  }

 private:
  Raw<plugin::OutlierDetector, auspex_outlier_detector> it_;
};

std::unique_ptr<Made::Calls> calls_of(const Subject& subject, const std::string& compatibility) {
  switch (subject.kind()) {
    case Kind::analyser: return std::make_unique<AnalyserCalls>(subject, compatibility);
    case Kind::time_splitter: return std::make_unique<SplitterCalls>(subject, compatibility);
    case Kind::target: return std::make_unique<TargetCalls>(subject, compatibility);
    case Kind::indicator: return std::make_unique<IndicatorCalls>(subject, compatibility);
    case Kind::ml_backend: return std::make_unique<BackendCalls>(subject, compatibility);
    case Kind::clusterer: return std::make_unique<ClustererCalls>(subject, compatibility);
    case Kind::outlier_detector: return std::make_unique<DetectorCalls>(subject, compatibility);
  }
  return nullptr;
}

}  // namespace

// ---- lives -------------------------------------------------------------------------------------------------------------

std::vector<auspex_life> lives(const Scene& scene) {
  constexpr Time day = 86'400, none_known = AUSPEX_NO_TIME;
  const auto life = [](Time start, Time end, Time as_of, Time first = AUSPEX_NO_TIME) {
    return auspex_life{sizeof(auspex_life), start, end, as_of, first};
  };
  std::vector<auspex_life> all{life(life_start, life_end, life_end + day),
                               life(life_start, life_end, life_start + 40 * day),
                               life(life_start, life_end, life_start - day),
                               life(life_start, none_known, life_end),
                               life(none_known, life_end, life_end),
                               life(none_known, none_known, life_end),
                               life(life_end, life_start, life_end),
                               life(life_start, life_start, life_end),
                               life(life_start, life_start + 1, life_end),
                               life(life_start, life_end, life_end, life_start + 30 * day),
                               life(0, 0, 0)};
  if (scene.missing) all = {life(none_known, none_known, life_end)};
  if (scene.extreme) {
    constexpr Time year_1900 = -2'208'988'800, year_9999 = 253'402'300'799;
    all.push_back(life(year_1900, year_9999, life_end));
    all.push_back(life(year_1900, year_1900 + 1, year_9999));
    all.push_back(life(year_9999, year_9999, year_1900));
  }
  Random random(scene.seed + 3);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(scene.samples, 200); ++i) {
    const auto start = life_start + Time(random.below(400 * day));
    const auto length = Time(random.below(500 * day));
    all.push_back(life(start, start + length, start + Time(random.below(600 * day))));
  }
  return all;
}

std::vector<std::int64_t> class_counts(std::uint32_t abilities) {
  std::vector<std::int64_t> counts;
  if ((abilities & AUSPEX_CAN_BINARY) != 0) counts.push_back(2);
  if ((abilities & AUSPEX_CAN_MULTICLASS) != 0) counts.push_back(3);
  if ((abilities & AUSPEX_CAN_REGRESSION) != 0) counts.push_back(0);
  return counts;
}

// ---- matrices ----------------------------------------------------------------------------------------------------------

Problem::Problem(const Scene& scene, std::int64_t classes, std::int64_t columns)
    : columns_(columns), classes_(classes), seed_(scene.seed) {
  const auto rows = scene.samples * 4;
  ids_ = scene.order;
  if (ids_.empty()) {
    for (std::int64_t i = 0; i < rows; ++i) ids_.push_back(i);
  }
  for (std::int64_t c = 0; c < columns; ++c) texts_.push_back(fmt::format("column_{}", c));
  for (const auto& text : texts_) names_.push_back({text.data(), text.size()});
  for (const auto id : ids_) {
    Random random(scene.seed * 1'000'003 + std::uint64_t(id));
    double sum = 0;
    for (std::int64_t c = 0; c < columns; ++c) {
      auto value = float(random.real() * 2 - 1);
      if (c == columns - 1) value = 1;  // a column that never varies
      if (scene.extreme && random.below(4) == 0) value = random.below(2) == 0 ? 1e30F : -1e30F;
      if (scene.missing || (c == 1 && random.below(5) == 0)) value = std::numeric_limits<float>::quiet_NaN();
      if (c < 2 && !std::isnan(value)) sum += std::clamp(double(value), -1.0, 1.0);
      values_.push_back(value);
    }
    sum += (random.real() - 0.5) / 2;
    labels_.push_back(classes == 0 ? sum : classes == 2 ? (sum > 0 ? 1 : 0) : sum > 0.4 ? 2 : sum > -0.4 ? 1 : 0);
    weights_.push_back(1);
    groups_.push_back(id / 3);
  }
  // What lies behind the last row.
  Random poison(scene.poison_rows);
  for (std::int64_t c = 0; c < columns; ++c) values_.push_back(float(poison.real()));
  labels_.push_back(poison.real() < 0.5 ? 0 : 1);
  // Every class occurs, in small problems too.
  for (std::int64_t k = 0; k < std::min<std::int64_t>(classes, rows) && scene.order.empty(); ++k)
    labels_[std::size_t(k)] = double(k);
}

auspex_matrix Problem::matrix(bool training, int threads) const {
  auspex_matrix matrix{};
  matrix.struct_size = sizeof matrix;
  matrix.threads = threads;
  matrix.rows = rows();
  matrix.columns = columns_;
  matrix.values = values_.data();
  matrix.names = names_.data();
  matrix.labels = training ? labels_.data() : nullptr;
  matrix.weights = training ? weights_.data() : nullptr;
  matrix.groups = training ? groups_.data() : nullptr;
  matrix.class_count = classes_;
  matrix.seed = seed_;
  return matrix;
}

std::uint64_t Problem::fingerprint() const {
  const auto bytes = [](const auto& list) {
    return std::string_view(reinterpret_cast<const char*>(list.data()), list.size() * sizeof list[0]);
  };
  return std::uint64_t(number_of(bytes(values_)) + number_of(bytes(labels_)) + number_of(bytes(weights_)) +
                       number_of(bytes(groups_)));
}

// ---- Made --------------------------------------------------------------------------------------------------------------

Made::Made(const Subject& subject, const std::string& compatibility) : calls_(calls_of(subject, compatibility)) {}
Made::~Made() = default;

const std::vector<plugin::Read>& Made::reads() const { return calls_->reads(); }
Answers Made::answers(const Scene& scene) { return calls_->answers(scene); }

// ---- parameters --------------------------------------------------------------------------------------------------------

nlohmann::json made_up(const Parameter& parameter, std::uint64_t seed) {
  Random random(seed);
  const auto one = [&]() -> nlohmann::json {
    static constexpr std::array<const char*, 6> texts{"a", "P1W", "1", "core/courses", "", "Ünïcödé"};
    const auto least = std::max(parameter.minimum, -1e6), most = std::min(parameter.maximum, std::max(least, 0.0) + 1000);
    switch (parameter.type) {
      case ParameterType::boolean: return random.below(2) == 1;
      case ParameterType::text:
        if (!parameter.choices.empty()) return parameter.choices[random.below(parameter.choices.size())];
        return texts[random.below(texts.size())];
      case ParameterType::integer:
        return std::int64_t(std::ceil(least) + std::floor(random.real() * (most - std::ceil(least) + 1)));
      default: return least + random.real() * (most - least);
    }
  };
  if (!parameter.is_list) return one();
  auto list = nlohmann::json::array();
  for (std::uint64_t i = 0, n = 1 + random.below(3); i < n; ++i) list.push_back(one());
  std::sort(list.begin(), list.end());
  return list;
}

Subject subject_of(std::shared_ptr<const plugin::Component> component, const Options& options) {
  Subject subject{std::move(component), nlohmann::json::object(), &options, {}};
  const auto& schema = subject.component->schema;
  if (options.parameters.is_object() && options.parameters.contains(schema.id)) {
    subject.parameters = options.parameters.at(schema.id);
    return subject;
  }
  constexpr std::uint64_t attempts = 200;
  for (std::uint64_t attempt = 0; attempt < attempts; ++attempt) {
    bool needed = false;
    for (std::size_t i = 0; i < schema.parameters.size(); ++i) {
      if (!schema.parameters[i].required) continue;
      needed = true;
      subject.parameters[schema.parameters[i].name] = made_up(schema.parameters[i], options.seed + attempt * 64 + i);
    }
    if (!needed) break;
    try {
      const Made made(subject);
      break;
    } catch (const Error& error) {
      if (error.fault() != Fault::configuration) break;
    }
  }
  return subject;
}

}  // namespace auspex::conformance
