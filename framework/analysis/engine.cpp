#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "analysis/components.hpp"
#include "analysis/frames.hpp"
#include "analysis/tables.hpp"

namespace auspex::analysis {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total), begin_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { total_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  double& total_;
  std::chrono::steady_clock::time_point begin_;
};

// What all units of one run share.
struct Shared {
  const Request& request;
  std::map<std::string, TableRows> tables;  // those that are not read unit by unit
};

struct Job {
  std::size_t number = 0;
  auspex_analysable analysable{};
  UnitTables tables;
};

std::vector<std::size_t> reads_of(const plugin::Instance& component, int stage) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < component.reads().size(); ++i) {
    if (component.reads()[i].stage == stage) result.push_back(i);
  }
  return result;
}

// A frame with all that it points to.
class Frame {
 public:
  Frame(const auspex_analysable& analysable, Time start, Time end, std::int64_t range_index, int purpose) {
    raw_.struct_size = sizeof(auspex_frame);
    raw_.purpose = purpose;
    raw_.analysable = &analysable;
    raw_.start = start;
    raw_.end = end;
    raw_.range_index = range_index;
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  void samples(const SampleKeys& samples) {
    raw_.sample_count = std::int64_t(samples.count);
    for (std::size_t i = 0; i < samples.entities.size(); ++i) names_.push_back(entity_column(samples.entities[i]));
    for (std::size_t i = 0; i < samples.entities.size(); ++i) {
      entities_.push_back({sizeof(auspex_column), AUSPEX_TYPE_ID, {names_[i].data(), names_[i].size()},
                           std::int64_t(samples.count), samples.ids[i].data(), nullptr, nullptr, 0});
    }
    raw_.entities = entities_.data();
    raw_.entity_count = entities_.size();
  }

  void reads(FrameMaker& maker, const plugin::Instance& component, int stage, std::uint32_t entities, Time as_of) {
    for (const auto i : reads_of(component, stage)) {
      const auto& read = component.reads()[i];
      const bool clamped = read.window != AUSPEX_WINDOW_HISTORY && raw_.end != no_time;
      reads_.push_back(maker.rows(read, entities, {read.window, raw_.start, raw_.end, clamped ? std::min(raw_.end, as_of) : as_of}));
    }
    raw_.reads = reads_.data();
    raw_.read_count = reads_.size();
  }

  [[nodiscard]] const auspex_frame& raw() const { return raw_; }

 private:
  auspex_frame raw_{};
  std::deque<std::string> names_;
  std::vector<auspex_column> entities_;
  std::vector<auspex_rows> reads_;
};

// Analyses one unit with one worker's components.
class Unit {
 public:
  Unit(const Shared& shared, Components& components, const Job& job, Statistics& statistics)
      : request_(shared.request), components_(components), job_(job), statistics_(statistics) {}

  UnitResult run() {
    result_.key = job_.analysable.key;
    result_.analysable = describe();
    if (const auto events = job_.tables.own.find("events"); events != job_.tables.own.end()) {
      result_.events = std::int64_t(events->second.rows);
    }
    const SampleKeys nobody;
    FrameMaker whole(job_.tables, nobody);
    find_samples(whole);
    mark_enrolment_ends();
    if (request_.training) run(Purpose::training, whole);
    if (request_.prediction) run(Purpose::prediction, whole);
    statistics_.events += result_.events;
    ++statistics_.analysables;
    return std::move(result_);
  }

 private:
  AnalysableInfo describe() const {
    const auto key = job_.analysable.key;
    AnalysableInfo info{request_.campus->dictionary("course").text(key), "", job_.analysable.start, job_.analysable.end};
    info.label = info.id;
    return info;
  }

  void find_samples(FrameMaker& whole) {
    const auto& info = components_.analyser.info();
    for (std::int32_t entity = 1; entity < 32; ++entity) {
      if ((info.entities & AUSPEX_ENTITY_BIT(entity)) != 0) samples_.entities.push_back(entity);
    }
    samples_.ids.resize(samples_.entities.size());
    Frame frame(job_.analysable, no_time, request_.as_of, -1, 0);
    {
      const Stopwatch watch(statistics_.framing);
      frame.reads(whole, components_.analyser, AUSPEX_STAGE_SAMPLES, 0, request_.as_of);
    }
    components_.analyser.samples(frame.raw(), [&](std::span<const std::int64_t> keys) {
      for (std::size_t i = 0; i < keys.size(); ++i) samples_.ids[i].push_back(keys[i]);
      ++samples_.count;
    });
    const auto& ids = *samples_.of(info.sample_entity);
    const auto* users = samples_.of(AUSPEX_ENTITY_USER);
    const auto& names = request_.campus->dictionary(dictionary_of(info.sample_entity));
    for (std::size_t i = 0; i < samples_.count; ++i) {
      result_.samples.push_back({names.text(ids[i]), users == nullptr ? -1 : (*users)[i]});
    }
  }

