/* Machine code for many rows: it goes along columns; what does not lie so is moved block by block. */
#pragma once

#include "core.h"
#include "native_squares.h"
#include "native_type.h"
#include "tape_rows.h"

#define BLOCK_ROWS 256
#define BLOCK_BYTES (40 << 10) /* what is moved stays in the first cache */
#define PAGE 4096              /* bytes after which columns take the same places of the cache */
#define FEW_COLUMNS 8          /* columns that such places have room for */
#define FAR (1 << 20)          /* bytes of a side that may not be in the second cache */

typedef void (*RowsCode)(double **inputs, double **outputs, int64_t *left, double *arena,
                         int64_t rows);

typedef struct {
    PyObject_HEAD
    RowsCode code;
    PyObject *owner; /* who keeps the code as long as this lives */
    int32_t inputs, outputs, width;
    int guards;
    Py_ssize_t arena; /* numbers in it */
    MoveSquare move_square;
    WriteRows write_rows; /* or NULL */
    char *shared, *summed;
} NativeRows;

static void NativeRows_dealloc(PyObject *self) {
    NativeRows *t = (NativeRows *)self;
    PyMem_RawFree(t->shared);
    PyMem_RawFree(t->summed);
    Py_XDECREF(t->owner);
    PyObject_Free(self);
}

/* Lanes that lie side by side in each row. */
typedef struct {
    int32_t first, count;
} Run;

/* Lanes of the inputs or outputs, and the addresses that the code gets for the rows of a block. */
typedef struct {
    const Lane *lanes;
    const char *one;    /* flags of those that are one number for all rows */
    int32_t n, columns; /* and whether the others lie as the code wants them */
    int is_moved;       /* whether they are moved into a block, or from it */
    int is_far;
    int32_t run_count;
    Run *runs; /* of those that are not one number */
    double **address, *block;
    MoveSquare move_square;
    WriteRows write_rows;
} Side;

static int lie_as_columns(const Lane *lanes, const char *one, int32_t n) {
    int32_t close = 0;
    for (int32_t i = 0; i < n; i++) {
        if (one[i]) continue;
        if (lanes[i].step != sizeof(double)) return 0;
        close += i && (lanes[i].start - lanes[i - 1].start) % PAGE == 0;
    }
    return close < FEW_COLUMNS;
}

static void find_runs(Side *s) {
    s->run_count = 0;
    for (int32_t i = 0; i < s->n; i++) {
        if (s->one[i]) continue;
        const Lane *lane = &s->lanes[i];
        if (i && !s->one[i - 1] && lane[-1].step == lane->step &&
            lane[-1].start + sizeof(double) == lane->start)
            s->runs[s->run_count - 1].count++;
        else s->runs[s->run_count++] = (Run){i, 1};
    }
}

/* Sets the addresses of a block: in the arrays, or in a block of their own. */
static void place_side(Side *s, Py_ssize_t start, int is_whole, Py_ssize_t apart) {
    const int was_moved = s->is_moved;
    s->is_moved = !(is_whole && s->columns);
    if (was_moved && s->is_moved && start) return;
    for (int32_t i = 0; i < s->n; i++)
        if (!s->one[i])
            s->address[i] =
                s->is_moved ? s->block + i * apart : (double *)(void *)(s->lanes[i].start) + start;
}

/* Moves rows of a lane into its column of a block, or out of it. */
static void move_lane(char *at, Py_ssize_t step, char *column, Py_ssize_t rows, int is_out) {
    const size_t one = sizeof(double);
    if (is_out)
        for (; rows > 0; rows--, at += step, column += one) memcpy(at, column, one);
    else
        for (; rows > 0; rows--, at += step, column += one) memcpy(column, at, one);
}

/* Moves a few rows of a run into their columns of a block, or out of them, while the rows after them
   are brought near. */
