// dlib's optimiser as headers only. Every source of this library includes dlib through this file.
#pragma once

// Nothing of dlib's compiled library is used, so there is no build of it to disagree with.
#define DLIB_TEST_FOR_ODR_VIOLATIONS_H_
#include <dlib/assert.h>
// A threaded BLAS may add in another order on another number of cores.
#undef DLIB_USE_BLAS
#undef DLIB_USE_LAPACK
#include <dlib/optimization/optimization.h>
