/* What every part of the core needs. Each header includes what it uses, so their order is free. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

#ifdef Py_GIL_DISABLED
#error "the core relies on the interpreter's lock; without it the Python twin runs"
#endif
#ifdef Py_TRACE_REFS
#error "the core keeps freed nodes, which this interpreter's list of all objects cannot know"
#endif

#ifdef _MSC_VER
#define UNLIKELY(x) (x)
#define RARE
#define ONCE inline
#else
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define RARE __attribute__((noinline, cold))
#define ONCE inline __attribute__((always_inline))
#endif

#define LINE 64 /* bytes that come from memory together */

/* Has a line brought into the caches from the first or from the second on; it need not exist. */
#define FIRST_CACHE 3
#define SECOND_CACHE 2
#ifdef __GNUC__
#define BRING(at, cache) __builtin_prefetch(at, 0, cache)
#else
#define BRING(at, cache) (void)(at)
#endif

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL
