#include "activity.hpp"
#include "marks.hpp"
#include "regularity.hpp"
#include "submissions.hpp"

namespace engagement = auspex::engagement;

AUSPEX_PLUGIN_BY("engagement", "1.0.0", "Engagement", "Auspex", "Apache-2.0", "", engagement::days_since_last_activity,
                 engagement::active_days, engagement::activity_relative_to_median, engagement::longest_gap,
                 engagement::longest_streak, engagement::trend_last_two_weeks, engagement::recent_activity,
                 engagement::distinct_activities, engagement::submissions_made, engagement::submission_earliness,
                 engagement::submissions_relative_to_median, engagement::average_mark, engagement::regularity)
