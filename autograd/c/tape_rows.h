/* The type of a tape for many rows at once. */
#pragma once

#include "core.h"
#include "tape_blocks.h"
#include "tape_machines.h"
#include "tape_type.h"

typedef struct {
    PyObject_HEAD
    Listing listing; /* its steps are freed once they are planned */
    Blocks blocks;
    char *shared, *summed;
    size_t sums; /* numbers of the arena for sums: 8 an output, or none */
    const MachineCode *machine;
    double *spare; /* an arena with the constants in it; NULL while it is used */
} Rows;

static void Rows_dealloc(PyObject *self) {
    Rows *t = (Rows *)self;
    free_listing(&t->listing);
    free_blocks(&t->blocks);
    PyMem_RawFree(t->shared);
    PyMem_RawFree(t->summed);
    PyMem_RawFree(t->spare);
    PyObject_Free(self);
}

/* The parts of an arena: what is the same for all rows, sums, guards that failed, and blocks, of
   which each row of a cache holds 8 numbers. */
typedef struct {
    double *all, *same, *sums, *left, *block;
} Arena;

static size_t in_lines(size_t n) { return (n + 7) & ~(size_t)7; }

static Arena take_rows_arena(Rows *t) {
    const Blocks *b = &t->blocks;
    const size_t same = in_lines((size_t)b->same.places + 1), sums = t->sums;
    const size_t size = (size_t)b->size;
    double *all = t->spare;
    t->spare = NULL;
    if (!all &&
        (all = room(same + sums + size + size * (size_t)(b->places + 1) + 8, sizeof *all))) {
        double *start = (double *)(((uintptr_t)all + 63) & ~(uintptr_t)63);
        memcpy(start + b->shared, t->listing.constant,
               (size_t)t->listing.constants * sizeof(double));
    }
    if (!all) return (Arena){NULL};
    double *start = (double *)(((uintptr_t)all + 63) & ~(uintptr_t)63);
    memset(start + same, 0, sums * sizeof(double));
    return (Arena){all, start, start + same, start + same + sums, start + same + sums + size};
}

/* Arrays of a call, all of float64: of two axes, of which the first is that of the rows, or of one
   where they are the same for all rows, or summed. */
typedef struct {
    Py_buffer *buffers;
    Lane *lanes;
    Py_ssize_t count;
} Arrays;

static void release_arrays(Arrays *a) {
    for (Py_ssize_t i = 0; i < a->count; i++) PyBuffer_Release(&a->buffers[i]);
    PyMem_RawFree(a->buffers);
    PyMem_RawFree(a->lanes);
}

#define MOST_ROWS_AT_ONCE (PY_SSIZE_T_MAX / 16)

static int is_aligned(const void *start) { return !((uintptr_t)start % _Alignof(double)); }

/* Whether there can be so many rows, and a buffer has a number for each where there are guards. */
static int fits_left(const Py_buffer *left, Py_ssize_t rows, int guards) {
    if (rows >= 0 && rows <= MOST_ROWS_AT_ONCE && left->format && strchr("lq", left->format[0]) &&
        left->itemsize == 8 && is_aligned(left->buf) && (!guards || left->len / 8 == rows))
        return 1;
    PyErr_Format(PyExc_ValueError, "rows: what left needs %zd numbers of int64", rows);
    return 0;
}

