#include <auspex/abi.h>
static auspex_status init(const auspex_host *host, auspex_error *error);
#define INIT init
#include "part.h"
#include <signal.h>

static auspex_status init(const auspex_host *host, auspex_error *error) {
  (void)host, (void)error;
  raise(SIGSEGV);
  return AUSPEX_OK;
}
