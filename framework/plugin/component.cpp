#include "plugin/component.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"
#include "plugin/calls.hpp"

namespace auspex::plugin {
namespace {

constexpr std::size_t most_ranges = 100'000;

// Of probabilities that a backend computes in single precision.
constexpr double probability_tolerance = 1e-3;
constexpr double contribution_tolerance = 1e-4;  // relative to the largest share

std::string range_text(const auspex_frame& frame) {
  const auto time = [](Time t) { return t == AUSPEX_NO_TIME ? std::string("none") : time_text(t); };
  const auto key = frame.analysable == nullptr ? -1 : frame.analysable->key;
  return fmt::format("analysable {}, range {} to {}", subject().empty() ? std::to_string(key) : subject(), time(frame.start),
                     time(frame.end));
}

std::string life_text(const auspex_life& life) {
  const auto time = [](Time t) { return t == AUSPEX_NO_TIME ? std::string("none") : time_text(t); };
  return fmt::format("{}from {} to {}", subject().empty() ? "" : "analysable " + subject() + ", ", time(life.start),
                     time(life.end));
}

std::string matrix_text(const auspex_matrix& matrix) {
  return fmt::format("{} rows of {} columns", matrix.rows, matrix.columns);
}

void check_size(std::size_t given, std::size_t expected) {
  if (given != expected) throw std::logic_error(fmt::format("room for {} values where {} come", given, expected));
}

}  // namespace

// ---- Analyser ----------------------------------------------------------------------------------------------------------

Analyser::Analyser(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                   const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility) {
  auspex_analyser_info from{};
  from.struct_size = sizeof from;
  require_call<auspex_analyser>("describe", {}, [&](auto* table, auto* error) { return table->describe(self(), &from, error); });
  try {
    const Listed listed("describe");
    listed.known(from.unit, AUSPEX_UNIT_COURSE, AUSPEX_UNIT_SITE, "unit");
    listed.known(from.sample_entity, AUSPEX_ENTITY_USER, AUSPEX_ENTITY_ACTIVITY, "sample_entity");
    listed.entities(from.entities, "entities");
    if ((from.entities & AUSPEX_ENTITY_BIT(from.sample_entity)) == 0) listed.fail("entities lack the sample_entity");
    listed.entities(from.identity, "identity");
    if ((from.identity & ~from.entities) != 0) listed.fail("entities lack some of identity");
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
  info_ = {from.unit, from.sample_entity, from.entities, from.one_sample_per_analysable != 0,
           from.identity == 0 ? AUSPEX_ENTITY_BIT(from.sample_entity) : from.identity};
}

void Analyser::analysables(const auspex_frame& frame, const std::function<void(const auspex_analysable&)>& add) {
  Sink take([&](const auspex_analysable* one) {
    if (one == nullptr || !AUSPEX_HAS(auspex_analysable, one, end)) {
      broken("breaks the contract: analysables: one is too short");
    }
    if (one->unit != info_.unit || one->key < 0) {
      broken(fmt::format("breaks the contract: analysables: one has the unit {} and the key {}", one->unit, one->key));
    }
    add(auspex_analysable{sizeof(auspex_analysable), one->unit, one->key, one->start, one->end,
                          AUSPEX_HAS(auspex_analysable, one, order) ? one->order : 0});
  });
  const auspex_analysable_sink sink = {sizeof sink, &take, [](void* context, const auspex_analysable* one) {
                                         (*static_cast<decltype(take)*>(context))(one);
                                       }};
  auto error = empty_error();
  const auto status = enter<auspex_analyser>("analysables", "listing", error, [&](auto* table, auto* failed) {
    return table->analysables(self(), &frame, &sink, failed);
  });
  take.rethrow();
  require(status, error, "analysables");
}

void Analyser::samples(const auspex_frame& frame, const std::function<void(std::span<const std::int64_t> keys)>& add) {
  const auto expected = static_cast<std::size_t>(std::popcount(info_.entities));
  // Which keys name the sample.
  std::vector<std::size_t> own;
  for (std::size_t key = 0, entity = 0; entity < 32; ++entity) {
    const auto bit = std::uint32_t{1} << entity;
    if ((info_.identity & bit) != 0) own.push_back(key);
    if ((info_.entities & bit) != 0) ++key;
  }
  Sink take([&](const std::int64_t* keys, std::size_t count) {
    if (keys == nullptr || count != expected) {
      broken(fmt::format("breaks the contract: samples: one has {} keys, its entities are {}", count, expected));
    }
    if (std::any_of(own.begin(), own.end(), [&](auto key) { return keys[key] < 0; })) {
      broken("breaks the contract: samples: one has no id of its own");
    }
    add({keys, count});
  });
  const auspex_sample_sink sink = {sizeof sink, &take, [](void* context, const std::int64_t* keys, std::size_t count) {
                                     (*static_cast<decltype(take)*>(context))(keys, count);
                                   }};
  auto error = empty_error();
  const auto status = enter<auspex_analyser>("samples", range_text(frame), error, [&](auto* table, auto* failed) {
    return table->samples(self(), &frame, &sink, failed);
  });
  take.rethrow();
  require(status, error, "samples");
}

// ---- TimeSplitter ------------------------------------------------------------------------------------------------------

std::vector<std::size_t> Split::for_training() const {
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].for_training) indexes.push_back(i);
  }
  return indexes;
}

