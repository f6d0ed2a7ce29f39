/* The machines of every instruction set that the compiler knows, and the choice at run time. */
#pragma once

#include "core.h"
#include "tape_listing.h"

typedef struct { /* a number in each row: where the first is, and bytes from one to the next */
    char *start;
    Py_ssize_t step;
} Lane;

#if defined(__clang__)
#define IVDEP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define IVDEP _Pragma("GCC ivdep")
#else
#define IVDEP
#endif

#ifdef __FP_FAST_FMA
#define FUSED
#endif
#define ISA(name) name##_any
#include "tape_machine.h"
#include "tensor_loops.h"
#include "tensor_vectors.h"
#undef ISA

#if defined(__x86_64__) && defined(__GNUC__) && !defined(FUSED)
#define CLONES
#define FUSED
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define ISA(name) name##_avx2
#include "tape_machine.h"
#include "tensor_loops.h"
#include "tensor_vectors.h"
#undef ISA
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,prefer-vector-width=512"))), \
    apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")
#endif
#define ISA(name) name##_avx512
#include "tape_machine.h"
#include "tensor_loops.h"
#include "tensor_vectors.h"
#undef ISA
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

typedef struct {
    const char *name;
    int32_t (*run_row)(const int32_t *, double *);
    void (*run_block)(const int32_t *, const double *, double *, double *, int, int, int,
                      Py_ssize_t, const Lane *, const Lane *, double *);
} MachineCode;

static const MachineCode machines[] = {
    {"any", run_row_any, run_block_any},
#ifdef CLONES
    {"avx2", run_row_avx2, run_block_avx2},
    {"avx512", run_row_avx512, run_block_avx512},
#endif
};

/* How many of them this processor can run; the last is the fastest. */
static int machines_here(void) {
    int count = 1;
#ifdef CLONES
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        count = 2;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))
            count = 3;
    }
#endif
    return count;
}

/* The machine of a name, or the fastest for NULL; NULL where it can't run here. */
static const MachineCode *machine_of(const char *name) {
    int i = machines_here() - 1;
    while (name && i >= 0 && strcmp(machines[i].name, name)) i--;
    return i < 0 ? NULL : &machines[i];
}
