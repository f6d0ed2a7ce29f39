/* What a sweep has to look for where a choice left entries out.

   Their adjoints are 0, and have to stay 0 whatever they are multiplied by. The plain sweep does
   that by itself but where a factor is infinite or nan, and then there is a nan to be found. The
   plan says where to look; nothing is looked for where no such factor can be. */
#pragma once

#include "tensor_arrays.h"

enum {
    CARRIES = 1,
    CHOOSES = 2,
    MULTIPLIES = 4,
    HAZARD = 8,
    KEEPS_NAN = 16,
    EMPTIES = 32,
    MIXES = 64
}; /* see rules/structural.py */

static PyObject *traits;         /* {row: these} */
static PyObject *strict_shares;  /* (node, adjoint) -> shares */
static PyObject *whole_left_out; /* node -> which of its parents get nothing at all */
static PyObject *careful;        /* () -> a block in which NumPy does not warn, but notices */

static int traits_of(PyObject *row) { /* -1: an error */
    Py_INCREF(row);                   /* its hash, and the finding of its traits, may be Python */
    PyObject *known = Py_XNewRef(PyDict_GetItemWithError(traits, row));
    if (!known && !PyErr_Occurred()) known = PyObject_GetItem(traits, row);
    const int found = known ? (int)PyLong_AsLong(known) : -1;
    Py_XDECREF(known);
    Py_DECREF(row);
    return found;
}

/* True where one of n numbers is what is looked for. */
enum { BAD, A_NAN, NO_ZERO }; /* nan or infinite */

#if defined(__GNUC__) && !defined(__clang__)
#define UNROLLED _Pragma("GCC unroll 4")
#else
#define UNROLLED
#endif

static int has_in_row(const char *p, npy_intp n, npy_intp step, int type, int what) {
#define ANY_IN_ROW(Bits, Signed, infinity) \
    { \
        const Bits magnitude = (Bits) ~(Bits)0 >> 1, \
                   above = magnitude - (infinity) + (what == BAD); \
        Bits bad = 0; \
        if (what == NO_ZERO) { \
            for (npy_intp i = 0; i < n; i++) \
                if (*(const Bits *)(p + i * step) & magnitude) return 1; \
            return 0; \
        } \
        if (step == sizeof(Bits)) { \
            UNROLLED \
            for (npy_intp i = 0; i < n; i++) bad |= (((const Bits *)p)[i] & magnitude) + above; \
        } \
        else \
            for (npy_intp i = 0; i < n; i++) \
                bad |= (*(const Bits *)(p + i * step) & magnitude) + above; \
        return (Signed)bad < 0; \
    }
    switch (type) {
    case NPY_DOUBLE: ANY_IN_ROW(uint64_t, int64_t, (uint64_t)0x7ff << 52)
    case NPY_FLOAT: ANY_IN_ROW(uint32_t, int32_t, (uint32_t)0xff << 23)
    case NPY_HALF: ANY_IN_ROW(uint16_t, int16_t, (uint16_t)(0x1f << 10))
    case NPY_LONGDOUBLE:
        for (npy_intp i = 0; i < n; i++) {
            const npy_longdouble x = *(const npy_longdouble *)(p + i * step);
            if (what == A_NAN ? x != x : what == BAD ? x - x != 0 : x != 0) return 1;
        }
    }
    return 0;
}

static int has_in_block(const char *p, int axes, const npy_intp *n, const npy_intp *step, int type,
                        int what) {
    if (axes < 2) return has_in_row(p, axes ? n[0] : 1, axes ? step[0] : 0, type, what);
    for (npy_intp i = 0; i < n[0]; i++)
        if (has_in_block(p + i * step[0], axes - 1, n + 1, step + 1, type, what)) return 1;
    return 0;
}

/* The same of an array; what it repeats, as broadcast arrays do, is looked at once. */
static int has(PyObject *x, int what) {
    PyArrayObject *array = (PyArrayObject *)x;
    const int type = PyArray_TYPE(array);
    const npy_intp size = PyArray_SIZE(array), each = PyArray_ITEMSIZE(array);
    if (!size) return 0;
    if (PyArray_ISBYTESWAPPED(array) || !PyArray_ISALIGNED(array)) return 1;
    if (PyArray_IS_C_CONTIGUOUS(array) || PyArray_IS_F_CONTIGUOUS(array))
        return has_in_row(PyArray_BYTES(array), size, each, type, what);
    const char *p = PyArray_BYTES(array);
    npy_intp n[NPY_MAXDIMS], step[NPY_MAXDIMS];
    int axes = 0;
    for (int i = 0; i < PyArray_NDIM(array); i++) { /* in the order of memory */
        const npy_intp count = PyArray_DIM(array, i), stride = PyArray_STRIDE(array, i);
        if (count == 1 || !stride) continue;
        if (stride < 0) p += stride * (count - 1);
        const npy_intp apart = stride < 0 ? -stride : stride;
        int k = axes++;
        for (; k && step[k - 1] < apart; k--) {
            step[k] = step[k - 1];
            n[k] = n[k - 1];
        }
        step[k] = apart;
        n[k] = count;
    }
    for (; axes > 1 && step[axes - 2] == n[axes - 1] * step[axes - 1]; axes--) {
        n[axes - 2] *= n[axes - 1];
        step[axes - 2] = step[axes - 1];
    }
    return has_in_block(p, axes, n, step, type, what);
}
