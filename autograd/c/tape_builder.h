/* Programs while they are built: what is computed twice is shared, and what is constant computed.
   compiling/program.py says in Python what is done here.

   References are numbers: inputs from 0 on, steps after them, and constants below 0. */
#pragma once

#include "core.h"
#include "tape_code.h"
#include "tape_listing.h"
#include "value_nodes.h"

/* Places in an array of entries by what they hold: 1 + place, or 0. */
typedef struct {
    int32_t *cell;
    uint32_t mask, count;
} Table;

typedef struct { /* a node that was written down; level is that of the function that made it */
    Value *node;
    int32_t reference, level;
} Known;

typedef struct {
    PyObject_HEAD
    int32_t inputs, steps, constants, guards, values, given;
    Py_ssize_t asked, most;
    int sees_signs;
    Instruction *step; /* of references */
    double *constant, *value;
    Guard *guard; /* of references */
    Known *known;
    size_t steps_room, constants_room, guards_room, values_room, known_room;
    Table step_table, constant_table, known_table, guard_table;
} Builder;

#define NONE INT32_MIN                        /* no reference, or an error */
enum { ONE = -1, MINUS_ONE = -2, ZERO = -3 }; /* constants that are always there */

/* Room for one more item; the items may move. */
static int room_for_more(void *items, size_t *room, size_t count, size_t each) {
    if (count < *room) return 0;
    const size_t more = *room ? 2 * *room : 64;
    void *kept, *got;
    memcpy(&kept, items, sizeof kept);
    got = count < MOST_SLOTS ? PyMem_RawRealloc(kept, more * each) : NULL;
    if (!got) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(items, &got, sizeof got);
    *room = more;
    return 0;
}

/* Tables. Hashes and comparisons are known where these are called, and are put in their places. */

