// Moodle's data set file: what its analytics hands to an ML backend, as CSV with three header lines.
//
//   timesplitting,nfeatures,moodleversion,targetcolumn,targettype,targetclasses
//   "\core\analytics\time_splitting\quarters",6,2023112400,"\core_course\analytics\target\course_dropout",discrete,"[0,1]"
//   range/0,range/1,range/2,range/3,"\core\analytics\indicator\read_actions","\core\analytics\indicator\read_actions/mean", ...
//
// Labelled files (for training) end in the target's column; unlabelled ones (for prediction) begin with "sampleid", the sample's
// id and the index of its range joined by '-'. Targets of numbers have "targetmin,targetmax" instead of "targetclasses". An
// empty field is no value.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.hpp"

namespace auspex::analysis {

/// Who and what a file is about, in Moodle's class names.
struct MoodleHead {
  std::string time_splitting;
  std::string version;  ///< of the Moodle it comes from, as in its config
  std::string target;
};

/// Gives the file to `take`, block by block. Analysables are in their own order, ties in the dataset's; within one, rows are in
/// the dataset's order. Indicators whose column is their id are named by their class, others by their column.
/// `moodle`: as the dataset was built.
void write_moodle_dataset(const MoodleHead& head, const Shape& shape, bool moodle, const Dataset& dataset, Purpose purpose,
                          const std::function<void(std::string_view)>& take);

/// A labelled file as a dataset that is anonymous. Its one analysable is the file, its samples are "line N".
struct MoodleDataset {
  MoodleHead head;
  Dataset dataset;  ///< columns are named by our ids
};

/// Throws Error(data) with the line and column of what is wrong, all of it up to a limit.
[[nodiscard]] MoodleDataset read_moodle_dataset(const std::filesystem::path& file);

}  // namespace auspex::analysis
