/* A program as the tape machine keeps it: read once, with every number in it tried, so that nothing
   that Python does later can make a step that is out of range. */
#pragma once

#include "core.h"
#include "tape_code.h"

/* What computes a primitive where it need not be exact. */
static int32_t near_code(int32_t op) {
    switch (op) {
#define TAPE_NEAR_CASE(op, ...) \
    case TAPE_##op: return TAPE_near_##op;
        TAPE_POLYNOMIALS(TAPE_NEAR_CASE)
        TAPE_NEAR(TAPE_NEAR_CASE)
    }
    return op;
}

typedef struct {
    int32_t slot;
    int32_t expected; /* whether it must be true */
} Guard;

/* Slots are numbered: inputs, constants, then one a step. */
typedef struct {
    int32_t inputs, constants, steps, outputs, guards;
    double *constant;
    Instruction *step;
    int32_t *output; /* slots */
    Guard *guard;
    int exact;
} Listing;

static int32_t first_step(const Listing *l) { return l->inputs + l->constants; }
static int32_t slots_of(const Listing *l) { return first_step(l) + l->steps; }

static void free_listing(Listing *l) {
    PyMem_RawFree(l->constant);
    PyMem_RawFree(l->step);
    PyMem_RawFree(l->output);
    PyMem_RawFree(l->guard);
    memset(l, 0, sizeof *l);
}

/* The code of an operation; that of one row and that of blocks have the same. */
static int32_t code_of(const Listing *l, const Instruction *step) {
    return l->exact ? step->op : near_code(step->op);
}

/* A slot below `known`, or -1 with an error. */
static int32_t read_slot(PyObject *o, int32_t known, const char *what, Py_ssize_t at) {
    const long slot = PyLong_Check(o) ? PyLong_AsLong(o) : -1;
    if (slot >= 0 && slot < known) return (int32_t)slot;
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "tape: %s %zd has slot %R; it needs one of %ld that are known",
                 what, at, o, (long)known);
    return -1;
}

static int read_step(Listing *l, PyObject *o, Py_ssize_t at) {
    Instruction *step = &l->step[at];
    PyObject *op = PyTuple_Check(o) && PyTuple_GET_SIZE(o) == 2 ? PyTuple_GET_ITEM(o, 0) : NULL;
    PyObject *operands = op ? PyTuple_GET_ITEM(o, 1) : NULL;
    if (!op || !PyUnicode_Check(op) || !PyTuple_Check(operands)) {
        PyErr_Format(PyExc_TypeError, "tape: instruction %zd is %.200R; it needs (op, operands)",
                     at, o);
        return -1;
    }
    PyObject *code = PyDict_GetItemWithError(tape_codes, op);
    if (!code) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "tape: instruction %zd is %.200R, which is no primitive",
                         at, op);
        return -1;
    }
    step->op = (int32_t)PyLong_AsLong(code);
    const int n = tape_primitives[step->op].operands;
    if (PyTuple_GET_SIZE(operands) != n) {
        PyErr_Format(PyExc_ValueError, "tape: instruction %zd, %U, has %zd operands; it needs %d",
                     at, op, PyTuple_GET_SIZE(operands), n);
        return -1;
    }
    const int32_t known = first_step(l) + (int32_t)at;
    for (int i = 0; i < n; i++) {
        step->x[i] = read_slot(PyTuple_GET_ITEM(operands, i), known, "instruction", at);
        if (step->x[i] < 0) return -1;
    }
    return 0;
}

/* A step of code that was made for as many inputs and constants, or for others. */
static int copy_step(Listing *l, const Instruction *step, Py_ssize_t at) {
    const int32_t known = first_step(l) + (int32_t)at;
    l->step[at] = *step;
    for (int i = 0; i < tape_primitives[step->op].operands; i++)
        if (step->x[i] >= known) {
            PyErr_Format(PyExc_ValueError,
                         "tape: instruction %zd has slot %ld; it needs one of %ld that are known",
                         at, (long)step->x[i], (long)known);
            return -1;
        }
    return 0;
}

