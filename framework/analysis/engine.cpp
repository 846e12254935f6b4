#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>

#include "analysis/analysis.hpp"
#include "analysis/reader.hpp"

namespace auspex::analysis {
namespace {

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
        job = reader.next();
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
      const auto number = job.number;
      try {
        if (!components) components = create_components(shared.request);
        done.result = analyse_unit(shared, *components, std::move(job), spent);
        if (!done.result.failure.empty()) components.reset();  // they stand in the middle of something
      } catch (...) {
        done.error = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        done_.emplace(number, std::move(done));
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

// Appends a block of the site to what the blocks before it gave.
void append(UnitResult& to, UnitResult&& block) {
  const auto offset = to.samples.size();
  to.events += block.events;
  std::move(block.samples.begin(), block.samples.end(), std::back_inserter(to.samples));
  for (std::size_t p = 0; p < to.purposes.size(); ++p) {
    auto& into = to.purposes[p];
    auto& from = block.purposes[p];
    for (const auto& out : from.left_out_samples) into.left_out_samples.push_back({out.sample + offset, out.reason, out.range});
    if (!into.labels.empty() || !from.labels.empty()) {
      into.labels.resize(offset, std::nan(""));
      from.labels.resize(block.samples.size(), std::nan(""));
      into.labels.insert(into.labels.end(), from.labels.begin(), from.labels.end());
    }
    if (from.left_out) continue;  // a block may have nothing to give; the site is left out where all blocks are
    into.left_out = {};
    for (auto& range : from.ranges) {
      const auto at = std::find_if(into.ranges.begin(), into.ranges.end(), [&](const auto& r) { return r.index == range.index; });
      for (auto& sample : range.samples) sample += offset;
      if (at == into.ranges.end()) {
        into.ranges.push_back(std::move(range));
        continue;
      }
      const auto add = [](auto& all, const auto& more) { all.insert(all.end(), more.begin(), more.end()); };
      add(at->samples, range.samples);
      add(at->enrolled, range.enrolled);
      add(at->outcome_known, range.outcome_known);
      add(at->decisions, range.decisions);
      for (std::size_t i = 0; i < at->values.size(); ++i) add(at->values[i], range.values[i]);
    }
  }
}

Statistics run(Shared& shared, Components& components, const std::function<void(UnitResult&&)>& take) {
  const auto& request = shared.request;
  Statistics statistics;
  plugin::forget_dictionaries();
  std::optional<Reader> reader;
  {
    const Stopwatch watch(statistics.reading);
    reader.emplace(components, needed_columns(request, components), shared);
  }
  const bool in_blocks = components.analyser.info().unit == AUSPEX_UNIT_SITE;
  std::optional<UnitResult> site;
  std::string failure;  // of a block
  Pool pool(shared, *reader, std::max(1, request.threads));
  for (std::size_t number = 0; number < reader->count(); ++number) {
    auto result = pool.take(number);
    if (in_blocks && !result.failure.empty()) {
      // What is known of a part is not known of the site.
      if (failure.empty()) failure = result.failure;
      if (site) continue;
    }
    if (!in_blocks) take(std::move(result));
    else if (site) append(*site, std::move(result));
    else site = std::move(result);
    if (request.progress) request.progress(double(number + 1) / double(reader->count()));
  }
  if (site && !failure.empty()) leave_out_failed(*site, request, failure);
  if (site) take(std::move(*site));
  auto total = pool.statistics();
  total.reading += statistics.reading;
  if (in_blocks) total.analysables = site ? 1 : 0;
  return total;
}

// Moodle decides static models by the class of analysables: all samples of a range index by the dates of the first analysable
// that has a row there. First is what was never analysed, then what was longest ago, then the source's order.
std::map<std::int32_t, Precedent> precedents_of(const Request& request, Components& components) {
  std::map<std::int32_t, Precedent> first;
  std::map<std::int32_t, std::tuple<Time, std::int64_t, std::int64_t>> places;
  Shared shared{request};
  (void)run(shared, components, [&](UnitResult&& unit) {
    const auto& info = unit.analysable;
    Time last = no_time;  // earlier than any
    if (request.history != nullptr) {
      const auto found = request.history->last_analysis.find(info.id);
      if (found != request.history->last_analysis.end()) last = found->second;
    }
    const std::tuple place(last, info.order, unit.key);
    for (const auto& range : unit.purposes.back().ranges) {
      const auto valued = [](const auto& values) {
        return std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
      };
      if (std::none_of(range.values.begin(), range.values.end(), valued)) continue;
      const auto [at, added] = places.try_emplace(range.index, place);
      if (!added && at->second <= place) continue;
      at->second = place;
      first[range.index] = {{sizeof(auspex_analysable), components.analyser.info().unit, unit.key, info.start, info.end, info.order},
                            range.range};
    }
  });
  return first;
}

}  // namespace

Statistics analyse(const Request& request, const std::function<void(UnitResult&&)>& take) {
  auto components = create_components(request);
  Shared shared{request};
  if (components.target.info().is_static && !request.model->compatibility.empty() && request.prediction && request.calculate) {
    shared.precedents = precedents_of(request, components);
  }
  return run(shared, components, take);
}

}  // namespace auspex::analysis
