#include <auspex/abi.h>
static auspex_status init(const auspex_host *host, auspex_error *error);
#define INIT init
#include "part.h"
#include <stdio.h>

static auspex_status init(const auspex_host *host, auspex_error *error) {
  (void)host, (void)error;
  puts("waiting for Godot");
  fflush(stdout);
  for (volatile int forever = 1; forever;) {
  }
  return AUSPEX_OK;
}
