/* The type of a tape: a program that was planned, and runs. */
#pragma once

#include "core.h"
#include "tape_listing.h"
#include "tape_machines.h"
#include "tape_plan.h"

#define LONG_RUN 20000 /* words of code from which on other threads may run meanwhile */

typedef struct {
    PyObject_HEAD
    Listing listing; /* its steps are freed once they are planned */
    Plan plan;
    const MachineCode *machine;
    vectorcallfunc call;
    double *spare;   /* an arena with the constants in it; NULL while it is used */
    Py_ssize_t left; /* calls until `then` is called, if there is one */
    PyObject *then;
} Tape;

static void Tape_dealloc(PyObject *self) {
    Tape *t = (Tape *)self;
    free_listing(&t->listing);
    free_plan(&t->plan);
    PyMem_RawFree(t->spare);
    Py_XDECREF(t->then);
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

static int is_of_doubles(const Py_buffer *buffer, int32_t n) {
    return buffer->format && !strcmp(buffer->format, "d") &&
           buffer->len == (Py_ssize_t)n * (Py_ssize_t)sizeof(double);
}

/* Numbers of a list, tuple or buffer of doubles, for a machine of some name. */
static int read_numbers(const char *machine, PyObject *o, double *x, int32_t n) {
    Py_ssize_t count;
    if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
        count = PySequence_Fast_GET_SIZE(o);
        for (Py_ssize_t i = 0; count == n && i < n; i++) {
            /* a list may change while what is no float is asked for its number */
            if (PySequence_Fast_GET_SIZE(o) != n) {
                PyErr_Format(PyExc_RuntimeError, "%s: the inputs change while they are read",
                             machine);
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
        if (buffer.format && buffer.format[0] == '=') buffer.format++; /* of any alignment */
        count = is_of_doubles(&buffer, n) ? n : -1;
        if (count == n) memcpy(x, buffer.buf, (size_t)n * sizeof(double));
        PyBuffer_Release(&buffer);
    }
    if (count == n) return 0;
    PyErr_Format(PyExc_ValueError, "%s: it needs %ld inputs, floats or an array of float64",
                 machine, (long)n);
    return -1;
}

/* all_floats(x) -> whether all elements of a list or tuple are floats, and of no class of them */
static PyObject *all_floats(PyObject *self, PyObject *o) {
    if (!PyList_CheckExact(o) && !PyTuple_CheckExact(o)) Py_RETURN_FALSE;
    PyObject **const item = PySequence_Fast_ITEMS(o);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); i++)
        if (!PyFloat_CheckExact(item[i])) Py_RETURN_FALSE;
    Py_RETURN_TRUE;
}

/* Runs with inputs in an arena of its own: the index of the first guard that fails, -1, or -2 with an
   error. The caller gives the arena back. */
static int32_t run_tape(Tape *t, PyObject *inputs, double **arena) {
    int32_t failed;
    *arena = take_arena(t);
    if (!*arena || read_numbers("tape", inputs, *arena, t->listing.inputs)) return -2;
    if (t->plan.words < LONG_RUN) return t->machine->run_row(t->plan.code, *arena);
    Py_BEGIN_ALLOW_THREADS failed = t->machine->run_row(t->plan.code, *arena);
    Py_END_ALLOW_THREADS return failed;
}

/* Counts a call; after the last of those that were given, what is to be done then is. */
static int count_call(Tape *t) {
    if (!t->then || --t->left > 0) return 0;
    PyObject *then = t->then;
    t->then = NULL;
    PyObject *found = PyObject_CallNoArgs(then);
    Py_DECREF(then);
    Py_XDECREF(found);
    return found ? 0 : -1;
}

/* tape(inputs) -> (outputs, failed) */
static PyObject *Tape_call(PyObject *self, PyObject *const *args, size_t nargs, PyObject *names) {
    Tape *t = (Tape *)self;
    if (PyVectorcall_NARGS(nargs) != 1 || names)
        return PyErr_Format(PyExc_TypeError, "tape: it takes one argument, the inputs");
    double *arena;
    const int32_t failed = run_tape(t, args[0], &arena), n = failed < 0 ? t->listing.outputs : 0;
    PyObject *found = failed < -1 ? NULL : PyList_New(n);
    for (int32_t i = 0; found && i < n; i++) {
        PyObject *z = PyFloat_FromDouble(arena[t->plan.output[i]]);
        if (z) PyList_SET_ITEM(found, i, z);
        else Py_CLEAR(found);
    }
    if (arena) keep_arena(t, arena);
    if (found && count_call(t) < 0) Py_CLEAR(found);
    return found ? Py_BuildValue("Ni", found, failed) : NULL;
}