std::optional<std::size_t> Split::for_prediction(Time as_of) const {
  for (std::size_t i = ranges.size(); i-- > 0;) {
    if (ranges[i].predict_at <= as_of) return i;
  }
  return std::nullopt;
}

TimeSplitter::TimeSplitter(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                           const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility), moodle_(!compatibility.empty()) {
  auspex_time_splitter_info from{};
  from.struct_size = sizeof from;
  require_call<auspex_time_splitter>("describe", {}, [&](auto* table, auto* error) { return table->describe(self(), &from, error); });
  if (from.direction < AUSPEX_SPLITS_BEFORE_NOW || from.direction > AUSPEX_SPLITS_ANY) {
    broken(fmt::format("breaks the contract: describe: direction is {}, which has no meaning", from.direction));
  }
  info_ = {from.direction, from.range_columns != 0, from.cacheable != 0, from.valid_for_evaluation != 0};
}

Split TimeSplitter::ranges(Time start, Time end, Time as_of, Time first_analysis) {
  Split split;
  std::set<std::string> names;
  Sink add([&](const auspex_range* from) {
    const auto number = split.ranges.size() + 1;
    if (from == nullptr || !AUSPEX_HAS(auspex_range, from, name)) {
      broken(fmt::format("breaks the contract: range {} is too short", number));
    }
    if (number > most_ranges) broken(fmt::format("breaks the contract: it gives more than {} ranges", most_ranges));
    Range range{from->start, from->end, from->predict_at, from->for_training != 0, {}};
    const auto said = fmt::format("range {} is {} to {}, predicted at {}", number, from->start, from->end, from->predict_at);
    if (range.start == no_time || range.end == no_time || range.predict_at == no_time) {
      broken(fmt::format("breaks the contract: {}: each must be a time", said));
    }
    if (!moodle_ && range.end < range.start) broken(fmt::format("breaks the contract: {}: it ends before it starts", said));
    if (!moodle_ && !split.ranges.empty()) {
      const auto& last = split.ranges.back();
      if (std::pair(range.start, range.end) < std::pair(last.start, last.end)) {
        broken(fmt::format("breaks the contract: {}: it comes before the range {} to {} given earlier", said, last.start,
                           last.end));
      }
    }
    if (const auto why = refuse_text(from->name); !why.empty()) {
      broken(fmt::format("breaks the contract: the name of range {} {}", number, why));
    }
    range.name = copy_text(from->name);
    if (range.name.empty()) range.name = std::to_string(number - 1);
    if (!names.insert(range.name).second) broken(fmt::format("breaks the contract: two ranges are named '{}'", range.name));
    split.ranges.push_back(std::move(range));
  });
  const auspex_range_sink sink = {sizeof sink, &add, [](void* context, const auspex_range* range) {
                                    (*static_cast<decltype(add)*>(context))(range);
                                  }};
  const auspex_life life = {sizeof life, start, end, as_of, first_analysis};
  auspex_reason reason{};
  reason.struct_size = sizeof reason;
  auto error = empty_error();
  const auto status = enter<auspex_time_splitter>("ranges", life_text(life), error, [&](auto* table, auto* failed) {
    return table->ranges(self(), &life, &sink, &reason, failed);
  });
  add.rethrow();
  require(status, error, "ranges");
  split.reason = read_reason(reason);
  if (split.reason && !split.ranges.empty()) {
    broken(fmt::format("breaks the contract: ranges: it gives {} ranges and the reason '{}'", split.ranges.size(),
                       split.reason.id));
  }
  if (split.ranges.empty() && !split.reason) split.reason.id = "no_ranges";
  return split;
}

