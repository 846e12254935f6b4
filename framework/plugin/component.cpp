#include "plugin/component.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <exception>
#include <limits>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"
#include "plugin/loading.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {
namespace {

constexpr std::uint32_t all_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE) |
                                       AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT) |
                                       AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ACTIVITY);
constexpr std::size_t most_ranges = 100'000;
constexpr std::size_t most_listed = 10'000;

// Of probabilities that a backend computes in single precision.
constexpr double probability_tolerance = 1e-3;

auspex_error empty_error() {
  auspex_error error{};
  error.struct_size = sizeof error;
  return error;
}

// What a callback given to a plugin works on. Exceptions wait here until the plugin has returned.
template <class Function>
class Sink {
 public:
  explicit Sink(Function function) : function_(std::move(function)) {}

  template <class... Arguments>
  void operator()(Arguments&&... arguments) noexcept {
    if (thrown_) return;
    try {
      function_(std::forward<Arguments>(arguments)...);
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  Function function_;
  std::exception_ptr thrown_;
};

// Calls into the plugin; an exception that crosses in spite of the contract becomes an error like any other.
template <class Function>
auspex_status guarded(auspex_error& error, Function&& function) {
  try {
    return function();
  } catch (...) {
    error = empty_error();
    fmt::format_to_n(error.message, sizeof error.message - 1, "it let an exception out, which breaks the contract");
    return AUSPEX_FAILED;
  }
}

// Texts and numbers of a struct that a plugin filled; `what` names the struct's call in complaints.
class Listed {
 public:
  explicit Listed(const char* what) : what_(what) {}

  [[nodiscard]] std::string text(const auspex_str& from, const std::string& field) const {
    if (const auto why = refuse_text(from); !why.empty()) fail(fmt::format("{} {}", field, why));
    return copy_text(from);
  }

  [[nodiscard]] std::vector<std::string> texts(const auspex_str* from, std::size_t count, const std::string& field) const {
    check(from, count, field);
    std::vector<std::string> list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(text(from[i], fmt::format("{}[{}]", field, i)));
    return list;
  }

  [[nodiscard]] std::vector<double> finite(const double* from, std::size_t count, const std::string& field) const {
    check(from, count, field);
    std::vector<double> list(from, from + count);
    for (const auto value : list) {
      if (!std::isfinite(value)) fail(fmt::format("{} has the element {}", field, value));
    }
    if (std::set<double>(list.begin(), list.end()).size() != list.size()) fail(field + " has an element twice");
    return list;
  }

  void known(int value, int least, int most, const std::string& field) const {
    if (value < least || value > most) fail(fmt::format("{} is {}, which has no meaning", field, value));
  }

  void entities(std::uint32_t bits, const std::string& field) const {
    if ((bits & ~all_entities) != 0) fail(fmt::format("{} has unknown bits ({:#x})", field, bits));
  }

  [[noreturn]] void fail(const std::string& why) const { throw std::invalid_argument(fmt::format("{}: {}", what_, why)); }

 private:
  void check(const void* from, std::size_t count, const std::string& field) const {
    if (count > most_listed) fail(fmt::format("{} claims {} elements", field, count));
    if (count > 0 && from == nullptr) fail(fmt::format("{} has {} elements at a null pointer", field, count));
  }

  const char* what_;
};

// An empty id = no reason.
Reason read_reason(const auspex_reason& from) {
  Reason reason;
  reason.id = copy_buffer(from.id, sizeof from.id);
  const auto count = std::min<std::uint32_t>(from.argument_count, AUSPEX_REASON_ARGUMENTS);
  for (std::uint32_t i = 0; i < count && reason; ++i) {
    const auto& argument = from.arguments[i];
    reason.arguments.emplace_back(copy_buffer(argument.name, sizeof argument.name),
                                  copy_buffer(argument.value, sizeof argument.value));
  }
  return reason;
}

// ---- parameters --------------------------------------------------------------------------------------------------------

// The values with defaults filled in; throws every fault at once.
nlohmann::json complete_parameters(const ComponentSchema& schema, const nlohmann::json& given) {
  if (!given.is_null() && !given.is_object()) {
    throw Error(Fault::configuration, fmt::format("the parameters of '{}' must be a table", schema.id));
  }
  std::vector<Problem> problems;
  auto complete = nlohmann::json::object();
  std::vector<std::string> names;
  for (const auto& parameter : schema.parameters) {
    names.push_back(parameter.name);
    if (given.is_object() && given.contains(parameter.name)) {
      const auto& value = given.at(parameter.name);
      if (const auto why = parameter.refuse(value); !why.empty()) {
        problems.push_back({{}, fmt::format("parameter '{}' of '{}': {}", parameter.name, schema.id, why), {}, false});
      }
      complete[parameter.name] = value;
    } else if (parameter.required) {
      problems.push_back({{}, fmt::format("'{}' needs the parameter '{}'", schema.id, parameter.name), parameter.description,
                          false});
    } else if (!parameter.default_value.is_null()) {
      complete[parameter.name] = parameter.default_value;
    }
  }
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        problems.push_back({{}, fmt::format("'{}' has no parameter '{}'", schema.id, name), did_you_mean(name, names),
                            false});
      }
    }
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  return complete;
}

