/* NumPy's arrays. */
#pragma once

#include "core.h"

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>
