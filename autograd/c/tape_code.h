/* Code of programs: primitives, and the slots that they read, as Python sees them. */
#pragma once

#include "core.h"
#include "tape_primitives.h"

/* Beside the primitives: what a contraction makes of a product and a sum. */
#define TAPE_FUSED(X) \
    X(fma, ISA(fma)(x0, x1, x2)) \
    X(fms, ISA(fma)(x0, x1, -x2)) \
    X(fnma, ISA(fma)(-x0, x1, x2))

enum {
#define TAPE_CODE(op, ...) TAPE_##op,
#define TAPE_NEAR_CODE(op, ...) TAPE_near_##op,
    TAPE_UNARY(TAPE_CODE) TAPE_BINARY(TAPE_CODE) TAPE_TERNARY(TAPE_CODE) TAPE_FUSED(TAPE_CODE)
        TAPE_NEAR_ALONE(TAPE_CODE) TAPE_PRIMITIVES,
    TAPE_BEFORE_NEAR = TAPE_PRIMITIVES - 1,
    TAPE_POLYNOMIALS(TAPE_NEAR_CODE) TAPE_NEAR(TAPE_NEAR_CODE) TAPE_GUARD,
    TAPE_END,
    TAPE_LOAD,
    TAPE_STORE,
    TAPE_SUM,
};

static const struct {
    const char *name;
    int operands;
} tape_primitives[] = {
#define TAPE_NAME_1(op, text) {#op, 1},
#define TAPE_NAME_2(op, text) {#op, 2},
#define TAPE_NAME_3(op, text) {#op, 3},
    TAPE_UNARY(TAPE_NAME_1) TAPE_BINARY(TAPE_NAME_2) TAPE_TERNARY(TAPE_NAME_3)
        TAPE_FUSED(TAPE_NAME_3) TAPE_NEAR_ALONE(TAPE_NAME_1)};

typedef struct {
    int32_t op, x[3]; /* slots of the operands; those that the primitive has not are 0 */
} Instruction;

#define MOST_SLOTS (INT32_MAX / 8)

/* Memory for n items, which is never NULL for want of items; with an error where there is none. */
static void *room(size_t n, size_t each) {
    void *got = n <= PY_SSIZE_T_MAX / each ? PyMem_RawCalloc(n ? n : 1, each) : NULL;
    if (!got) PyErr_NoMemory();
    return got;
}

static PyObject *tape_codes; /* {name: code} */
static PyObject *tape_names[TAPE_PRIMITIVES];

static int ready_codes(void) {
    if (tape_codes) return 0;
    PyObject *codes_by_name = PyDict_New();
    for (long i = 0; codes_by_name && i < TAPE_PRIMITIVES; i++) {
        PyObject *code = PyLong_FromLong(i);
        PyObject *name = PyUnicode_InternFromString(tape_primitives[i].name);
        if (!code || !name || PyDict_SetItem(codes_by_name, name, code) < 0)
            Py_CLEAR(codes_by_name);
        Py_XSETREF(tape_names[i], name);
        Py_XDECREF(code);
    }
    tape_codes = codes_by_name;
    return tape_codes ? 0 : -1;
}

/* Instructions of a program in a row: a sequence that makes each when it is asked for. */
typedef struct {
    PyObject_HEAD
    Py_ssize_t count;
    Instruction *step; /* whose operands are slots, none of them negative */
} Code;

static PyObject *instruction_type; /* a named tuple (op, operands) */
static PyTypeObject code_type;

static void Code_dealloc(PyObject *self) {
    PyMem_RawFree(((Code *)self)->step);
    PyObject_Free(self);
}

static Py_ssize_t Code_length(PyObject *self) { return ((Code *)self)->count; }

/* A tuple of numbers. */
static PyObject *tuple_of_slots(const int32_t *x, Py_ssize_t n) {
    PyObject *found = PyTuple_New(n);
    for (Py_ssize_t i = 0; found && i < n; i++) {
        PyObject *slot = PyLong_FromLong(x[i]);
        if (slot) PyTuple_SET_ITEM(found, i, slot);
        else Py_CLEAR(found);
    }
    return found;
}

static PyObject *Code_item(PyObject *self, Py_ssize_t i) {
    const Code *c = (Code *)self;
    if (i < 0 || i >= c->count) {
        PyErr_SetString(PyExc_IndexError, "code: there is no such instruction");
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)instruction_type;
    if (!type || !PyType_IsSubtype(type, &PyTuple_Type))
        return PyErr_Format(PyExc_TypeError, "code: what an instruction is was not given");
    const Instruction *step = &c->step[i];
    PyObject *operands = tuple_of_slots(step->x, tape_primitives[step->op].operands);
    PyObject *found = operands ? type->tp_alloc(type, 2) : NULL;
    if (!found) {
        Py_XDECREF(operands);
        return NULL;
    }
    PyTuple_SET_ITEM(found, 0, Py_NewRef(tape_names[step->op]));
    PyTuple_SET_ITEM(found, 1, operands);
    return found;
}

/* It is equal to a tuple of the same instructions. */
static PyObject *Code_compare(PyObject *self, PyObject *other, int how) {
    const int is_code = Py_TYPE(other) == &code_type;
    if ((how != Py_EQ && how != Py_NE) || (!is_code && !PyTuple_Check(other)))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *own = PySequence_Tuple(self), *its = is_code ? PySequence_Tuple(other) : NULL;
    PyObject *found = NULL;
    if (own && (its || !is_code)) found = PyObject_RichCompare(own, its ? its : other, how);
    Py_XDECREF(own);
    Py_XDECREF(its);
    return found;
}

static PySequenceMethods code_sequence = {.sq_length = Code_length, .sq_item = Code_item};

static PyTypeObject code_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Code",
    .tp_basicsize = sizeof(Code),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_SEQUENCE,
    .tp_dealloc = Code_dealloc,
    .tp_as_sequence = &code_sequence,
    .tp_richcompare = Code_compare,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_doc = "Instructions of a program, in a row.",
};

/* Room for the code of so many instructions. */
static Code *new_code(Py_ssize_t count) {
    if (PyType_Ready(&code_type) < 0) return NULL;
    Code *c = PyObject_New(Code, &code_type);
    if (!c) return NULL;
    c->count = count;
    c->step = room((size_t)count, sizeof(Instruction));
    if (!c->step) Py_CLEAR(c);
    return c;
}
