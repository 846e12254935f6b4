#include "ever_logged_in.hpp"
#include "profile.hpp"
#include "spam_accounts.hpp"
#include "upcoming_activities_due.hpp"

namespace core_user = auspex::core_user;

AUSPEX_PLUGIN_BY("core_user", "1.0.0", "Users", "Auspex", "Apache-2.0", "", core_user::upcoming_activities_due,
                 core_user::user_profile_set, core_user::user_track_forums, core_user::ever_logged_in,
                 core_user::write_actions, core_user::accounts,
                 core_user::spam_accounts)
