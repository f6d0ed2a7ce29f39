/* The type of a tape: a program that was planned, and runs. */
#pragma once

#include "core.h"
#include "tape_listing.h"
#include "tape_machines.h"
#include "tape_numbers.h"
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
    Floats kept;
} Tape;

static void Tape_dealloc(PyObject *self) {
    Tape *t = (Tape *)self;
    free_floats(t->kept, t->listing.outputs);
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

static PyObject *tape_pieces(PyObject *self, PyObject *in, PyObject *sizes) {
    Tape *t = (Tape *)self;
    double *arena;
    const int32_t failed = run_tape(t, in, &arena);
    const Outputs outputs = {arena, t->plan.output, t->listing.outputs};
    PyObject *found = outcome(&outputs, failed, &t->kept, sizes);
    if (arena) keep_arena(t, arena);
    if (found && count_call(t) < 0) Py_CLEAR(found);
    return found;
}

/* Runs, and writes the outputs: the index of the first guard that fails, -1, or -2 with an error. */
static int32_t tape_into(PyObject *self, PyObject *out, PyObject *in) {
    Tape *t = (Tape *)self;
    double *arena;
    int32_t failed = run_tape(t, in, &arena);
    const Outputs outputs = {arena, t->plan.output, t->listing.outputs};
    if (failed == -1 && write_outputs(out, &outputs) < 0) failed = -2;
    if (arena) keep_arena(t, arena);
    return failed < -1 || count_call(t) < 0 ? -2 : failed;
}

static PyObject *Tape_call(PyObject *self, PyObject *const *args, size_t nargs, PyObject *names) {
    return call_with(self, args, nargs, names, tape_pieces);
}
static PyObject *Tape_pieces(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    return pieces_given(self, args, n, tape_pieces);
}
static PyObject *Tape_into(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    return into_given(self, args, n, tape_into);
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
    {"into", FAST(Tape_into), into_doc},
    {"pieces", FAST(Tape_pieces), pieces_doc},
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