// Checked values in the contract's form; owns what the arguments point to.
class Arguments {
 public:
  Arguments(const ComponentSchema& schema, const nlohmann::json& values) {
    for (const auto& parameter : schema.parameters) {
      if (values.contains(parameter.name)) add(parameter, values.at(parameter.name));
    }
  }

  [[nodiscard]] const auspex_argument* data() const { return arguments_.data(); }
  [[nodiscard]] std::size_t size() const { return arguments_.size(); }

 private:
  struct Values {
    std::vector<double> reals;
    std::vector<std::int64_t> integers;
    std::vector<std::string> texts;
    std::vector<auspex_str> borrowed;
  };

  static void add_one(Values& values, ParameterType type, const nlohmann::json& value) {
    switch (type) {
      case ParameterType::real: values.reals.push_back(value.get<double>()); break;
      case ParameterType::integer:
        values.integers.push_back(value.get<std::int64_t>());
        values.reals.push_back(value.get<double>());
        break;
      case ParameterType::boolean: values.integers.push_back(value.get<bool>() ? 1 : 0); break;
      case ParameterType::text: values.texts.push_back(value.get<std::string>()); break;
    }
  }

  static int32_t type_code(ParameterType type) {
    switch (type) {
      case ParameterType::real: return AUSPEX_TYPE_REAL;
      case ParameterType::integer: return AUSPEX_TYPE_INT;
      case ParameterType::boolean: return AUSPEX_TYPE_BOOL;
      case ParameterType::text: return AUSPEX_TYPE_TEXT;
    }
    return 0;
  }

  void add(const Parameter& parameter, const nlohmann::json& value) {
    auto& values = values_.emplace_back();
    if (parameter.is_list) {
      for (const auto& element : value) add_one(values, parameter.type, element);
    } else {
      add_one(values, parameter.type, value);
    }
    for (const auto& text : values.texts) values.borrowed.push_back(borrow(text));
    auspex_argument argument{};
    argument.struct_size = sizeof argument;
    argument.type = type_code(parameter.type);
    argument.is_list = parameter.is_list ? 1 : 0;
    argument.name = borrow(parameter.name);
    argument.count = parameter.is_list ? value.size() : 1;
    argument.reals = values.reals.empty() ? nullptr : values.reals.data();
    argument.integers = values.integers.empty() ? nullptr : values.integers.data();
    argument.texts = values.borrowed.empty() ? nullptr : values.borrowed.data();
    arguments_.push_back(argument);
  }

  std::deque<Values> values_;
  std::vector<auspex_argument> arguments_;
};

// ---- reads -------------------------------------------------------------------------------------------------------------

bool has_stage(Kind kind, int stage) {
  switch (kind) {
    case Kind::analyser: return stage == AUSPEX_STAGE_LIST || stage == AUSPEX_STAGE_SAMPLES;
    case Kind::target:
      return stage == AUSPEX_STAGE_SAMPLES || stage == AUSPEX_STAGE_ANALYSABLE || stage == AUSPEX_STAGE_LABEL;
    case Kind::indicator: return stage == AUSPEX_STAGE_PREPARE || stage == AUSPEX_STAGE_CALCULATE;
    case Kind::time_splitter:
    case Kind::ml_backend: return false;
  }
  return false;
}

