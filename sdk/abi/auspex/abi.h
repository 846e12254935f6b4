/* The whole plugin contract of Auspex. Needs a C11 or C++17 compiler and nothing else. */
#ifndef AUSPEX_ABI_H
#define AUSPEX_ABI_H
#include <auspex/abi/kinds.h>
#include <auspex/abi/plugin.h>
#include <auspex/abi/types.h>
#endif