/* into(outputs, inputs) -> failed */
static PyObject *Tape_into(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Tape *t = (Tape *)self;
    Py_buffer out;
    if (n != 2) return PyErr_Format(PyExc_TypeError, "into: got %zd arguments; it takes 2", n);
    if (PyObject_GetBuffer(args[0], &out, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE))
        return NULL;
    double *arena = NULL;
    char *z = out.buf; /* of any alignment */
    int32_t failed = -2;
    if (is_of_doubles(&out, t->listing.outputs)) failed = run_tape(t, args[1], &arena);
    else
        PyErr_Format(PyExc_ValueError, "into: the outputs need %ld numbers of float64",
                     (long)t->listing.outputs);
    for (int32_t i = 0; failed == -1 && i < t->listing.outputs; i++)
        memcpy(z + (size_t)i * sizeof(double), arena + t->plan.output[i], sizeof(double));
    if (arena) keep_arena(t, arena);
    PyBuffer_Release(&out);
    return failed < -1 || count_call(t) < 0 ? NULL : PyLong_FromLong(failed);
}

/* after(count, then) */
static PyObject *Tape_after(PyObject *self, PyObject *args) {
    Tape *t = (Tape *)self;
    PyObject *then;
    if (!PyArg_ParseTuple(args, "nO", &t->left, &then)) return NULL;
    Py_XSETREF(t->then, Py_NewRef(then));
    Py_RETURN_NONE;
}

static PyMethodDef tape_methods[] = {
    {"after", Tape_after, METH_VARARGS,
     "after($self, count, then, /)\n--\n\nCall a function once, at the end of a call to come."},
    {"into", FAST(Tape_into),
     "into($self, outputs, inputs, /)\n--\n\nWrite the outputs into an array of float64.\n\n"
     "Return the index of the first guard that fails, or -1."},
    {NULL},
};

static PyObject *Tape_bytes(PyObject *self, void *closure) {
    const Tape *t = (Tape *)self;
    const Listing *l = &t->listing;
    return PyLong_FromSize_t(
        sizeof *t + t->plan.words * sizeof *t->plan.code + (size_t)l->constants * sizeof(double) +
        (size_t)l->outputs * sizeof *t->plan.output + (size_t)t->plan.places * sizeof(double));
}

static PyGetSetDef tape_properties[] = {
    {"bytes", Tape_bytes, NULL, "Bytes of it, with its arena."},
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
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Tape, call),
    .tp_dealloc = Tape_dealloc,
    .tp_methods = tape_methods,
    .tp_members = tape_members,
    .tp_getset = tape_properties,
    .tp_doc = "Program that was planned for the tape machine, and runs.",
};

/* Reads what every tape is made of: inputs, constants, code, outputs, guards, exact, and by what
   instructions, a name or None. */
static int read_tape(PyObject *args, Listing *l, const MachineCode **machine, PyObject **more) {
    Py_ssize_t inputs;
    int exact;
    PyObject *parts[4];
    const char *name;
    if (!PyArg_ParseTuple(args, "nO!OO!O!pz|O", &inputs, &PyTuple_Type, &parts[0], &parts[1],
                          &PyTuple_Type, &parts[2], &PyTuple_Type, &parts[3], &exact, &name, more))
        return -1;
    if (!(*machine = machine_of(name))) {
        PyErr_Format(PyExc_ValueError, "tape: this machine has no instructions of %.50s", name);
        return -1;
    }
    return read_listing(l, inputs, parts, exact);
}

/* tape(inputs, constants, code, outputs, guards, exact, instructions) */
static PyObject *make_tape(PyObject *self, PyObject *args) {
    PyObject *more = NULL;
    Tape *t = PyType_Ready(&tape_type) < 0 ? NULL : PyObject_New(Tape, &tape_type);
    if (!t) return NULL;
    memset(&t->listing, 0, sizeof *t - offsetof(Tape, listing));
    t->call = Tape_call;
    if (read_tape(args, &t->listing, &t->machine, &more) < 0 ||
        make_plan(&t->listing, &t->plan) < 0)
        Py_CLEAR(t);
    else {
        PyMem_RawFree(t->listing.step);
        t->listing.step = NULL;
    }
    return (PyObject *)t;
}