bool has_samples(Kind kind, int stage) {
  return stage == AUSPEX_STAGE_CALCULATE || stage == AUSPEX_STAGE_LABEL ||
         (kind == Kind::target && stage == AUSPEX_STAGE_SAMPLES);
}

Read copy_read(const auspex_read& from, const Listed& listed) {
  if (!AUSPEX_HAS(auspex_read, &from, condition_count)) {
    listed.fail(fmt::format("a read is {} bytes long", from.struct_size));
  }
  Read read{from.stage, from.scope, from.window, listed.text(from.table, "table"), {}, {}};
  read.columns = listed.texts(from.columns, from.column_count, "columns");
  if (from.condition_count > most_listed) listed.fail("a read claims too many conditions");
  if (from.condition_count > 0 && from.conditions == nullptr) listed.fail("a read's conditions are a null pointer");
  // Steps by the author's size of an element, not by ours.
  auto at = reinterpret_cast<const char*>(from.conditions);
  for (std::size_t i = 0; i < from.condition_count; ++i) {
    const auto& condition = *reinterpret_cast<const auspex_condition*>(at);
    if (!AUSPEX_HAS(auspex_condition, &condition, value_count)) listed.fail("a read's condition is too short");
    read.conditions.push_back({listed.text(condition.column, "condition.column"),
                               listed.texts(condition.values, condition.value_count, "condition.values")});
    at += condition.struct_size;
  }
  return read;
}

void check_read(const Read& read, Kind kind, const std::string& compatibility, const Listed& listed) {
  const auto what = fmt::format("the read of '{}' for stage {}", read.table, stage_name(read.stage));
  if (!has_stage(kind, read.stage)) {
    listed.fail(fmt::format("{}: a component of kind {} has no such stage", what, kind_name(kind)));
  }
  listed.known(read.scope, AUSPEX_SCOPE_SAMPLE, AUSPEX_SCOPE_ANALYSABLE, what + ": scope");
  listed.known(read.window, AUSPEX_WINDOW_RANGE, AUSPEX_WINDOW_HISTORY, what + ": window");
  if (read.table.empty()) listed.fail(fmt::format("a read for stage {} names no table", stage_name(read.stage)));
  if (read.columns.empty()) listed.fail(what + " names no columns");
  if (std::find(read.columns.begin(), read.columns.end(), "") != read.columns.end()) {
    listed.fail(what + " has an empty column");
  }
  for (const auto& condition : read.conditions) {
    if (condition.column.empty()) listed.fail(what + " has a condition without a column");
    if (condition.values.empty()) {
      listed.fail(fmt::format("{}: the condition on '{}' has no values", what, condition.column));
    }
  }
  if (read.scope == AUSPEX_SCOPE_SAMPLE && !has_samples(kind, read.stage)) {
    listed.fail(what + " has the scope sample, but that call has no samples");
  }
  if (kind == Kind::indicator && read.stage == AUSPEX_STAGE_CALCULATE && read.window == AUSPEX_WINDOW_HISTORY &&
      compatibility.empty()) {
    listed.fail(what + " asks for the whole history: an indicator may look past the range's end only under compatibility");
  }
}

std::string range_text(const auspex_frame& frame) {
  const auto time = [](Time t) { return t == AUSPEX_NO_TIME ? std::string("none") : time_text(t); };
  return fmt::format("analysable {}, range {} to {}", frame.analysable == nullptr ? -1 : frame.analysable->key,
                     time(frame.start), time(frame.end));
}

void check_size(std::size_t given, std::size_t expected) {
  if (given != expected) throw std::logic_error(fmt::format("room for {} values where {} come", given, expected));
}

}  // namespace