// ---- Target ------------------------------------------------------------------------------------------------------------

Target::Target(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
               const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility) {
  auspex_target_info from{};
  from.struct_size = sizeof from;
  from.boundary = std::numeric_limits<double>::quiet_NaN();
  require_call<auspex_target>("describe", {}, [&](auto* table, auto* error) { return table->describe(self(), &from, error); });
  try {
    const Listed listed("describe");
    listed.known(from.type, AUSPEX_TARGET_BINARY, AUSPEX_TARGET_LINEAR, "type");
    listed.entities(from.required_entities, "required_entities");
    listed.known(from.accepts_direction, AUSPEX_SPLITS_BEFORE_NOW, AUSPEX_SPLITS_ANY, "accepts_direction");
    info_.type = from.type;
    info_.is_static = from.is_static != 0;
    info_.required_entities = from.required_entities;
    info_.analyser = listed.text(from.analyser, "analyser");
    if (!is_component_id(info_.analyser)) listed.fail(fmt::format("analyser '{}' is no component id", info_.analyser));
    if (from.type == AUSPEX_TARGET_LINEAR) {
      info_.minimum = from.minimum;
      info_.maximum = from.maximum;
      if (!(from.minimum < from.maximum)) listed.fail(fmt::format("values go from {} to {}", from.minimum, from.maximum));
      if (!std::isnan(from.boundary)) {
        info_.boundary = from.boundary;
        if (!(from.boundary >= from.minimum && from.boundary <= from.maximum)) {
          listed.fail(fmt::format("the boundary {} is outside {} to {}", from.boundary, from.minimum, from.maximum));
        }
      }
    } else {
      info_.classes = listed.finite(from.classes, from.class_count, "classes");
      info_.class_names = listed.texts(from.class_names, from.class_count, "class_names");
      const bool binary = from.type == AUSPEX_TARGET_BINARY;
      if (binary ? info_.classes.size() != 2 : info_.classes.size() < 2) {
        listed.fail(fmt::format("a {} target has {} classes", binary ? "binary" : "multiclass", info_.classes.size()));
      }
      info_.ignored_classes = listed.finite(from.ignored_classes, from.ignored_class_count, "ignored_classes");
      for (const auto ignored : info_.ignored_classes) {
        if (std::find(info_.classes.begin(), info_.classes.end(), ignored) == info_.classes.end()) {
          listed.fail(fmt::format("the ignored class {} is none of its classes", ignored));
        }
      }
    }
    info_.score_limit = from.score_limit;
    if (!(from.score_limit >= 0 && from.score_limit <= 1)) listed.fail(fmt::format("score_limit is {}", from.score_limit));
    info_.accepts_direction = from.accepts_direction;
    if (from.accepts != nullptr) info_.accepts = listed.texts(from.accepts, from.accept_count, "accepts");
    info_.sample_reasons = listed.texts(from.sample_reasons, from.sample_reason_count, "sample_reasons");
    if (std::find(info_.sample_reasons.begin(), info_.sample_reasons.end(), "") != info_.sample_reasons.end()) {
      listed.fail("sample_reasons has an empty id");
    }
    info_.decides_from = listed.texts(from.decides_from, from.decides_from_count, "decides_from");
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
}

Reason Target::check_analysable(const auspex_frame& frame) {
  auspex_reason reason{};
  reason.struct_size = sizeof reason;
  require_call<auspex_target>("check_analysable", range_text(frame), [&](auto* table, auto* error) {
    return table->check_analysable(self(), &frame, &reason, error);
  });
  return read_reason(reason);
}

void Target::check_samples(const auspex_frame& frame, std::span<std::int32_t> codes) {
  check_size(codes.size(), static_cast<std::size_t>(frame.sample_count));
  std::fill(codes.begin(), codes.end(), 0);
  require_call<auspex_target>("check_samples", range_text(frame), [&](auto* table, auto* error) {
    return table->check_samples(self(), &frame, codes.data(), error);
  });
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < 0 || static_cast<std::size_t>(codes[i]) > info_.sample_reasons.size()) {
      broken(fmt::format("breaks the contract: check_samples: code {} for sample {} ({}); it has {} reasons", codes[i], i,
                         range_text(frame), info_.sample_reasons.size()));
    }
  }
}

