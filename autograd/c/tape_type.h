/* The type of a tape: a program that was planned, and runs. */
#pragma once

#include "core.h"
#include "tape_listing.h"
#include "tape_machine.h"
#include "tape_plan.h"

#define LONG_RUN 20000 /* words of code from which on other threads may run meanwhile */

typedef struct {
    PyObject_HEAD
    Listing listing; /* its steps are freed once they are planned */
    Plan plan;
    double *spare; /* an arena with the constants in it; NULL while it is used */
} Tape;

static void Tape_dealloc(PyObject *self) {
    Tape *t = (Tape *)self;
    free_listing(&t->listing);
    free_plan(&t->plan);
    PyMem_RawFree(t->spare);
    PyObject_Free(self);
}

/* The arena is one of a call: those that run at once have their own. */
static double *take_arena(Tape *t) {
    double *arena = t->spare;
    t->spare = NULL;
    if (arena || !(arena = room((size_t)t->plan.places, sizeof(double)))) return arena;
    memcpy(arena + t->listing.inputs, t->listing.constant,
           (size_t)t->listing.constants * sizeof(double));
    return arena;
}

static void keep_arena(Tape *t, double *arena) {
    if (t->spare) PyMem_RawFree(arena);
    else t->spare = arena;
}

/* Numbers of a list, tuple or buffer of doubles. */
static int read_numbers(PyObject *o, double *x, int32_t n) {
    Py_ssize_t count;
    if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
        count = PySequence_Fast_GET_SIZE(o);
        for (Py_ssize_t i = 0; count == n && i < n; i++) {
            /* a list may change while what is no float is asked for its number */
            if (PySequence_Fast_GET_SIZE(o) != n) {
                PyErr_SetString(PyExc_RuntimeError, "tape: the inputs change while they are read");
                return -1;
            }
            PyObject *item = PySequence_Fast_GET_ITEM(o, i);
            if (PyFloat_CheckExact(item)) {
                x[i] = PyFloat_AS_DOUBLE(item);
                continue;
            }
            Py_INCREF(item);
            x[i] = PyFloat_AsDouble(item);
            Py_DECREF(item);
            if (x[i] == -1.0 && PyErr_Occurred()) return -1;
        }
    }
    else {
        Py_buffer buffer;
        if (PyObject_GetBuffer(o, &buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return -1;
        const int is_double = !strcmp(buffer.format ? buffer.format : "B", "d");
        count = buffer.len / (Py_ssize_t)sizeof(double);
        if (is_double && count == n) memcpy(x, buffer.buf, (size_t)buffer.len);
        PyBuffer_Release(&buffer);
        if (!is_double) {
            PyErr_SetString(PyExc_TypeError, "tape: it needs an array of float64");
            return -1;
        }
    }
    if (count == n) return 0;
    PyErr_Format(PyExc_ValueError, "tape: got %zd inputs; it needs %ld", count, (long)n);
    return -1;
}

/* run(inputs): a list of the outputs, or the index of the first guard that does not hold. With
   run(inputs, out) the outputs are written into an array, and -1 is returned. */
static PyObject *Tape_run(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Tape *t = (Tape *)self;
    const Listing *l = &t->listing;
    if (n != 1 && n != 2)
        return PyErr_Format(PyExc_TypeError, "run: got %zd arguments; it takes 1 or 2", n);
    Py_buffer out = {0};
    if (n == 2) {
        if (PyObject_GetBuffer(args[1], &out, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE))
            return NULL;
        if (strcmp(out.format ? out.format : "B", "d") ||
            out.len != (Py_ssize_t)l->outputs * (Py_ssize_t)sizeof(double)) {
            PyBuffer_Release(&out);
            return PyErr_Format(PyExc_ValueError, "run: out needs %ld numbers of float64",
                                (long)l->outputs);
        }
    }
    PyObject *found = NULL;
    double *arena = take_arena(t);
    if (arena && !read_numbers(args[0], arena, l->inputs)) {
        int32_t failed;
        if (t->plan.words < LONG_RUN) failed = run_row(t->plan.code, arena);
        else {
            Py_BEGIN_ALLOW_THREADS failed = run_row(t->plan.code, arena);
            Py_END_ALLOW_THREADS
        }
        const int32_t *place = t->plan.output;
        double *z = out.buf;
        if (n == 2 && failed < 0)
            for (int32_t i = 0; i < l->outputs; i++) z[i] = arena[place[i]];
        if (n == 2 || failed >= 0) found = PyLong_FromLong(failed);
        else found = PyList_New(l->outputs);
        for (int32_t i = 0; found && n == 1 && failed < 0 && i < l->outputs; i++) {
            PyObject *z = PyFloat_FromDouble(arena[place[i]]);
            if (z) PyList_SET_ITEM(found, i, z);
            else Py_CLEAR(found);
        }
    }
    if (arena) keep_arena(t, arena);
    if (out.obj) PyBuffer_Release(&out);
    return found;
}

static PyMethodDef tape_methods[] = {
    {"run", FAST(Tape_run),
     "run($self, inputs, out=None, /)\n--\n\nReturn the outputs, or the index of the first guard "
     "that does not hold.\n\nOutputs are a list of floats; or they go into an array, and the "
     "answer is -1."},
    {NULL},
};

static PyMemberDef tape_members[] = {
    {"places", T_INT, offsetof(Tape, plan) + offsetof(Plan, places), READONLY,
     "Numbers that its arena has room for."},
    {NULL},
};

static PyTypeObject tape_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Tape",
    .tp_basicsize = sizeof(Tape),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = Tape_dealloc,
    .tp_methods = tape_methods,
    .tp_members = tape_members,
    .tp_doc = "Program that was planned for the tape machine, and runs.",
};

/* tape(inputs, constants, code, outputs, guards) */
static PyObject *make_tape(PyObject *self, PyObject *args) {
    Py_ssize_t inputs;
    PyObject *parts[4];
    if (!PyArg_ParseTuple(args, "nO!O!O!O!", &inputs, &PyTuple_Type, &parts[0], &PyTuple_Type,
                          &parts[1], &PyTuple_Type, &parts[2], &PyTuple_Type, &parts[3]) ||
        PyType_Ready(&tape_type) < 0)
        return NULL;
    Tape *t = PyObject_New(Tape, &tape_type);
    if (!t) return NULL;
    memset(&t->listing, 0, sizeof *t - offsetof(Tape, listing));
    if (read_listing(&t->listing, inputs, parts) < 0 || make_plan(&t->listing, &t->plan) < 0)
        Py_CLEAR(t);
    else {
        PyMem_RawFree(t->listing.step);
        t->listing.step = NULL;
    }
    return (PyObject *)t;
}
