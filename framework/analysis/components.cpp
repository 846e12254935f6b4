#include "analysis/components.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analysis/frames.hpp"
#include "analysis/reader.hpp"
#include "base/names.hpp"

namespace auspex::analysis {
namespace {

std::vector<std::string> names_of(const std::vector<campus::Table>& tables) {
  std::vector<std::string> names;
  for (const auto& table : tables) names.push_back(table.name);
  return names;
}

std::vector<std::string> names_of(const campus::Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return names;
}

// Gathers the needed columns of all reads, and what is wrong with them.
class Needs {
 public:
  Needs(const campus::Campus& campus, std::string compatibility, const plugin::AnalyserInfo& analyser)
      : campus_(campus),
        compatibility_(std::move(compatibility)),
        in_blocks_(analyser.unit == AUSPEX_UNIT_SITE),
        key_(key_column(analyser)) {}

  void add(const std::string& id, Kind kind, const std::vector<plugin::Read>& reads, const Position& where) {
    for (const auto& read : reads) add(id, kind, read, where);
  }

  void column(const campus::Table& table, const std::string& name) {
    auto& columns = columns_[table.name];
    if (std::find(columns.begin(), columns.end(), name) != columns.end()) return;
    columns.push_back(name);
    if (const auto* declared = table.find(name); declared != nullptr && !declared->late.empty()) column(table, declared->late);
  }

  std::map<std::string, std::vector<std::string>> finish() {
    if (!problems_.empty()) throw Error(Fault::configuration, std::move(problems_));
    return std::move(columns_);
  }

 private:
  void add(const std::string& id, Kind kind, const plugin::Read& read, const Position& where) {
    const auto problem = [&](std::string message, std::string hint) {
      problems_.push_back({where, fmt::format("{} {}", id, message), std::move(hint), false});
    };
    const auto* table = campus_.find(read.table);
    if (table == nullptr) {
      return problem(fmt::format("reads the table '{}', which this campus does not have", read.table),
                     did_you_mean(read.table, names_of(campus_.tables()), "import a source that gives it"));
    }
    if (kind == Kind::indicator && read.window == AUSPEX_WINDOW_HISTORY && compatibility_.empty()) {
      problem(fmt::format("asks for the whole history of '{}', beyond the end of its range", read.table),
              "indicators may do so under [compatibility] only");
    }
    if (read.stage == AUSPEX_STAGE_PREPARE && table->known_at != "always") {
      problem(fmt::format("prepares from '{}', whose rows become known in the course of time", read.table),
              "prepare() may read tables that are always known only");
    }
    if (in_blocks_ && read.scope == AUSPEX_SCOPE_ANALYSABLE && kind != Kind::analyser && read_by_unit(*table, key_)) {
      problem(fmt::format("asks for all rows of '{}' of the whole site at once", read.table),
              "the site is worked on in blocks: read the rows of the sample");
    }
    const auto find = [&](const std::string& name) -> const campus::Column* {
      const auto* column = table->find(name);
      if (column == nullptr) {
        problem(fmt::format("reads '{}.{}', which does not exist", read.table, name), did_you_mean(name, names_of(*table)));
      } else if (column->audit) {
        problem(fmt::format("reads '{}.{}', which is for audits only and never a feature", read.table, name),
                "remove it, or declare use = \"feature\" in the source if that is what you mean");
      } else {
        this->column(*table, name);
      }
      return column;
    };
    for (const auto& name : read.columns) find(name);
    for (const auto& condition : read.conditions) {
      const auto* column = find(condition.column);
      if (column != nullptr && column->type != campus::Type::word && column->type != campus::Type::boolean) {
        problem(fmt::format("selects by '{}.{}', which is neither a word nor a boolean", read.table, condition.column), "");
      }
    }
    columns_[table->name];
    if (!table->time.empty()) column(*table, table->time);
    if (table->known_at != "always") column(*table, "known_at");
    for (const auto entity : {AUSPEX_ENTITY_USER, AUSPEX_ENTITY_COURSE, AUSPEX_ENTITY_ENROLMENT, AUSPEX_ENTITY_ACTIVITY}) {
      const auto name = entity_column(entity);
      if (table->find(name) != nullptr && matched_.count({id, entity}) != 0) column(*table, name);
    }
  }