void Target::label(const auspex_frame& frame, std::span<double> labels) {
  check_size(labels.size(), static_cast<std::size_t>(frame.sample_count));
  std::fill(labels.begin(), labels.end(), std::numeric_limits<double>::quiet_NaN());
  require_call<auspex_target>("label", range_text(frame), [&](auto* table, auto* error) {
    return table->label(self(), &frame, labels.data(), error);
  });
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto label = labels[i];
    if (std::isnan(label)) continue;
    const bool linear = info_.type == AUSPEX_TARGET_LINEAR;
    const bool good = linear ? label >= info_.minimum && label <= info_.maximum
                             : std::find(info_.classes.begin(), info_.classes.end(), label) != info_.classes.end();
    if (!good) {
      broken(fmt::format("gave the label {} to sample {} ({}), which is {}", label, i, range_text(frame),
                         linear ? fmt::format("outside {} to {}", info_.minimum, info_.maximum)
                                : std::string("none of its classes")));
    }
  }
}

// ---- Indicator ---------------------------------------------------------------------------------------------------------

Indicator::Indicator(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                     const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility), moodle_(!compatibility.empty()) {
  auspex_indicator_info from{};
  from.struct_size = sizeof from;
  require_call<auspex_indicator>("describe", {}, [&](auto* table, auto* error) { return table->describe(self(), &from, error); });
  try {
    const Listed listed("describe");
    listed.known(from.type, AUSPEX_INDICATOR_BINARY, AUSPEX_INDICATOR_DISCRETE, "type");
    listed.entities(from.required_entities, "required_entities");
    listed.entities(from.optional_entities, "optional_entities");
    info_ = {from.type, from.required_entities, from.optional_entities, {}, from.include_mean != 0};
    if (from.type == AUSPEX_INDICATOR_DISCRETE) {
      info_.classes = listed.finite(from.classes, from.class_count, "classes");
      if (info_.classes.size() < 2) listed.fail("a discrete indicator has at least two classes");
    }
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
}

bool Indicator::has_prepare() const {
  const auto& table = functions<auspex_indicator>();
  return AUSPEX_HAS(auspex_indicator, &table, prepare) && table.prepare != nullptr;
}

void Indicator::prepare(const auspex_frame& frame) {
  if (!has_prepare()) return;
  require_call<auspex_indicator>("prepare", range_text(frame), [&](auto* table, auto* error) {
    return table->prepare(self(), &frame, error);
  });
}

void Indicator::calculate(const auspex_frame& frame, std::span<double> values) {
  check_size(values.size(), static_cast<std::size_t>(frame.sample_count));
  std::fill(values.begin(), values.end(), std::numeric_limits<double>::quiet_NaN());
  require_call<auspex_indicator>("calculate", range_text(frame), [&](auto* table, auto* error) {
    return table->calculate(self(), &frame, values.data(), error);
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = values[i];
    if (std::isnan(value)) continue;
    if (const auto* why = why_not(value); why != nullptr) {
      broken(fmt::format("gave the value {} to sample {} ({}), which is {}", value, i, range_text(frame), why));
    }
  }
}

const char* Indicator::why_not(double value) const {
  // Moodle looks for PHP's intval of the value among the classes.
  const auto looked_for = moodle_ ? std::trunc(value) : value;
  switch (info_.type) {
    case AUSPEX_INDICATOR_BINARY: return looked_for == -1 || looked_for == 1 ? nullptr : "neither -1 nor 1";
    case AUSPEX_INDICATOR_DISCRETE:
      return std::find(info_.classes.begin(), info_.classes.end(), looked_for) != info_.classes.end() ? nullptr
                                                                                                   : "none of its classes";
    default: return value >= -1 && value <= 1 ? nullptr : "outside [-1, 1]";
  }
}

// ---- Backend -----------------------------------------------------------------------------------------------------------

Backend::Backend(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                 const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility) {
  auspex_backend_info from{};
  from.struct_size = sizeof from;
  require_call<auspex_ml_backend>("describe", {}, [&](auto* table, auto* error) { return table->describe(self(), &from, error); });
  info_ = {from.abilities};
  if ((from.abilities & (AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS | AUSPEX_CAN_REGRESSION)) == 0) {
    broken("breaks the contract: describe: it can do neither binary nor multiclass nor regression");
  }
  if ((from.abilities & AUSPEX_CAN_CONTRIBUTIONS) != 0 && !can_contribute()) {
    broken("breaks the contract: describe: it claims contributions, but the function is missing");
  }
}

std::string Backend::train(const auspex_matrix& matrix) {
  std::string model;
  Sink take([&](const void* data, std::size_t size) {
    if (size > 0 && data == nullptr) broken("breaks the contract: train: it writes from a null pointer");
    model.append(static_cast<const char*>(data), size);
  });
  const auspex_byte_sink sink = {sizeof sink, &take, [](void* context, const void* data, std::size_t size) {
                                   (*static_cast<decltype(take)*>(context))(data, size);
                                 }};
  auto error = empty_error();
  const auto status = enter<auspex_ml_backend>("train", matrix_text(matrix), error, [&](auto* table, auto* failed) {
    return table->train(self(), &matrix, &sink, failed);
  });
  take.rethrow();
  require(status, error, "train");
  if (model.empty()) broken("breaks the contract: train: the model is empty");
  return model;
}

void Backend::predict(std::string_view model, const auspex_matrix& matrix, std::span<double> out) {
  const auto width = static_cast<std::size_t>(std::max<std::int64_t>(matrix.class_count, 1));
  check_size(out.size(), static_cast<std::size_t>(matrix.rows) * width);
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  require_call<auspex_ml_backend>("predict", matrix_text(matrix), [&](auto* table, auto* error) {
    return table->predict(self(), model.data(), model.size(), &matrix, out.data(), error);
  });
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite(out[i])) broken(fmt::format("predicted {} for row {}", out[i], i / width));
  }
  if (matrix.class_count == 0) return;
  for (std::size_t row = 0; row * width < out.size(); ++row) {
    double sum = 0;
    for (const auto probability : out.subspan(row * width, width)) {
      if (probability < 0 || probability > 1) {
        broken(fmt::format("predicted the probability {} for row {}", probability, row));
      }
      sum += probability;
    }
    if (std::abs(sum - 1) > probability_tolerance) {
      broken(fmt::format("predicted probabilities for row {} that add up to {}, not to 1", row, sum));
    }
  }
}