std::string stage_name(int stage) {
  switch (stage) {
    case AUSPEX_STAGE_LIST: return "list";
    case AUSPEX_STAGE_SAMPLES: return "samples";
    case AUSPEX_STAGE_ANALYSABLE: return "analysable";
    case AUSPEX_STAGE_LABEL: return "label";
    case AUSPEX_STAGE_PREPARE: return "prepare";
    case AUSPEX_STAGE_CALCULATE: return "calculate";
    default: return std::to_string(stage);
  }
}

// ---- Instance ----------------------------------------------------------------------------------------------------------

Instance::Instance(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                   const std::string& compatibility)
    : parameters_(complete_parameters(component->schema, parameters)) {
  const auto& exported = *component->exported;
  const Arguments arguments(component->schema, parameters_);
  auto error = empty_error();
  const auto status = guarded(error, [&] {
    return exported.create(arguments.data(), arguments.size(), borrow(compatibility), &self_, &error);
  });
  if (status == AUSPEX_INVALID) {
    throw Error(Fault::configuration,
                fmt::format("'{}' refuses its parameters: {}", component->schema.id,
                            copy_buffer(error.message, sizeof error.message)),
                copy_buffer(error.hint, sizeof error.hint));
  }
  component_ = std::move(component);
  try {
    require(status, error, "create");
  } catch (...) {
    component_ = nullptr;  // nothing was created, nothing is destroyed
    throw;
  }
  try {
    declare(compatibility);
  } catch (...) {
    exported.destroy(self_);
    throw;
  }
}

void Instance::declare(const std::string& compatibility) {
  const auto& exported = *component_->exported;
  if (!AUSPEX_HAS(auspex_component, &exported, declare) || exported.declare == nullptr) return;
  const Listed listed("declare");
  Sink add([&](const auspex_read* from) {
    if (from == nullptr) listed.fail("a read is a null pointer");
    if (reads_.size() >= most_listed) listed.fail("it declares too many reads");
    auto read = copy_read(*from, listed);
    check_read(read, kind(), compatibility, listed);
    reads_.push_back(std::move(read));
  });
  const auspex_read_sink sink = {sizeof sink, &add, [](void* context, const auspex_read* read) {
                                   (*static_cast<decltype(add)*>(context))(read);
                                 }};
  auto error = empty_error();
  const auto status = guarded(error, [&] { return exported.declare(self_, &sink, &error); });
  try {
    add.rethrow();
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
  require(status, error, "declare");
}

Instance::Instance(Instance&& other) noexcept
    : component_(std::move(other.component_)),
      parameters_(std::move(other.parameters_)),
      reads_(std::move(other.reads_)),
      self_(std::exchange(other.self_, nullptr)) {}

Instance& Instance::operator=(Instance&& other) noexcept {
  std::swap(component_, other.component_);
  std::swap(parameters_, other.parameters_);
  std::swap(reads_, other.reads_);
  std::swap(self_, other.self_);
  return *this;
}

Instance::~Instance() {
  if (component_) component_->exported->destroy(self_);
}

const std::string& Instance::id() const { return component_->schema.id; }
Kind Instance::kind() const { return component_->schema.kind; }
const std::string& Instance::plugin() const { return component_->schema.plugin; }
const std::string& Instance::plugin_version() const { return component_->schema.plugin_version; }

template <class Table>
const Table& Instance::functions() const {
  return *static_cast<const Table*>(component_->functions);
}

void Instance::broken(const std::string& what, std::string hint) const {
  throw Error(Fault::plugin, fmt::format("{} of plugin {} {} {}", id(), plugin(), plugin_version(), what), std::move(hint));
}

void Instance::require(auspex_status status, const auspex_error& error, const char* call) const {
  if (status == AUSPEX_OK) return;
  if (status == AUSPEX_CANCELLED) throw Error(Fault::found, fmt::format("{} was cancelled", id()));
  const auto message = copy_buffer(error.message, sizeof error.message);
  broken(message.empty() ? fmt::format("failed: {} returned status {} without a message", call, status)
                         : fmt::format("failed: {}", message),
         copy_buffer(error.hint, sizeof error.hint));
}

// ---- Analyser ----------------------------------------------------------------------------------------------------------

Analyser::Analyser(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                   const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility) {
  auspex_analyser_info from{};
  from.struct_size = sizeof from;
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_analyser>().describe(self(), &from, &error); }), error, "describe");
  try {
    const Listed listed("describe");
    listed.known(from.unit, AUSPEX_UNIT_COURSE, AUSPEX_UNIT_SITE, "unit");
    listed.known(from.sample_entity, AUSPEX_ENTITY_USER, AUSPEX_ENTITY_ACTIVITY, "sample_entity");
    listed.entities(from.entities, "entities");
    if ((from.entities & AUSPEX_ENTITY_BIT(from.sample_entity)) == 0) listed.fail("entities lack the sample_entity");
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
  info_ = {from.unit, from.sample_entity, from.entities, from.one_sample_per_analysable != 0};
}

