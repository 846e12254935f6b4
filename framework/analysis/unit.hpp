// One unit of work: the analysis of one analysable, or of a block of the site's samples, from rows that are in memory.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/components.hpp"
#include "analysis/frames.hpp"

namespace auspex::analysis {

/// Adds the time of its own life to a total.
class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total), begin_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { total_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& total_;
  std::chrono::steady_clock::time_point begin_;
};

/// An analysable and its range: what Moodle decides all samples of a static model and range index by.
struct Precedent {
  auspex_analysable analysable{};
  plugin::Range range;
};

/// What all units of one run share.
struct Shared {
  const Request& request;
  std::map<std::string, TableRows> tables = {};        ///< those that are not read unit by unit
  std::map<std::int32_t, Precedent> precedents = {};   ///< by range index; compatibility, static models only
};

/// One unit's work.
struct Job {
  std::size_t number = 0;
  auspex_analysable analysable{};
  UnitTables tables;
  SampleKeys samples;         ///< the site's only: those of this block; else the unit lists its own
};

/// The keys of the analysable's samples, from its SAMPLES reads.
[[nodiscard]] SampleKeys list_samples(const Request& request, plugin::Analyser& analyser, const auspex_analysable& analysable,
                                      FrameMaker& maker);

/// Leaves the analysable out for all purposes, as one on which a component failed.
void leave_out_failed(UnitResult& result, const Request& request, const std::string& failure);

[[nodiscard]] UnitResult analyse_unit(const Shared& shared, Components& components, Job job, Statistics& statistics);

/// The reads for one stage, as indices.
[[nodiscard]] std::vector<std::size_t> reads_of(const std::vector<plugin::Read>& reads, int stage);

}  // namespace auspex::analysis