  static std::string dictionary_of(std::int32_t entity) {
    const auto column = entity_column(entity);
    return column.substr(0, column.size() - 3);
  }

  // When each sample's enrolment ended and when that became known.
  void mark_enrolment_ends() {
    ends_.assign(samples_.count, {std::numeric_limits<Time>::max(), std::numeric_limits<Time>::max()});
    const auto* ids = samples_.of(AUSPEX_ENTITY_ENROLMENT);
    if (ids == nullptr) return;
    const auto& rows = job_.tables.at("enrolments");
    const auto* end = rows.find("end");
    const auto* known = rows.find(rows.table->find("end")->late);
    std::map<std::int64_t, std::size_t> at;
    for (std::size_t i = 0; i < samples_.count; ++i) at[(*ids)[i]] = i;
    for (std::size_t row = 0; row < rows.rows; ++row) {
      const auto found = at.find(rows.find("enrolment_id")->integers()[row]);
      if (found == at.end() || !end->valid(row)) continue;
      const auto known_at = known == nullptr ? end->integers()[row] : known->integers()[row];
      ends_[found->second] = {end->integers()[row], known_at};
    }
  }

  [[nodiscard]] bool enrolled_at(std::size_t sample, Time time) const {
    return ends_[sample].first > time || ends_[sample].second > time;
  }

  void run(Purpose purpose, FrameMaker& whole) {
    auto& result = result_.purposes.emplace_back();
    result.purpose = purpose;
    const int abi_purpose = purpose == Purpose::training ? AUSPEX_FOR_TRAINING : AUSPEX_FOR_PREDICTION;
    Frame analysable(job_.analysable, no_time, request_.as_of, -1, abi_purpose);
    {
      const Stopwatch watch(statistics_.framing);
      analysable.reads(whole, components_.target, AUSPEX_STAGE_ANALYSABLE, 0, request_.as_of);
    }
    result.left_out = components_.target.check_analysable(analysable.raw());
    whole.clear_ranges();
    if (result.left_out) return;
    auto ranges = ranges_for(purpose, result.left_out);
    if (result.left_out) return;

    auto valid = valid_samples(abi_purpose, result);
    if (result.left_out) return;
    const auto keys = samples_.subset(valid);
    FrameMaker maker(job_.tables, keys);
    if (purpose == Purpose::training && !label(maker, keys, valid, result)) return;
    for (auto& range : ranges) {
      auto& out = result.ranges.emplace_back();
      out.index = range.first;
      out.range = std::move(range.second);
      out.samples = valid;
      for (const auto sample : valid) out.enrolled.push_back(enrolled_at(sample, out.range.end));
    }
    if (purpose == Purpose::prediction && !any_new(result)) {
      result.left_out = {"already_predicted", {}};
      result.ranges.clear();
      return;
    }
    if (request_.calculate) calculate(maker, keys, result);
    if (purpose == Purpose::prediction) keep_new(result);
  }

  [[nodiscard]] bool is_new(std::size_t sample, std::int32_t range) const {
    return request_.history == nullptr || request_.history->predicted.count({result_.samples[sample].id, range}) == 0;
  }

  [[nodiscard]] bool any_new(const PurposeResult& result) const {
    return std::any_of(result.ranges.begin(), result.ranges.end(), [&](const auto& range) {
      return std::any_of(range.samples.begin(), range.samples.end(), [&](auto sample) { return is_new(sample, range.index); });
    });
  }