void Analyser::analysables(const auspex_frame& frame, const std::function<void(const auspex_analysable&)>& add) {
  Sink take([&](const auspex_analysable* one) {
    if (one == nullptr || !AUSPEX_HAS(auspex_analysable, one, end)) {
      broken("breaks the contract: analysables: one is too short");
    }
    if (one->unit != info_.unit || one->key < 0) {
      broken(fmt::format("breaks the contract: analysables: one has the unit {} and the key {}", one->unit, one->key));
    }
    add(auspex_analysable{sizeof(auspex_analysable), one->unit, one->key, one->start, one->end});
  });
  const auspex_analysable_sink sink = {sizeof sink, &take, [](void* context, const auspex_analysable* one) {
                                         (*static_cast<decltype(take)*>(context))(one);
                                       }};
  auto error = empty_error();
  const auto status =
      guarded(error, [&] { return functions<auspex_analyser>().analysables(self(), &frame, &sink, &error); });
  take.rethrow();
  require(status, error, "analysables");
}

void Analyser::samples(const auspex_frame& frame, const std::function<void(std::span<const std::int64_t> keys)>& add) {
  const auto expected = static_cast<std::size_t>(std::popcount(info_.entities));
  // The sample's own id stands behind the ids of lower entities.
  const auto own = static_cast<std::size_t>(
      std::popcount(info_.entities & (AUSPEX_ENTITY_BIT(info_.sample_entity) - 1)));
  Sink take([&](const std::int64_t* keys, std::size_t count) {
    if (keys == nullptr || count != expected) {
      broken(fmt::format("breaks the contract: samples: one has {} keys, its entities are {}", count, expected));
    }
    if (keys[own] < 0) broken("breaks the contract: samples: one has no id of its own");
    add({keys, count});
  });
  const auspex_sample_sink sink = {sizeof sink, &take, [](void* context, const std::int64_t* keys, std::size_t count) {
                                     (*static_cast<decltype(take)*>(context))(keys, count);
                                   }};
  auto error = empty_error();
  const auto status = guarded(error, [&] { return functions<auspex_analyser>().samples(self(), &frame, &sink, &error); });
  take.rethrow();
  require(status, error, "samples");
}

// ---- TimeSplitter ------------------------------------------------------------------------------------------------------

TimeSplitter::TimeSplitter(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                           const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility) {
  auspex_time_splitter_info from{};
  from.struct_size = sizeof from;
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_time_splitter>().describe(self(), &from, &error); }), error,
          "describe");
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
    if (range.end < range.start) broken(fmt::format("breaks the contract: {}: it ends before it starts", said));
    if (!split.ranges.empty()) {
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
  const auto status =
      guarded(error, [&] { return functions<auspex_time_splitter>().ranges(self(), &life, &sink, &reason, &error); });
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
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_target>().describe(self(), &from, &error); }), error, "describe");
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
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
}

Reason Target::check_analysable(const auspex_frame& frame) {
  auspex_reason reason{};
  reason.struct_size = sizeof reason;
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_target>().check_analysable(self(), &frame, &reason, &error); }),
          error, "check_analysable");
  return read_reason(reason);
}