static int read_guard(Listing *l, PyObject *o, Py_ssize_t at) {
    if (!PyTuple_Check(o) || PyTuple_GET_SIZE(o) != 2) {
        PyErr_Format(PyExc_TypeError, "tape: guard %zd is %.200R; it needs (slot, expected)", at,
                     o);
        return -1;
    }
    Guard *guard = &l->guard[at];
    guard->slot = read_slot(PyTuple_GET_ITEM(o, 0), slots_of(l), "guard", at);
    guard->expected = guard->slot < 0 ? -1 : PyObject_IsTrue(PyTuple_GET_ITEM(o, 1));
    return guard->expected < 0 ? -1 : 0;
}

/* Fills a listing, whose memory is the caller's to free, also after an error. Reading asks for
   attributes of what was given, so lists are read as tuples, which nobody can change meanwhile. */
static int read_listing(Listing *l, Py_ssize_t inputs, PyObject *parts[4], int exact) {
    PyObject *constants = parts[0], *code = parts[1], *outputs = parts[2], *guards = parts[3];
    const Code *made = Py_TYPE(code) == &code_type ? (Code *)code : NULL;
    memset(l, 0, sizeof *l);
    if (!made && !PyTuple_Check(code)) {
        PyErr_Format(PyExc_TypeError, "tape: the code is %.200s; it needs a tuple",
                     Py_TYPE(code)->tp_name);
        return -1;
    }
    const Py_ssize_t n[4] = {PyTuple_GET_SIZE(constants),
                             made ? made->count : PyTuple_GET_SIZE(code), PyTuple_GET_SIZE(outputs),
                             PyTuple_GET_SIZE(guards)};
    if (inputs < 0 || inputs > MOST_SLOTS || n[0] > MOST_SLOTS - inputs ||
        n[1] > MOST_SLOTS - inputs - n[0] || n[2] > MOST_SLOTS || n[3] > MOST_SLOTS) {
        PyErr_Format(PyExc_ValueError,
                     "tape: got %zd inputs, %zd constants, %zd instructions, %zd outputs and %zd "
                     "guards; it takes from 0 to %d of them",
                     inputs, n[0], n[1], n[2], n[3], MOST_SLOTS);
        return -1;
    }
    l->inputs = (int32_t)inputs;
    l->exact = exact;
    l->constants = (int32_t)n[0];
    l->steps = (int32_t)n[1];
    l->outputs = (int32_t)n[2];
    l->guards = (int32_t)n[3];
    if (ready_codes() < 0 || !(l->constant = room(n[0], sizeof(double))) ||
        !(l->step = room(n[1], sizeof(Instruction))) ||
        !(l->output = room(n[2], sizeof(int32_t))) || !(l->guard = room(n[3], sizeof(Guard))))
        return -1;
    for (Py_ssize_t i = 0; i < n[0]; i++) {
        l->constant[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(constants, i));
        if (l->constant[i] == -1.0 && PyErr_Occurred()) return -1;
    }
    for (Py_ssize_t i = 0; i < n[1]; i++)
        if (made ? copy_step(l, &made->step[i], i) < 0
                 : read_step(l, PyTuple_GET_ITEM(code, i), i) < 0)
            return -1;
    for (Py_ssize_t i = 0; i < n[2]; i++) {
        l->output[i] = read_slot(PyTuple_GET_ITEM(outputs, i), slots_of(l), "output", i);
        if (l->output[i] < 0) return -1;
    }
    for (Py_ssize_t i = 0; i < n[3]; i++)
        if (read_guard(l, PyTuple_GET_ITEM(guards, i), i) < 0) return -1;
    return 0;
}

/* How often each slot is read by what the outputs and guards need; what nothing needs is 0. */
static int32_t *uses_of(const Listing *l) {
    int32_t *uses = room((size_t)slots_of(l), sizeof(int32_t));
    if (!uses) return NULL;
    for (int32_t i = 0; i < l->outputs; i++) uses[l->output[i]]++;
    for (int32_t i = 0; i < l->guards; i++) uses[l->guard[i].slot]++;
    for (int32_t i = l->steps - 1; i >= 0; i--)
        for (int k = 0; uses[first_step(l) + i] && k < tape_primitives[l->step[i].op].operands; k++)
            uses[l->step[i].x[k]]++;
    return uses;
}
