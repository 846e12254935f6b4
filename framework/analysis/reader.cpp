#include "analysis/reader.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/error.hpp"

namespace auspex::analysis {
namespace {

// How many courses or users of the site are worked on as one block.
constexpr std::size_t keys_per_block = 64;

std::vector<auspex_analysable> list_analysables(const Request& request, plugin::Analyser& analyser, Words& words) {
  const auto listing = reads_of(analyser.reads(), AUSPEX_STAGE_LIST);
  if (listing.size() != 1) {
    throw Error(Fault::plugin, fmt::format("the analyser {} declares {} reads for listing, not one", analyser.id(), listing.size()));
  }
  const auto& read = analyser.reads()[listing.front()];
  const auto& table = *request.campus->find(read.table);
  TableCursor cursor(*request.campus, table, read.columns, request.as_of, {}, words);
  std::vector<auspex_analysable> result;
  TableRows rows;
  const auspex_analysable none{sizeof(auspex_analysable), analyser.info().unit, 0, no_time, no_time};
  while (cursor.next(rows)) {
    std::vector<auspex_column> columns;
    for (const auto& name : read.columns) columns.push_back(rows.find(name)->view());
    const std::int64_t begin = 0, end = std::int64_t(rows.rows);
    const auspex_rows raw{sizeof(auspex_rows), AUSPEX_SCOPE_ANALYSABLE, columns.size(), columns.data(), &begin, &end};
    auspex_frame frame{};
    frame.struct_size = sizeof frame;
    frame.analysable = &none;
    frame.start = no_time;
    frame.end = request.as_of;
    frame.known_by = request.as_of;
    frame.range_index = -1;
    frame.reads = &raw;
    frame.read_count = 1;
    analyser.analysables(frame, [&](const auspex_analysable& analysable) { result.push_back(analysable); });
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  if (analyser.info().unit == AUSPEX_UNIT_SITE && result.size() > 1) {
    // Each batch of the listing tells of the one site: its life spans all that they say.
    auto& site = result.front();
    for (const auto& part : result) {
      if (part.start != no_time && (site.start == no_time || part.start < site.start)) site.start = part.start;
      site.end = std::max(site.end, part.end);
    }
    result.resize(1);
  }
  return result;
}

}  // namespace

std::string key_column(const plugin::AnalyserInfo& analyser) {
  const bool of_courses = analyser.unit == AUSPEX_UNIT_SITE ? (analyser.entities & AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE)) != 0
                                                            : analyser.unit == AUSPEX_UNIT_COURSE;
  return of_courses ? "course_id" : "user_id";
}

bool read_by_unit(const campus::Table& table, const std::string& key) {
  // What is kept by user belongs to users wherever they are; what is kept by course can be had by user as well.
  return table.order.front() == key || (key == "user_id" && table.find(key) != nullptr);
}

Reader::Reader(Components& components, const std::map<std::string, std::vector<std::string>>& columns, Shared& shared)
    : shared_(shared), words_(*shared.request.campus) {
  const auto& request = shared.request;
  const auto& campus = *request.campus;
  const auto key = key_column(components.analyser.info());
  const auto whole = [&](const std::string& name, const std::vector<std::string>& wanted) {
    return TableCursor(campus, *campus.find(name), wanted, request.as_of, {}, words_).take_all();
  };
  for (const auto& [name, wanted] : columns) {
    if (!read_by_unit(*campus.find(name), key)) shared.tables.emplace(name, whole(name, wanted));
  }

  auto analysables = list_analysables(request, components.analyser, words_);
  if (request.only) {
    const auto& only = *request.only;
    std::erase_if(analysables, [&](const auto& each) { return !std::binary_search(only.begin(), only.end(), each.key); });
  }
  if (components.analyser.info().unit != AUSPEX_UNIT_SITE) {
    for (const auto& analysable : analysables) planned_.push_back({analysable, {analysable.key}, {}});
  } else if (!analysables.empty()) {
    UnitTables tables;
    tables.shared = &shared.tables;
    for (const auto i : reads_of(components.analyser.reads(), AUSPEX_STAGE_SAMPLES)) {
      const auto& name = components.analyser.reads()[i].table;
      if (tables.own.count(name) == 0 && shared.tables.count(name) == 0) tables.own.emplace(name, whole(name, columns.at(name)));
    }
    plan_site(components, analysables.front(), tables, key == "course_id" ? AUSPEX_ENTITY_COURSE : AUSPEX_ENTITY_USER);
  }

  std::vector<std::int64_t> keys;
  for (const auto& planned : planned_) keys.insert(keys.end(), planned.keys.begin(), planned.keys.end());
  for (const auto& [name, wanted] : columns) {
    const auto& table = *campus.find(name);
    if (read_by_unit(table, key)) cursors_.emplace(name, TableCursor(campus, table, wanted, request.as_of, keys, words_, key));
  }
}

void Reader::plan_site(Components& components, const auspex_analysable& site, const UnitTables& tables, std::int32_t entity) {
  const SampleKeys nobody;
  FrameMaker maker(tables, nobody);
  const auto samples = list_samples(shared_.request, components.analyser, site, maker);
  const auto& keys = *samples.of(entity);
  std::vector<std::size_t> order(samples.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return keys[a] < keys[b]; });
  for (std::size_t at = 0; at < order.size();) {
    auto& block = planned_.emplace_back();
    block.analysable = site;
    std::vector<std::size_t> members;
    while (at < order.size()) {
      const auto key = keys[order[at]];
      if (block.keys.empty() || block.keys.back() != key) {
        if (block.keys.size() == keys_per_block) break;
        block.keys.push_back(key);
      }
      members.push_back(order[at++]);
    }
    block.samples = samples.subset(members);
  }
}

Job Reader::next() {
  auto& planned = planned_[at_];
  Job job{at_++, planned.analysable, {}, std::move(planned.samples)};
  job.tables.shared = &shared_.tables;
  for (auto& [name, cursor] : cursors_) {
    job.tables.own.insert_or_assign(name, cursor.take(planned.keys.front(), planned.keys.back()));
  }
  return job;
}

}  // namespace auspex::analysis
