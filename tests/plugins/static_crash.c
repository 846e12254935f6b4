#include "part.h"
#include <signal.h>
#include <stdio.h>

__attribute__((constructor)) static void crash(void) {
  fputs("about to fall\n", stderr);
  raise(SIGSEGV);
}