static void move_run(const Side *s, Run run, char *at, Py_ssize_t step, char *column,
                     Py_ssize_t apart, Py_ssize_t rows, int is_out) {
    int32_t i = 0;
    if (is_out && rows == SQUARE && run.count >= SQUARE && s->write_rows &&
        step % (Py_ssize_t)sizeof(double) == 0) {
        s->write_rows(column, apart, at, step, run.count / SQUARE, s->is_far);
        i = run.count / SQUARE * SQUARE;
        at += i * (Py_ssize_t)sizeof(double);
        column += i * apart;
    }
    for (; rows == SQUARE && i + SQUARE <= run.count; i += SQUARE) {
        for (int k = 0; s->is_far && k < SQUARE; k++) BRING(at + (SQUARE + k) * step, SECOND_CACHE);
        if (is_out) s->move_square(column, apart, at, step);
        else s->move_square(at, step, column, apart);
        at += SQUARE * sizeof(double);
        column += SQUARE * apart;
    }
    for (; i < run.count; i++, at += sizeof(double), column += apart)
        move_lane(at, step, column, rows, is_out);
}

/* Moves rows of a block into it, or out of it, a few rows of all lanes at a time. */
static void move_side(const Side *s, Py_ssize_t start, Py_ssize_t rows, Py_ssize_t apart,
                      int is_out) {
    const Py_ssize_t column = apart * (Py_ssize_t)sizeof(double);
    for (Py_ssize_t first = 0; s->is_moved && first < rows; first += SQUARE) {
        const Py_ssize_t here = rows - first < SQUARE ? rows - first : SQUARE;
        for (int32_t k = 0; k < s->run_count; k++) {
            const Run run = s->runs[k];
            const Lane *lane = &s->lanes[run.first];
            char *const at = lane->start + (start + first) * lane->step;
            char *const in = (char *)(s->address[run.first] + first);
            move_run(s, run, at, lane->step, in, column, here, is_out);
        }
    }
}

/* Repeats the last row where lanes are not filled. */
static void fill_side(const Side *s, Py_ssize_t rows, Py_ssize_t end) {
    for (int32_t i = 0; s->is_moved && rows < end && i < s->n; i++)
        for (Py_ssize_t k = rows; !s->one[i] && k < end; k++)
            s->address[i][k] = s->address[i][rows - 1];
}

/* Runs all rows; how many left by a guard. */
static Py_ssize_t run_native_rows(const NativeRows *t, Side *in, Side *out, Py_ssize_t rows,
                                  Py_ssize_t block, Py_ssize_t apart, double *arena,
                                  int64_t *own_left, int64_t *left) {
    const Py_ssize_t whole = rows - rows % t->width;
    Py_ssize_t gone = 0;
    for (Py_ssize_t start = 0, here; start < rows; start += here) {
        here = start >= whole                   ? rows - start
               : block && block < whole - start ? block
                                                : whole - start;
        const int is_whole = start < whole;
        int64_t *const to = is_whole ? left + start : own_left;
        place_side(in, start, is_whole, apart);
        place_side(out, start, is_whole, apart);
        move_side(in, start, here, apart, 0);
        fill_side(in, here, is_whole ? here : t->width);
        for (Py_ssize_t k = 0; t->guards && k < (is_whole ? here : t->width); k++) to[k] = -1;
        t->code(in->address, out->address, to, arena, here);
        move_side(out, start, here, apart, 1);
        for (Py_ssize_t k = 0; t->guards && k < here; k++) {
            gone += to[k] >= 0;
            left[start + k] = to[k];
        }
    }
    return gone;
}

/* Rows of a block for so many columns, of which so many at least are computed at a time. */
static Py_ssize_t block_of(Py_ssize_t columns, Py_ssize_t width) {
    Py_ssize_t rows = BLOCK_ROWS;
    while (rows > width && columns * rows > BLOCK_BYTES / (Py_ssize_t)sizeof(double)) rows /= 2;
    return rows;
}