bool Backend::can_contribute(std::int64_t class_count) const {
  if ((info_.abilities & AUSPEX_CAN_CONTRIBUTIONS) == 0) return false;
  const auto& table = functions<auspex_ml_backend>();
  return (AUSPEX_HAS(auspex_ml_backend, &table, explain) && table.explain != nullptr) ||
         (class_count <= 2 && AUSPEX_HAS(auspex_ml_backend, &table, contributions) && table.contributions != nullptr);
}

void Backend::explain(std::string_view model, const auspex_matrix& matrix, std::span<double> margins,
                      std::span<double> contributions) {
  if (!can_contribute()) throw std::logic_error(id() + " cannot give contributions");
  const auto outputs = std::size_t(matrix.class_count > 2 ? matrix.class_count : 1);
  const auto width = std::size_t(matrix.columns + 1);
  check_size(margins.size(), std::size_t(matrix.rows) * outputs);
  check_size(contributions.size(), margins.size() * width);
  constexpr auto none = std::numeric_limits<double>::quiet_NaN();
  std::fill(margins.begin(), margins.end(), none);
  std::fill(contributions.begin(), contributions.end(), none);
  const auto& table = functions<auspex_ml_backend>();
  const bool has_margins = AUSPEX_HAS(auspex_ml_backend, &table, explain) && table.explain != nullptr;
  if (has_margins) {
    require_call<auspex_ml_backend>("explain", matrix_text(matrix), [&](auto* functions, auto* error) {
      return functions->explain(self(), model.data(), model.size(), &matrix, margins.data(), contributions.data(), error);
    });
  } else {
    if (outputs > 1) broken("was built before the contract could explain more than two classes");
    require_call<auspex_ml_backend>("contributions", matrix_text(matrix), [&](auto* functions, auto* error) {
      return functions->contributions(self(), model.data(), model.size(), &matrix, contributions.data(), error);
    });
  }
  for (std::size_t i = 0; i < margins.size(); ++i) {
    double sum = 0, size = 1;
    for (const auto share : contributions.subspan(i * width, width)) {
      if (!std::isfinite(share)) broken(fmt::format("gave the contribution {} for row {}", share, i / outputs));
      sum += share;
      size = std::max(size, std::abs(share));
    }
    if (!has_margins) margins[i] = sum;
    if (!(std::abs(margins[i] - sum) <= contribution_tolerance * size)) {
      broken(fmt::format("gave contributions for row {} that add up to {}, not to the margin {}", i / outputs, sum,
                         margins[i]));
    }
  }
}

}  // namespace auspex::plugin
