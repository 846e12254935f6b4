#include <auspex/abi.h>
static auspex_status init(const auspex_host *host, auspex_error *error);
#define INIT init
#include "part.h"

static auspex_status init(const auspex_host *host, auspex_error *error) {
  (void)host;
  return fail_with(error, AUSPEX_FAILED, "the licence server is asleep", "wake it");
}