/* native_rows(count, inputs, outputs, left) -> how many rows left */
static PyObject *NativeRows_call(PyObject *self, PyObject *args, PyObject *names) {
    NativeRows *t = (NativeRows *)self;
    Py_ssize_t gone = -1;
    RowsCall call;
    if (begin_rows(&call, args, names, t->inputs, t->shared, t->outputs, t->summed, t->guards) < 0)
        return end_rows(&call, -1);
    const Lane *const in = call.in.lanes, *const out = call.out.lanes;
    Side x = {.lanes = in, .one = t->shared, .n = t->inputs, .move_square = t->move_square};
    Side y = {.lanes = out,
              .one = t->summed,
              .n = t->outputs,
              .move_square = t->move_square,
              .write_rows = t->write_rows};
    const Py_ssize_t most = FAR / (Py_ssize_t)sizeof(double) / (call.rows + 1);
    x.is_far = t->inputs > most;
    y.is_far = t->outputs > most;
    x.columns = lie_as_columns(in, t->shared, t->inputs);
    y.columns = lie_as_columns(out, t->summed, t->outputs);
    const Py_ssize_t all = (Py_ssize_t)t->inputs + t->outputs;
    const Py_ssize_t block = x.columns && y.columns ? 0 : block_of(all, t->width);
    /* columns of a block are an odd number of cache lines apart */
    const Py_ssize_t apart = ((block ? block : t->width) / 8 | 1) * 8;
    const Py_ssize_t numbers = all * apart + 8 * (Py_ssize_t)t->outputs + t->arena + t->width;
    char *memory = PyMem_RawMalloc((size_t)(numbers + 2 * all + 8) * sizeof(double));
    if (!memory) PyErr_NoMemory();
    else {
        x.block = (double *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
        y.block = x.block + t->inputs * apart;
        double *const sums = y.block + t->outputs * apart;
        double *const arena = sums + 8 * (Py_ssize_t)t->outputs;
        int64_t *const own_left = (int64_t *)(arena + t->arena);
        x.address = (double **)(own_left + t->width);
        y.address = x.address + t->inputs;
        x.runs = (Run *)(y.address + t->outputs);
        y.runs = x.runs + t->inputs;
        find_runs(&x);
        find_runs(&y);
        for (int32_t i = 0; i < t->inputs; i++)
            if (t->shared[i]) x.address[i] = (double *)(void *)in[i].start;
        for (int32_t i = 0; i < t->outputs; i++)
            if (t->summed[i]) y.address[i] = memset(sums + 8 * i, 0, 8 * sizeof(double));
        Py_BEGIN_ALLOW_THREADS;
        gone = run_native_rows(t, &x, &y, call.rows, block, apart, arena, own_left, call.left.buf);
        Py_END_ALLOW_THREADS;
        put_sums(out, t->summed, t->outputs, sums);
    }
    PyMem_RawFree(memory);
    return end_rows(&call, gone);
}

static PyTypeObject native_rows_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.NativeRows",
    .tp_basicsize = sizeof(NativeRows),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = NativeRows_dealloc,
    .tp_call = NativeRows_call,
    .tp_doc = "Program that was compiled to machine code, for many rows at once.",
};

/* native_rows(address, shared, summed, width, guards, arena, instructions, owner) */
static PyObject *make_native_rows(PyObject *self, PyObject *args) {
    PyObject *address, *shared, *summed, *owner;
    Py_ssize_t width, arena;
    int guards;
    const char *instructions;
    if (!PyArg_ParseTuple(args, "O!SSnpnzO", &PyLong_Type, &address, &shared, &summed, &width,
                          &guards, &arena, &instructions, &owner) ||
        PyType_Ready(&native_rows_type) < 0)
        return NULL;
    void *code = PyLong_AsVoidPtr(address);
    if (!code && PyErr_Occurred()) return NULL;
    const Py_ssize_t inputs = PyBytes_GET_SIZE(shared), outputs = PyBytes_GET_SIZE(summed);
    const MachineCode *const set = machine_of(instructions);
    if (!set)
        return PyErr_Format(PyExc_ValueError,
                            "native_rows: this machine has no instructions of %.50s", instructions);
    if (!code || inputs > INT32_MAX / 2 || outputs > INT32_MAX / 2 || width < 8 ||
        width > BLOCK_ROWS || BLOCK_ROWS % width || arena < 0 || arena > PY_SSIZE_T_MAX / 64)
        return PyErr_Format(PyExc_ValueError, "native_rows: got %p, width %zd, an arena of %zd",
                            code, width, arena);
    NativeRows *t = PyObject_New(NativeRows, &native_rows_type);
    if (!t) return NULL;
    memset(&t->code, 0, sizeof *t - offsetof(NativeRows, code));
    memcpy(&t->code, &code, sizeof code);
    t->inputs = (int32_t)inputs;
    t->outputs = (int32_t)outputs;
    t->width = (int32_t)width;
    t->guards = guards;
    t->arena = arena;
    t->move_square = square_mover(set);
    t->write_rows = row_writer(set);
    t->owner = Py_NewRef(owner);
    if (!(t->shared = read_flags(shared, t->inputs)) ||
        !(t->summed = read_flags(summed, t->outputs)))
        Py_CLEAR(t);
    return (PyObject *)t;
}