static int read_arrays(Arrays *a, PyObject *given, Py_ssize_t rows, int32_t n, const char *one_axis,
                       int writable, const char *what) {
    int32_t at = 0;
    const Py_ssize_t all = PyTuple_GET_SIZE(given);
    if (!(a->buffers = room((size_t)all, sizeof(Py_buffer))) ||
        !(a->lanes = room((size_t)n, sizeof(Lane))))
        return -1;
    for (Py_ssize_t i = 0; i < all; i++) {
        Py_buffer *buffer = &a->buffers[i];
        const int flags = PyBUF_STRIDES | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(given, i), buffer, flags) < 0) return -1;
        a->count++;
        const int axes = buffer->ndim;
        int fits = buffer->format && !strcmp(buffer->format, "d") && (axes == 1 || axes == 2) &&
                   (axes == 1 || buffer->shape[0] == rows) && buffer->shape[axes - 1] <= n - at;
        for (Py_ssize_t k = 0; fits && k < buffer->shape[axes - 1]; k++, at++) {
            a->lanes[at] = (Lane){(char *)buffer->buf + k * buffer->strides[axes - 1],
                                  axes == 1 ? 0 : buffer->strides[0]};
            fits = (axes == 1) == (one_axis[at] != 0) && is_aligned(a->lanes[at].start);
        }
        if (!fits) {
            PyErr_Format(PyExc_ValueError,
                         "rows: array %zd of %s does not fit: it needs float64, %zd rows, and one "
                         "axis alone where it is shared or summed",
                         i, what, rows);
            return -1;
        }
    }
    if (at == n) return 0;
    PyErr_Format(PyExc_ValueError, "rows: %s have %ld numbers a row; it needs %ld", what, (long)at,
                 (long)n);
    return -1;
}

/* What a call gives for many rows, whichever machine runs them. */
typedef struct {
    Py_ssize_t rows;
    Arrays in, out;
    Py_buffer left;
} RowsCall;

/* Reads the arguments of a call; -1 with an error. It is ended in either case. */
static int begin_rows(RowsCall *call, PyObject *args, PyObject *names, int32_t inputs,
                      const char *shared, int32_t outputs, const char *summed, int guards) {
    PyObject *in, *out, *left;
    memset(call, 0, sizeof *call);
    if (names) {
        PyErr_SetString(PyExc_TypeError, "rows: it takes no keywords");
        return -1;
    }
    const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE;
    if (!PyArg_ParseTuple(args, "nO!O!O:rows", &call->rows, &PyTuple_Type, &in, &PyTuple_Type, &out,
                          &left) ||
        PyObject_GetBuffer(left, &call->left, flags) < 0)
        return -1;
    const int is_read = fits_left(&call->left, call->rows, guards) &&
                        !read_arrays(&call->in, in, call->rows, inputs, shared, 0, "inputs") &&
                        !read_arrays(&call->out, out, call->rows, outputs, summed, 1, "outputs");
    return is_read ? 0 : -1;
}

/* The number of rows that are gone, or NULL with an error for -1. */
static PyObject *end_rows(RowsCall *call, Py_ssize_t gone) {
    release_arrays(&call->in);
    release_arrays(&call->out);
    PyBuffer_Release(&call->left);
    return gone < 0 ? NULL : PyLong_FromSsize_t(gone);
}

/* Puts the sums of 8 lanes each into the outputs that are sums. */
static void put_sums(const Lane *out, const char *summed, int32_t outputs, const double *sums) {
    for (int32_t i = 0; i < outputs; i++) {
        const double *s = sums + 8 * (size_t)i;
        if (!summed[i]) continue;
        const double sum = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
        memcpy(out[i].start, &sum, sizeof sum);
    }
}

/* Runs all rows; how many left by a guard. */
static Py_ssize_t run_rows(const Rows *t, const Arena *arena, Py_ssize_t rows, const Lane *in,
                           const Lane *out, int64_t *left) {
    const Blocks *b = &t->blocks;
    const Py_ssize_t blocks = (rows + b->size - 1) / b->size;
    const int each = blocks ? (int)in_lines((size_t)((rows + blocks - 1) / blocks)) : 0;
    Py_ssize_t gone = 0;
    for (int32_t i = 0, k = 0; i < t->listing.inputs; i++)
        if (t->shared[i]) memcpy(arena->same + k++, in[i].start, sizeof(double));
    t->machine->run_row(b->same.code, arena->same);
    for (Py_ssize_t start = 0; start < rows; start += each) {
        const int here = rows - start < each ? (int)(rows - start) : each;
        t->machine->run_block(b->code, arena->same, arena->block, arena->left, b->size,
                              (int)in_lines((size_t)here), here, start, in, out, arena->sums);
        for (int k = 0; t->listing.guards && k < here; k++) {
            const int is_gone = arena->left[k] != INFINITY;
            gone += is_gone;
            left[start + k] = is_gone ? (int64_t)arena->left[k] : -1;
        }
    }
    put_sums(out, t->summed, t->listing.outputs, arena->sums);
    return gone;
}