  // Indicators compare samples with each other, so they see all; only then those predicted before are taken out.
  void keep_new(PurposeResult& result) const {
    for (auto& range : result.ranges) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < range.samples.size(); ++i) {
        if (!is_new(range.samples[i], range.index)) continue;
        range.samples[kept] = range.samples[i];
        range.enrolled[kept] = range.enrolled[i];
        for (auto& values : range.values) values[kept] = values[i];
        ++kept;
      }
      range.samples.resize(kept);
      range.enrolled.resize(kept);
      for (auto& values : range.values) values.resize(kept);
    }
  }

  // Training: every range that is over. Prediction: the last that is ready.
  std::vector<std::pair<std::int32_t, plugin::Range>> ranges_for(Purpose purpose, plugin::Reason& reason) {
    Time first = no_time;
    if (request_.history != nullptr) {
      const auto found = request_.history->first_analysis.find(result_.analysable.id);
      if (found != request_.history->first_analysis.end()) first = found->second;
    }
    auto split = components_.splitter.ranges(job_.analysable.start, job_.analysable.end, request_.as_of, first);
    std::vector<std::pair<std::int32_t, plugin::Range>> result;
    if (split.reason) {
      reason = std::move(split.reason);
      return result;
    }
    for (std::size_t i = 0; i < split.ranges.size(); ++i) {
      auto& range = split.ranges[i];
      if (range.predict_at > request_.as_of) continue;
      if (purpose == Purpose::training && (!range.for_training || range.end > request_.as_of)) continue;
      if (purpose == Purpose::prediction) result.clear();
      result.emplace_back(std::int32_t(i), std::move(range));
    }
    if (result.empty()) reason = {"no_ranges_ready", {}};
    return result;
  }

  std::vector<std::size_t> valid_samples(int abi_purpose, PurposeResult& result) {
    std::vector<std::size_t> valid;
    if (samples_.count == 0) {
      result.left_out = {"no_samples", {}};
      return valid;
    }
    FrameMaker maker(job_.tables, samples_);
    Frame frame(job_.analysable, no_time, request_.as_of, -1, abi_purpose);
    frame.samples(samples_);
    {
      const Stopwatch watch(statistics_.framing);
      frame.reads(maker, components_.target, AUSPEX_STAGE_SAMPLES, components_.analyser.info().entities, request_.as_of);
    }
    std::vector<std::int32_t> codes(samples_.count, 0);
    components_.target.check_samples(frame.raw(), codes);
    const bool predicts = abi_purpose == AUSPEX_FOR_PREDICTION;
    for (std::size_t i = 0; i < samples_.count; ++i) {
      if (codes[i] != 0) {
        result.left_out_samples.push_back({i, components_.target.info().sample_reasons[std::size_t(codes[i] - 1)]});
      } else if (predicts && request_.history != nullptr && request_.history->trained.count(result_.samples[i].id) != 0) {
        result.left_out_samples.push_back({i, "used_for_training"});
      } else {
        valid.push_back(i);
      }
    }
    if (valid.empty()) result.left_out = {"no_valid_samples", {}};
    return valid;
  }

  bool label(FrameMaker& maker, const SampleKeys& keys, const std::vector<std::size_t>& valid, PurposeResult& result) {
    Frame frame(job_.analysable, no_time, request_.as_of, -1, AUSPEX_FOR_TRAINING);
    frame.samples(keys);
    {
      const Stopwatch watch(statistics_.framing);
      frame.reads(maker, components_.target, AUSPEX_STAGE_LABEL, components_.analyser.info().entities, request_.as_of);
    }
    std::vector<double> labels(valid.size());
    components_.target.label(frame.raw(), labels);
    maker.clear_ranges();
    result.labels.assign(samples_.count, std::numeric_limits<double>::quiet_NaN());
    bool any = false;
    for (std::size_t i = 0; i < valid.size(); ++i) {
      result.labels[valid[i]] = labels[i];
      if (labels[i] != labels[i]) result.left_out_samples.push_back({valid[i], "no_label"});
      else any = true;
    }
    if (!any) result.left_out = {"no_labels", {}};
    return any;
  }

  void calculate(FrameMaker& maker, const SampleKeys& keys, PurposeResult& result) {
    for (auto& indicator : components_.indicators) {
      if (!indicator.has_prepare()) continue;
      Frame frame(job_.analysable, no_time, no_time, -1, 0);
      frame.reads(maker, indicator, AUSPEX_STAGE_PREPARE, 0, request_.as_of);
      indicator.prepare(frame.raw());
    }
    maker.clear_ranges();
    for (auto& out : result.ranges) {
      for (auto& indicator : components_.indicators) {
        const auto& info = indicator.info();
        const auto entities = components_.analyser.info().entities & (info.required_entities | info.optional_entities);
        Frame frame(job_.analysable, out.range.start, out.range.end, out.index, 0);
        frame.samples(keys);
        {
          const Stopwatch watch(statistics_.framing);
          frame.reads(maker, indicator, AUSPEX_STAGE_CALCULATE, entities, request_.as_of);
        }
        const Stopwatch watch(statistics_.calculating);
        auto& values = out.values.emplace_back(keys.count);
        indicator.calculate(frame.raw(), values);
        statistics_.values += std::int64_t(values.size());
      }
      maker.clear_ranges();
    }
  }

  const Request& request_;
  Components& components_;
  const Job& job_;
  Statistics& statistics_;
  UnitResult result_;
  SampleKeys samples_;
  std::vector<std::pair<Time, Time>> ends_;
};

