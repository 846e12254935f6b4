// Two inner loops by themselves: grouping the rows of a course by its students, and ROC-AUC.
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "analysis/frames.hpp"
#include "learning/metrics.hpp"

namespace {
using namespace auspex;

constexpr std::int64_t students = 1'000;

// Rows in the campus's order, the same number for each student.
analysis::TableRows course_events(const campus::Table& table, std::size_t rows) {
  std::vector<std::int64_t> users, times;
  for (std::size_t i = 0; i < rows; ++i) {
    users.push_back(std::int64_t(i) * students / std::int64_t(rows));
    times.push_back(std::int64_t(i));
  }
  analysis::TableRows result{&table, rows, {}};
  const std::vector<const std::vector<std::int64_t>*> data{&users, &times};
  for (std::size_t c = 0; c < data.size(); ++c) {
    result.columns.emplace_back(table.columns[c], nullptr);
    result.columns.back().append({campus::ColumnView::Form::integer64, data[c]->data(), nullptr}, 0, rows);
  }
  return result;
}

void group_by_student(benchmark::State& state) {
  campus::Table table{.name = "events"};
  table.columns = {{.name = "user_id", .type = campus::Type::id}, {.name = "time", .type = campus::Type::time}};
  table.time = "time";
  analysis::UnitTables tables;
  tables.own.emplace("events", course_events(table, std::size_t(state.range(0))));
  analysis::SampleKeys samples{{AUSPEX_ENTITY_USER}, {{}}, std::size_t(students)};
  for (std::int64_t user = 0; user < students; ++user) samples.ids[0].push_back(user);
  plugin::Read read;
  read.table = "events";
  read.columns = {"time"};
  read.scope = AUSPEX_SCOPE_SAMPLE;
  read.window = AUSPEX_WINDOW_UNTIL_END;
  for (auto _ : state) {
    analysis::FrameMaker maker(tables, samples);
    const auto& rows = maker.rows(read, AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER),
                                  {AUSPEX_WINDOW_UNTIL_END, no_time, state.range(0) / 2, state.range(0)});
    benchmark::DoNotOptimize(rows.end);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(group_by_student)->Arg(100'000)->Arg(1'000'000);

void roc_auc(benchmark::State& state) {
  std::vector<double> labels, probabilities;
  std::uint32_t bits = 1;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    bits = bits * 1664525 + 1013904223;
    labels.push_back(double(bits >> 31));
    probabilities.push_back(double(bits >> 8 & 0xffff) / 65536);
  }
  for (auto _ : state) benchmark::DoNotOptimize(learning::roc_auc(learning::Scores(labels, probabilities)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(roc_auc)->Arg(10'000)->Arg(100'000);

}  // namespace

BENCHMARK_MAIN();