/* rows(count, inputs, outputs, left) -> how many rows left */
static PyObject *Rows_call(PyObject *self, PyObject *args, PyObject *names) {
    Rows *t = (Rows *)self;
    const Listing *l = &t->listing;
    Py_ssize_t gone = -1;
    RowsCall call;
    if (begin_rows(&call, args, names, l->inputs, t->shared, l->outputs, t->summed, l->guards) < 0)
        return end_rows(&call, -1);
    const Arena arena = take_rows_arena(t);
    const Lane *const in = call.in.lanes, *const out = call.out.lanes;
    if (arena.all && (size_t)call.rows < LONG_RUN / t->blocks.words)
        gone = run_rows(t, &arena, call.rows, in, out, call.left.buf);
    else if (arena.all) {
        Py_BEGIN_ALLOW_THREADS gone = run_rows(t, &arena, call.rows, in, out, call.left.buf);
        Py_END_ALLOW_THREADS
    }
    if (arena.all && t->spare) PyMem_RawFree(arena.all);
    else if (arena.all) t->spare = arena.all;
    return end_rows(&call, gone);
}

static PyMemberDef rows_members[] = {
    {"places", T_INT, offsetof(Rows, blocks) + offsetof(Blocks, places), READONLY,
     "Numbers of a row that the arena of a block has room for."},
    {"size", T_INT, offsetof(Rows, blocks) + offsetof(Blocks, size), READONLY, "Rows of a block."},
    {NULL},
};

static PyTypeObject rows_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Rows",
    .tp_basicsize = sizeof(Rows),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = Rows_dealloc,
    .tp_call = Rows_call,
    .tp_members = rows_members,
    .tp_doc = "Program that was planned for many rows at once.",
};

/* Copies flags, one for each input or output; NULL with an error. */
static char *read_flags(PyObject *given, int32_t n) {
    if (PyBytes_GET_SIZE(given) != n) {
        PyErr_Format(PyExc_ValueError, "rows: got %zd flags; it needs %ld", PyBytes_GET_SIZE(given),
                     (long)n);
        return NULL;
    }
    char *flags = room((size_t)n, 1);
    for (int32_t i = 0; flags && i < n; i++) flags[i] = PyBytes_AS_STRING(given)[i] != 0;
    return flags;
}

/* tape_rows(inputs, ..., instructions, (shared, summed)) */
static PyObject *make_rows(PyObject *self, PyObject *args) {
    PyObject *more = NULL, *shared, *summed;
    Rows *t = PyType_Ready(&rows_type) < 0 ? NULL : PyObject_New(Rows, &rows_type);
    if (!t) return NULL;
    memset(&t->listing, 0, sizeof *t - offsetof(Rows, listing));
    int made = read_tape(args, &t->listing, &t->machine, &more);
    if (!made && !more) PyErr_SetString(PyExc_TypeError, "rows: it needs flags");
    made = made || !more || !PyTuple_Check(more) ||
           !PyArg_ParseTuple(more, "SS", &shared, &summed) ||
           !(t->shared = read_flags(shared, t->listing.inputs)) ||
           !(t->summed = read_flags(summed, t->listing.outputs)) ||
           make_blocks(&t->listing, &t->blocks, t->shared, t->summed) < 0;
    if (made) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "rows: it needs a tuple of flags");
        Py_CLEAR(t);
        return NULL;
    }
    if (t->listing.outputs && memchr(t->summed, 1, (size_t)t->listing.outputs))
        t->sums = 8 * (size_t)t->listing.outputs;
    PyMem_RawFree(t->listing.step);
    t->listing.step = NULL;
    return (PyObject *)t;
}