static inline uint64_t mixed(uint64_t x, uint64_t y) {
    x = (x ^ (y * 0x9e3779b97f4a7c15u)) * 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

static inline uint64_t hash_of_step(const Instruction *s) {
    return mixed(mixed((uint64_t)(uint32_t)s->op << 32 | (uint32_t)s->x[0], (uint32_t)s->x[1]),
                 (uint32_t)s->x[2]);
}
static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Nodes that were made one after another are near each other in the table too. */
static inline uint64_t hash_of_node(const Value *v) {
    return (uintptr_t)v >> 4 ^ (uint64_t)(uintptr_t)v >> 26;
}

typedef uint64_t Hash(const Builder *, uint32_t);
static inline uint64_t hash_step(const Builder *b, uint32_t i) { return hash_of_step(&b->step[i]); }
static inline uint64_t hash_constant(const Builder *b, uint32_t i) {
    return mixed(bits_of(b->constant[i]), 1);
}
static inline uint64_t hash_guard(const Builder *b, uint32_t i) {
    return mixed((uint32_t)b->guard[i].slot, 2);
}
static inline uint64_t hash_known(const Builder *b, uint32_t i) {
    return hash_of_node(b->known[i].node);
}

/* Notes the newest entry, which is not in the table yet. */
static ONCE int note_entry(Table *t, const Builder *b, Hash *hash) {
    const uint32_t size = t->cell ? t->mask + 1 : 0;
    if (2 * (t->count + 1) > size) {
        const uint32_t more = size ? 2 * size : 64;
        int32_t *cell = room(more, sizeof *cell);
        if (!cell) return -1;
        PyMem_RawFree(t->cell);
        t->cell = cell;
        t->mask = more - 1;
        for (uint32_t i = 0; i < t->count; i++) {
            uint64_t at = hash(b, i) & t->mask;
            while (cell[at]) at = (at + 1) & t->mask;
            cell[at] = (int32_t)i + 1;
        }
    }
    uint64_t at = hash(b, t->count) & t->mask;
    while (t->cell[at]) at = (at + 1) & t->mask;
    t->cell[at] = (int32_t)++t->count;
    return 0;
}

/* The entry for which `same` holds, of those with a hash; -1 where there is none. */
#define FIND_ENTRY(table, hash, i, same) \
    if ((table).cell) \
        for (uint64_t at = (hash) & (table).mask; (table).cell[at]; \
             at = (at + 1) & (table).mask) { \
            const int32_t i = (table).cell[at] - 1; \
            if (same) return i; \
        } \
    return -1;

static int32_t find_step(const Builder *b, const Instruction *s) {
    FIND_ENTRY(b->step_table, hash_of_step(s), i, !memcmp(&b->step[i], s, sizeof *s))
}
static int32_t find_constant(const Builder *b, double x) {
    FIND_ENTRY(b->constant_table, mixed(bits_of(x), 1), i, bits_of(b->constant[i]) == bits_of(x))
}
static int32_t find_guard(const Builder *b, int32_t reference) {
    FIND_ENTRY(b->guard_table, mixed((uint32_t)reference, 2), i, b->guard[i].slot == reference)
}
static int32_t find_known(const Builder *b, const Value *node) {
    FIND_ENTRY(b->known_table, hash_of_node(node), i, b->known[i].node == node)
}

/* Building */

/* The reference of a constant, one for each pattern of bits. */
static int32_t constant_of(Builder *b, double x) {
    const int32_t found = find_constant(b, x);
    if (found >= 0) return ~found;
    if (room_for_more(&b->constant, &b->constants_room, (size_t)b->constants, sizeof x) < 0)
        return NONE;
    b->constant[b->constants] = x;
    if (note_entry(&b->constant_table, b, hash_constant) < 0) return NONE;
    return ~b->constants++;
}

static double compute_primitive(int32_t op, double x0, double x1, double x2) {
    switch (op) {
#define TAPE_COMPUTE(op, text) \
    case TAPE_##op: return text;
        TAPE_UNARY(TAPE_COMPUTE)
        TAPE_BINARY(TAPE_COMPUTE)
        TAPE_TERNARY(TAPE_COMPUTE)
    }
    return NAN; /* fused operations are not built */
}

static int32_t emit(Builder *b, int32_t op, int32_t x0, int32_t x1, int32_t x2);

/* What a reference is the negative of, if it is computed as one. */
static int32_t negated(const Builder *b, int32_t x) {
    const Instruction *step = x < b->inputs ? NULL : &b->step[x - b->inputs];
    return step && step->op == TAPE_neg ? step->x[0] : NONE;
}

/* A reference that has the value of a primitive, if one is known by an identity that keeps every
   bit: 1, found; 0, none; -1, an error. */
static int simpler(Builder *b, int32_t op, const int32_t *x, int32_t *found) {
    const int n = tape_primitives[op].operands;
    const int32_t first = x[0], last = x[n - 1];
    int are_constants = 1;
    *found = NONE;
    for (int i = 0; i < n; i++) are_constants &= x[i] < 0;
    if (op == TAPE_where && first < 0) *found = x[b->constant[~first] != 0.0 ? 1 : 2];
    else if (op == TAPE_where && x[1] == x[2]) *found = last;
    else if (are_constants) {
        double of[3] = {0.0, 0.0, 0.0};
        for (int i = 0; i < n; i++) of[i] = b->constant[~x[i]];
        const double z = compute_primitive(op, of[0], of[1], of[2]);
        *found = constant_of(b, z == z ? z : NAN); /* one nan for all machines */
        if (*found == NONE) return -1;
    }
    else if (op == TAPE_mul && (first == ONE || last == ONE)) *found = first == ONE ? last : first;
    else if ((op == TAPE_pow || op == TAPE_div) && last == ONE) *found = first;
    else if (op == TAPE_sub && last == ZERO) *found = first;
    else if (op == TAPE_neg) *found = negated(b, first);
    else if ((op == TAPE_mul && (first == MINUS_ONE || last == MINUS_ONE)) ||
             (op == TAPE_div && last == MINUS_ONE)) {
        *found = emit(b, TAPE_neg, op == TAPE_mul && first == MINUS_ONE ? last : first, 0, 0);
        if (*found == NONE) return -1;
    }
    else if (op == TAPE_abs && negated(b, first) != NONE) {
        *found = emit(b, TAPE_abs, negated(b, first), 0, 0);
        if (*found == NONE) return -1;
    }
    return *found != NONE;
}

/* The reference of a primitive of references, of which those that it has not are 0. */
static int32_t emit(Builder *b, int32_t op, int32_t x0, int32_t x1, int32_t x2) {
    const Instruction step = {op, {x0, x1, x2}};
    int32_t found = find_step(b, &step);
    if (found >= 0) return b->inputs + found;
    b->sees_signs |= op == TAPE_signbit || op == TAPE_copysign;
    if (op == TAPE_where || op == TAPE_neg || op == TAPE_abs || x0 < 0 || x1 < 0 || x2 < 0) {
        const int known = simpler(b, op, step.x, &found);
        if (known) return known < 0 ? NONE : found;
    }
    if (b->steps > b->most - b->inputs) {
        PyObject *most = PyLong_FromSsize_t(b->most);
        PyObject *format = most ? PyUnicode_FromString("{:,}") : NULL;
        PyObject *text = format ? PyObject_CallMethod(format, "format", "O", most) : NULL;
        if (text) PyErr_Format(PyExc_ValueError, "compile: got more than %U primitives", text);
        Py_XDECREF(most);
        Py_XDECREF(format);
        Py_XDECREF(text);
        return NONE;
    }
    if (room_for_more(&b->step, &b->steps_room, (size_t)b->steps, sizeof step) < 0) return NONE;
    b->step[b->steps] = step;
    if (note_entry(&b->step_table, b, hash_step) < 0) return NONE;
    return b->inputs + b->steps++;
}

/* A reference from Python, or NONE with an error. */
static int32_t read_reference(const Builder *b, PyObject *o) {
    int overflow = 1;
    const long x = PyLong_Check(o) ? PyLong_AsLongAndOverflow(o, &overflow) : 0;
    if (!overflow && x < b->inputs + b->steps && x >= -(long)b->constants) return (int32_t)x;
    PyErr_Format(PyExc_ValueError, "builder: got %R for a reference; it needs one that is known",
                 o);
    return NONE;
}

static PyObject *number_of(int32_t reference) {
    return reference == NONE ? NULL : PyLong_FromLong(reference);
}

/* emit(op, reference, ...) */
static PyObject *Builder_emit(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Builder *b = (Builder *)self;
    PyObject *code = n ? PyDict_GetItemWithError(tape_codes, args[0]) : NULL;
    const int32_t op = code ? (int32_t)PyLong_AsLong(code) : -1;
    int32_t x[3] = {0, 0, 0};
    if (op < 0 || op >= TAPE_fma || n != 1 + tape_primitives[op].operands) {
        if (PyErr_Occurred()) return NULL;
        return PyErr_Format(PyExc_ValueError,
                            "builder: got %R of %zd operands; it needs a primitive",
                            n ? args[0] : Py_None, n - 1);
    }
    for (int i = 0; i < n - 1; i++)
        if ((x[i] = read_reference(b, args[1 + i])) == NONE) return NULL;
    b->asked++;
    return number_of(emit(b, op, x[0], x[1], x[2]));
}

/* constant(x) */
static PyObject *Builder_constant(PyObject *self, PyObject *o) {
    const double x = PyFloat_AsDouble(o);
    return x == -1.0 && PyErr_Occurred() ? NULL : number_of(constant_of((Builder *)self, x));
}

/* value(reference), at the point that it was given */
static PyObject *Builder_value(PyObject *self, PyObject *o) {
    Builder *b = (Builder *)self;
    const int32_t reference = read_reference(b, o);
    if (reference == NONE) return NULL;
    if (reference < 0) return PyFloat_FromDouble(b->constant[~reference]);
    if (b->given != b->inputs)
        return PyErr_Format(PyExc_ValueError, "builder: it was given no point");
    while (b->values <= reference) {
        const Instruction *step = &b->step[b->values - b->inputs];
        double of[3];
        for (int i = 0; i < 3; i++)
            of[i] = step->x[i] < 0 ? b->constant[~step->x[i]]
                    : b->values    ? b->value[step->x[i]]
                                   : 0.0;
        if (room_for_more(&b->value, &b->values_room, (size_t)b->values, sizeof *of) < 0)
            return NULL;
        b->value[b->values++] = compute_primitive(step->op, of[0], of[1], of[2]);
    }
    return PyFloat_FromDouble(b->value[reference]);
}

/* guard(reference, expected) */
static PyObject *Builder_guard(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Builder *b = (Builder *)self;
    if (n != 2) return PyErr_Format(PyExc_TypeError, "guard: got %zd arguments; it takes 2", n);
    const int expected = PyObject_IsTrue(args[1]);
    const int32_t reference = expected < 0 ? NONE : read_reference(b, args[0]);
    if (reference == NONE) return NULL;
    if (reference >= 0 && find_guard(b, reference) < 0) {
        if (room_for_more(&b->guard, &b->guards_room, (size_t)b->guards, sizeof(Guard)) < 0)
            return NULL;
        b->guard[b->guards] = (Guard){reference, expected};
        if (note_entry(&b->guard_table, b, hash_guard) < 0) return NULL;
        b->guards++;
    }
    Py_RETURN_NONE;
}

/* begins_as(other, length) -> whether the first primitives, of some number, are the same */
static PyObject *Builder_begins_as(PyObject *self, PyObject *args) {
    const Builder *a = (Builder *)self, *b;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "O!n", Py_TYPE(self), &b, &length)) return NULL;
    const Py_ssize_t m = length < a->steps ? length : a->steps;
    const Py_ssize_t n = length < b->steps ? length : b->steps;
    return PyBool_FromLong(m == n &&
                           (m <= 0 || !memcmp(a->step, b->step, (size_t)m * sizeof *a->step)));
}