void Target::check_samples(const auspex_frame& frame, std::span<std::int32_t> codes) {
  check_size(codes.size(), static_cast<std::size_t>(frame.sample_count));
  std::fill(codes.begin(), codes.end(), 0);
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_target>().check_samples(self(), &frame, codes.data(), &error); }),
          error, "check_samples");
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
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_target>().label(self(), &frame, labels.data(), &error); }), error,
          "label");
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
    : Instance(std::move(component), parameters, compatibility) {
  auspex_indicator_info from{};
  from.struct_size = sizeof from;
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_indicator>().describe(self(), &from, &error); }), error, "describe");
  try {
    const Listed listed("describe");
    listed.known(from.type, AUSPEX_INDICATOR_BINARY, AUSPEX_INDICATOR_DISCRETE, "type");
    listed.entities(from.required_entities, "required_entities");
    listed.entities(from.optional_entities, "optional_entities");
    info_ = {from.type, from.required_entities, from.optional_entities, {}, from.include_mean != 0};
    if (from.type == AUSPEX_INDICATOR_DISCRETE) {
      info_.classes = listed.finite(from.classes, from.class_count, "classes");
      if (info_.classes.size() < 2) listed.fail("a discrete indicator has at least two classes");
      for (const auto value : info_.classes) {
        if (value < -1 || value > 1) listed.fail(fmt::format("the class {} is outside [-1, 1]", value));
      }
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
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_indicator>().prepare(self(), &frame, &error); }), error, "prepare");
}

void Indicator::calculate(const auspex_frame& frame, std::span<double> values) {
  check_size(values.size(), static_cast<std::size_t>(frame.sample_count));
  std::fill(values.begin(), values.end(), std::numeric_limits<double>::quiet_NaN());
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_indicator>().calculate(self(), &frame, values.data(), &error); }),
          error, "calculate");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = values[i];
    if (std::isnan(value)) continue;
    if (!(value >= -1 && value <= 1)) {
      broken(fmt::format("gave the value {} to sample {} ({}), which is outside [-1, 1]", value, i, range_text(frame)));
    }
    if (!info_.classes.empty() && std::find(info_.classes.begin(), info_.classes.end(), value) == info_.classes.end()) {
      broken(fmt::format("gave the value {} to sample {} ({}), which is none of its classes", value, i, range_text(frame)));
    }
  }
}

// ---- Backend -----------------------------------------------------------------------------------------------------------

Backend::Backend(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                 const std::string& compatibility)
    : Instance(std::move(component), parameters, compatibility) {
  auspex_backend_info from{};
  from.struct_size = sizeof from;
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_ml_backend>().describe(self(), &from, &error); }), error, "describe");
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
  const auto status = guarded(error, [&] { return functions<auspex_ml_backend>().train(self(), &matrix, &sink, &error); });
  take.rethrow();
  require(status, error, "train");
  if (model.empty()) broken("breaks the contract: train: the model is empty");
  return model;
}

void Backend::predict(std::string_view model, const auspex_matrix& matrix, std::span<double> out) {
  const auto width = static_cast<std::size_t>(std::max<std::int64_t>(matrix.class_count, 1));
  check_size(out.size(), static_cast<std::size_t>(matrix.rows) * width);
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  auto error = empty_error();
  require(guarded(error, [&] {
            return functions<auspex_ml_backend>().predict(self(), model.data(), model.size(), &matrix, out.data(), &error);
          }), error, "predict");
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

bool Backend::can_contribute() const {
  const auto& table = functions<auspex_ml_backend>();
  return (info_.abilities & AUSPEX_CAN_CONTRIBUTIONS) != 0 && AUSPEX_HAS(auspex_ml_backend, &table, contributions) &&
         table.contributions != nullptr;
}

void Backend::contributions(std::string_view model, const auspex_matrix& matrix, std::span<double> out) {
  if (!can_contribute()) throw std::logic_error(id() + " cannot give contributions");
  const auto width = static_cast<std::size_t>(matrix.columns + 1);
  check_size(out.size(), static_cast<std::size_t>(matrix.rows) * width);
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  auto error = empty_error();
  require(guarded(error, [&] {
            return functions<auspex_ml_backend>().contributions(self(), model.data(), model.size(), &matrix, out.data(),
                                                                &error);
          }), error, "contributions");
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite(out[i])) broken(fmt::format("gave the contribution {} for row {}", out[i], i / width));
  }
}

}  // namespace auspex::plugin