std::vector<auspex_analysable> list_analysables(const Request& request, plugin::Analyser& analyser, Words& words) {
  const auto listing = reads_of(analyser, AUSPEX_STAGE_LIST);
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
    frame.range_index = -1;
    frame.reads = &raw;
    frame.read_count = 1;
    analyser.analysables(frame, [&](const auspex_analysable& analysable) { result.push_back(analysable); });
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return result;
}

// Reads units in key order: each table once, front to back.
class Reader {
 public:
  Reader(const Request& request, const std::map<std::string, std::vector<std::string>>& columns,
         std::vector<auspex_analysable> analysables, Words& words, Shared& shared)
      : analysables_(std::move(analysables)), shared_(shared) {
    std::vector<std::int64_t> keys;
    for (const auto& analysable : analysables_) keys.push_back(analysable.key);
    for (const auto& [name, wanted] : columns) {
      const auto& table = *request.campus->find(name);
      if (table.order.front() == "course_id") {
        cursors_.emplace(name, TableCursor(*request.campus, table, wanted, request.as_of, keys, words));
      } else {
        shared.tables.emplace(name, TableCursor(*request.campus, table, wanted, request.as_of, {}, words).take_all());
      }
    }
  }

  [[nodiscard]] std::size_t count() const { return analysables_.size(); }

  /// The next unit; to be called count() times.
  void next(Job& job) {
    job.number = at_;
    job.analysable = analysables_[at_++];
    job.tables.shared = &shared_.tables;
    for (auto& [name, cursor] : cursors_) job.tables.own.insert_or_assign(name, cursor.take(job.analysable.key));
  }

 private:
  std::vector<auspex_analysable> analysables_;
  Shared& shared_;
  std::map<std::string, TableCursor> cursors_;
  std::size_t at_ = 0;
};

// A reader fills the queue, workers take jobs in order, results come back in order. At most `2 * threads` units are in flight.
class Pool {
 public:
  Pool(const Shared& shared, Reader& reader, int threads) : room_(2 * std::size_t(threads)) {
    threads_.emplace_back([this, &reader] { read(reader); });
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, &shared] { work(shared); });
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  /// The result of the unit with this number; every number is taken once, in order.
  UnitResult take(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_.count(number) != 0; });
    auto node = done_.extract(number);
    ++room_;
    lock.unlock();
    changed_.notify_all();
    if (node.mapped().error) std::rethrow_exception(node.mapped().error);
    return std::move(node.mapped().result);
  }

  /// After the last result was taken.
  [[nodiscard]] Statistics statistics() {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  struct Done {
    UnitResult result;
    std::exception_ptr error;
  };

  void add(const Statistics& part) {
    statistics_.reading += part.reading;
    statistics_.framing += part.framing;
    statistics_.calculating += part.calculating;
    statistics_.events += part.events;
    statistics_.values += part.values;
    statistics_.analysables += part.analysables;
  }

  void read(Reader& reader) {
    for (std::size_t number = 0; number < reader.count(); ++number) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || room_ > 0; });
        if (stopping_) return;
        --room_;
      }
      Statistics spent;
      Job job;
      std::exception_ptr error;
      try {
        const Stopwatch watch(spent.reading);
        reader.next(job);
      } catch (...) {
        error = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        add(spent);
        if (error) done_.emplace(number, Done{{}, error});
        else jobs_.push_back(std::move(job));
      }
      changed_.notify_all();
      if (error) return;
    }
  }

  void work(const Shared& shared) {
    std::optional<Components> components;
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
        if (stopping_) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      Done done;
      Statistics spent;
      try {
        if (!components) components = create_components(shared.request);
        done.result = Unit(shared, *components, job, spent).run();
      } catch (...) {
        done.error = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        done_.emplace(job.number, std::move(done));
        add(spent);
      }
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::map<std::size_t, Done> done_;
  Statistics statistics_;
  std::size_t room_;  // for units in flight
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

Statistics analyse(const Request& request, const std::function<void(UnitResult&&)>& take) {
  Statistics statistics;
  auto components = create_components(request);
  const auto columns = needed_columns(request, components);
  Words words(*request.campus);
  Shared shared{request, {}};
  std::optional<Reader> reader;
  {
    const Stopwatch watch(statistics.reading);
    reader.emplace(request, columns, list_analysables(request, components.analyser, words), words, shared);
  }

  Pool pool(shared, *reader, std::max(1, request.threads));
  for (std::size_t number = 0; number < reader->count(); ++number) {
    take(pool.take(number));
    if (request.progress) request.progress(double(number + 1) / double(reader->count()));
  }
  auto total = pool.statistics();
  total.reading += statistics.reading;
  return total;
}

}  // namespace auspex::analysis