 public:
  /// Rows of the component's reads are matched to samples by these entities.
  void match(const std::string& id, std::uint32_t entities) {
    for (std::int32_t entity = 1; entity < 32; ++entity) {
      if ((entities & AUSPEX_ENTITY_BIT(entity)) != 0) matched_.insert({id, entity});
    }
  }

 private:
  const campus::Campus& campus_;
  std::string compatibility_;
  bool in_blocks_;
  std::string key_;
  std::set<std::pair<std::string, std::int32_t>> matched_;
  std::map<std::string, std::vector<std::string>> columns_;
  std::vector<Problem> problems_;
};

// Whether the parts of a model go together, whatever the data.
void check_fit(const Request& request, const Components& components) {
  const auto& model = *request.model;
  const auto& target = components.target.info();
  std::vector<Problem> problems;
  const auto accepted = [&] {
    const auto& id = components.splitter.id();
    if ((target.accepts_direction & components.splitter.info().direction) == 0) return false;
    return target.accepts.empty() || std::find(target.accepts.begin(), target.accepts.end(), id) != target.accepts.end();
  };
  if (!accepted()) {
    problems.push_back({model.time_splitting->where,
                        fmt::format("the target {} does not accept the time splitting method {}", components.target.id(),
                                    components.splitter.id()),
                        target.accepts.empty() ? "choose one whose ranges end before the moment of prediction"
                                               : fmt::format("it accepts {}", fmt::join(target.accepts, ", ")),
                        false});
  }
  const auto gives = components.analyser.info().entities;
  const auto missing = [&](std::uint32_t needs) {
    std::string names;
    for (std::int32_t entity = 1; entity <= AUSPEX_ENTITY_ACTIVITY; ++entity) {
      if ((needs & ~gives & AUSPEX_ENTITY_BIT(entity)) != 0) names += (names.empty() ? "" : ", ") + entity_column(entity);
    }
    return names;
  };
  for (std::size_t i = 0; i < components.indicators.size(); ++i) {
    const auto& indicator = *components.indicators[i];
    if (!indicator.works_on(components.analyser.info())) {
      problems.push_back({model.indicators[i].where,
                          fmt::format("{} looks at more than a sample's own rows, and the analyser {} works on the whole site",
                                      indicator.id(), components.analyser.id()),
                          "there, SQL can be an expression whose rows are matched by the sample's course or user", false});
    }
    if (const auto names = missing(indicator.info().required_entities); !names.empty()) {
      problems.push_back({model.indicators[i].where,
                          fmt::format("{} needs {} of a sample, which the analyser {} does not give", indicator.id(), names,
                                      components.analyser.id()),
                          "", false});
    }
  }
  for (const auto& column : target.decides_from) {
    const auto gives_it = [&](const spec::Component& indicator) { return column_name(indicator) == column; };
    if (std::any_of(model.indicators.begin(), model.indicators.end(), gives_it)) continue;
    problems.push_back({model.target.where,
                        fmt::format("the target {} decides from the indicator {}, which the model does not have",
                                    components.target.id(), column),
                        fmt::format("add \"{}\" to its indicators", column), false});
  }
  if (const auto names = missing(target.required_entities); !names.empty()) {
    problems.push_back({model.target.where,
                        fmt::format("{} needs {} of a sample, which the analyser {} does not give", components.target.id(), names,
                                    components.analyser.id()),
                        "", false});
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
}

// Whether more rows or values of a table become known in the course of time.
bool grows(const campus::Table& table, const plugin::Read& read) {
  const auto late = [&](const std::string& name) { return !table.find(name)->late.empty(); };
  return table.known_at != "always" || std::any_of(read.columns.begin(), read.columns.end(), late);
}

}  // namespace

std::string column_name(const spec::Component& component) { return component.column.empty() ? component.id : component.column; }

Components create_components(const Request& request) {
  const auto& model = *request.model;
  const auto& registry = *request.registry;
  if (!model.time_splitting) {
    throw Error(Fault::configuration, fmt::format("the model {} has no time splitting method", model.id),
                "add time_splitting = \"...\", or give --time-splitting");
  }
  auto target = registry.target(model.target.id, model.target.parameters, model.compatibility);
  auto analyser = registry.analyser(target.info().analyser, nullptr, model.compatibility);
  auto splitter = registry.time_splitter(model.time_splitting->id, model.time_splitting->parameters, model.compatibility);
  std::vector<std::unique_ptr<Indicator>> indicators;
  std::vector<Problem> problems;
  for (const auto& indicator : model.indicators) {
    try {
      indicators.push_back(create_indicator(request, indicator));
    } catch (const Error& error) {
      if (error.fault() != Fault::configuration) throw;
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  Components components{std::move(analyser), std::move(splitter), std::move(target), std::move(indicators)};
  check_fit(request, components);
  return components;
}

std::vector<AuditColumn> audit_columns(const campus::Campus& campus, const plugin::AnalyserInfo& analyser) {
  std::set<std::string> given;
  for (std::int32_t entity = 1; entity <= AUSPEX_ENTITY_ACTIVITY; ++entity) {
    if ((analyser.entities & AUSPEX_ENTITY_BIT(entity)) != 0) given.insert(entity_column(entity));
  }
  std::vector<AuditColumn> result;
  for (const auto& table : campus.tables()) {
    const bool found = !table.key.empty() && std::all_of(table.key.begin(), table.key.end(), [&](const auto& name) { return given.contains(name); });
    for (const auto& column : table.columns) {
      if (column.audit && found) result.push_back({table.name, column.name, table.key});
    }
  }
  return result;
}

std::map<std::string, std::vector<std::string>> needed_columns(const Request& request, const Components& components) {
  const auto& campus = *request.campus;
  Needs needs(campus, request.model->compatibility, components.analyser.info());
  const auto given = components.analyser.info().entities;
  const auto add = [&](const plugin::Instance& component) {
    needs.add(component.id(), component.kind(), component.reads(), request.model->target.where);
  };
  needs.match(components.target.id(), given);
  add(components.analyser);
  add(components.target);
  for (std::size_t i = 0; i < components.indicators.size(); ++i) {
    const auto& indicator = *components.indicators[i];
    needs.match(indicator.id(), given & (indicator.info().required_entities | indicator.info().optional_entities));
    needs.add(indicator.id(), Kind::indicator, indicator.reads(), request.model->indicators[i].where);
  }
  if ((given & AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT)) != 0) {
    const auto& enrolments = *campus.find("enrolments");
    needs.column(enrolments, "enrolment_id");
    needs.column(enrolments, "end");
  }
  if (request.audit) {
    for (const auto& audit : audit_columns(campus, components.analyser.info())) {
      const auto& table = *campus.find(audit.table);
      for (const auto& name : audit.key) needs.column(table, name);
      needs.column(table, audit.column);
      if (table.known_at != "always") needs.column(table, "known_at");
    }
  }
  return needs.finish();
}

Shape shape_of(const Request& request) {
  const auto components = create_components(request);
  if (request.campus) (void)needed_columns(request, components);  // for its checks
  Shape shape;
  shape.target = components.target.info();
  shape.splitter = components.splitter.info();
  const auto note = [&](const Indicator& indicator) {
    if (!request.campus) return;
    for (const auto& read : indicator.reads()) {
      const auto* table = request.campus->find(read.table);
      const std::pair entry{indicator.id(), read.table};
      if (table->known_at == "always" &&
          std::find(shape.always_known.begin(), shape.always_known.end(), entry) == shape.always_known.end()) {
        shape.always_known.push_back(entry);
      }
      const bool whole = read.window == AUSPEX_WINDOW_HISTORY || read.stage == AUSPEX_STAGE_PREPARE;
      if (whole && grows(*table, read) &&
          (shape.beyond_range.empty() || shape.beyond_range.back() != indicator.id())) {
        shape.beyond_range.push_back(indicator.id());
      }
    }
  };
  if (request.audit && request.campus) {
    for (const auto& audit : audit_columns(*request.campus, components.analyser.info())) {
      shape.audit.push_back(audit.table + "." + audit.column);
    }
  }
  for (std::size_t i = 0; i < components.indicators.size(); ++i) {
    shape.indicator_columns.push_back(column_name(request.model->indicators[i]));
    shape.indicators.push_back(components.indicators[i]->info());
    note(*components.indicators[i]);
  }
  return shape;
}

}  // namespace auspex::analysis
