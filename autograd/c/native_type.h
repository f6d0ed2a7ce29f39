/* Programs that were compiled to machine code: they are called here, and kept by their owner. */
#pragma once

#include "core.h"
#include "tape_primitives.h"
#include "tape_type.h"

typedef int32_t (*NativeCode)(const double *inputs, double *outputs, double *arena);

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    NativeCode code;
    PyObject *owner; /* who keeps the code as long as this lives */
    int32_t inputs, outputs;
    Py_ssize_t arena, size; /* numbers in its arena, and primitives */
    Floats kept;
    double *spare; /* inputs, outputs and arena; NULL while they are used */
} Native;

static void Native_dealloc(PyObject *self) {
    Native *t = (Native *)self;
    free_floats(t->kept, t->outputs);
    PyMem_RawFree(t->spare);
    Py_XDECREF(t->owner);
    PyObject_Free(self);
}

static double *take_memory(Native *t) {
    double *memory = t->spare;
    t->spare = NULL;
    return memory ? memory
                  : room((size_t)t->inputs + (size_t)t->outputs + (size_t)t->arena, sizeof *memory);
}

/* Runs with inputs in memory of its own: the index of the first guard that fails, -1, or -2 with an
   error. The caller gives the memory back. */
static int32_t run_native(Native *t, PyObject *inputs, double **memory) {
    int32_t failed;
    *memory = take_memory(t);
    if (!*memory || read_numbers("native", inputs, *memory, t->inputs)) return -2;
    double *const x = *memory, *const y = x + t->inputs, *const arena = y + t->outputs;
    if (t->size < LONG_RUN) return t->code(x, y, arena);
    Py_BEGIN_ALLOW_THREADS failed = t->code(x, y, arena);
    Py_END_ALLOW_THREADS return failed;
}

static void keep_memory(Native *t, double *memory) {
    if (t->spare) PyMem_RawFree(memory);
    else t->spare = memory;
}

#define APART -3

/* The same from array to array, without memory between them: APART where that can't be. */
static int32_t run_between(Native *t, PyObject *from, PyObject *to, double **memory) {
    const double *x = doubles_of(from, t->inputs, 0);
    double *y = doubles_of(to, t->outputs, 1);
    const uintptr_t in = (uintptr_t)x, out = (uintptr_t)y;
    if (!x || !y || t->size >= LONG_RUN ||
        (in < out + (size_t)t->outputs * sizeof *y && out < in + (size_t)t->inputs * sizeof *x))
        return APART;
    *memory = take_memory(t);
    return *memory ? t->code(x, y, *memory + t->inputs + t->outputs) : -2;
}

static PyObject *native_pieces(PyObject *self, PyObject *in, PyObject *sizes) {
    Native *t = (Native *)self;
    double *memory;
    const int32_t failed = run_native(t, in, &memory);
    const Outputs outputs = {memory ? memory + t->inputs : NULL, NULL, t->outputs};
    PyObject *found = outcome(&outputs, failed, &t->kept, sizes);
    if (memory) keep_memory(t, memory);
    return found;
}

/* Runs, and writes the outputs: the index of the first guard that fails, -1, or -2 with an error. */
static int32_t native_into(PyObject *self, PyObject *out, PyObject *in) {
    Native *t = (Native *)self;
    double *memory;
    int32_t failed = run_between(t, in, out, &memory);
    if (failed == APART) {
        failed = run_native(t, in, &memory);
        const Outputs outputs = {memory ? memory + t->inputs : NULL, NULL, t->outputs};
        if (failed == -1 && write_outputs(out, &outputs) < 0) failed = -2;
    }
    if (memory) keep_memory(t, memory);
    return failed;
}

static PyObject *Native_call(PyObject *self, PyObject *const *args, size_t nargs, PyObject *names) {
    return call_with(self, args, nargs, names, native_pieces);
}
static PyObject *Native_pieces(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    return pieces_given(self, args, n, native_pieces);
}
static PyObject *Native_into(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    return into_given(self, args, n, native_into);
}

static PyMethodDef native_methods[] = {
    {"into", FAST(Native_into), into_doc},
    {"pieces", FAST(Native_pieces), pieces_doc},
    {NULL},
};

static PyMemberDef native_members[] = {
    {"owner", T_OBJECT, offsetof(Native, owner), READONLY, "Who keeps its code."},
    {NULL},
};

static PyTypeObject native_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Native",
    .tp_basicsize = sizeof(Native),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Native, call),
    .tp_dealloc = Native_dealloc,
    .tp_methods = native_methods,
    .tp_members = native_members,
    .tp_doc = "Program that was compiled to machine code, and runs.",
};

/* native(address, inputs, outputs, arena, size, owner) */
static PyObject *make_native(PyObject *self, PyObject *args) {
    PyObject *address, *owner;
    Py_ssize_t inputs, outputs, arena, size;
    if (!PyArg_ParseTuple(args, "O!nnnnO", &PyLong_Type, &address, &inputs, &outputs, &arena, &size,
                          &owner) ||
        PyType_Ready(&native_type) < 0)
        return NULL;
    void *code = PyLong_AsVoidPtr(address);
    if (!code && PyErr_Occurred()) return NULL;
    if (!code || inputs < 0 || inputs > INT32_MAX || outputs < 0 || outputs > INT32_MAX ||
        arena < 0 || arena > PY_SSIZE_T_MAX / 16 || size < 0)
        return PyErr_Format(PyExc_ValueError,
                            "native: got %p, %zd inputs, %zd outputs, an arena of %zd, size %zd",
                            code, inputs, outputs, arena, size);
    Native *t = PyObject_New(Native, &native_type);
    if (!t) return NULL;
    t->call = Native_call;
    memcpy(&t->code, &code, sizeof code);
    t->owner = Py_NewRef(owner);
    t->inputs = (int32_t)inputs;
    t->outputs = (int32_t)outputs;
    t->arena = arena;
    t->size = size;
    t->spare = NULL;
    t->kept = NULL;
    return (PyObject *)t;
}

/* library() -> {name: address of the function of the C library} */
static PyObject *library_functions(PyObject *self, PyObject *none) {
    static const struct {
        const char *name;
        void (*function)(void);
    } functions[] = {
#define LIBRARY_FUNCTION(name) {#name, (void (*)(void))name},
        TAPE_LIBRARY(LIBRARY_FUNCTION)};
    PyObject *found = PyDict_New();
    for (size_t i = 0; found && i < sizeof functions / sizeof *functions; i++) {
        void *address;
        memcpy(&address, &functions[i].function, sizeof address);
        PyObject *number = PyLong_FromVoidPtr(address);
        if (!number || PyDict_SetItemString(found, functions[i].name, number) < 0) Py_CLEAR(found);
        Py_XDECREF(number);
    }
    return found;
}
