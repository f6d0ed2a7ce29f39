/* Memory for the results of programs: of an argument that was given away, of a result before that
   nobody holds any longer, or new. */
#pragma once

#include <stdlib.h>

#include "tensor_arrays.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyArrayObject *model; /* its layout is that of the results */
    int is_kept;
    PyObject
        *last[2]; /* results, where they are kept: a training gives the last to the next call */
} Room;

static void Room_dealloc(PyObject *self) {
    Room *room = (Room *)self;
    Py_XDECREF(room->model);
    Py_XDECREF(room->last[0]);
    Py_XDECREF(room->last[1]);
    PyObject_Free(self);
}

/* Whether nobody else sees an array that is held here, and it still has the layout of its model. */
static int is_unheld(PyObject *x, PyArrayObject *model) {
    if (!x || Py_REFCNT(x) != 1) return 0;
    PyArrayObject *array = (PyArrayObject *)x;
    const Py_ssize_t weak = Py_TYPE(x)->tp_weaklistoffset;
    const size_t axes = (size_t)PyArray_NDIM(model) * sizeof(npy_intp);
    return !(weak && *(PyObject **)((char *)x + weak)) && PyArray_ISWRITEABLE(array) &&
           PyArray_DESCR(array) == PyArray_DESCR(model) &&
           PyArray_NDIM(array) == PyArray_NDIM(model) &&
           !memcmp(PyArray_DIMS(array), PyArray_DIMS(model), axes) &&
           !memcmp(PyArray_STRIDES(array), PyArray_STRIDES(model), axes);
}

/* room(array=None): the array, or one to be written into. */
static PyObject *Room_call(PyObject *self, PyObject *const *a, size_t flags, PyObject *names) {
    Room *room = (Room *)self;
    const Py_ssize_t n = PyVectorcall_NARGS(flags);
    if (names || n > 1) return PyErr_Format(PyExc_TypeError, "room: it takes one array, or none");
    if (n && a[0] != Py_None) return Py_NewRef(a[0]);
    PyObject *x = is_unheld(room->last[0], room->model)
                      ? Py_NewRef(room->last[0])
                      : PyArray_NewLikeArray(room->model, NPY_KEEPORDER, NULL, 0);
    if (!x || !room->is_kept) return x;
    PyObject *before = room->last[0];
    room->last[0] = room->last[1];
    room->last[1] = Py_NewRef(x);
    Py_XDECREF(before); /* last, for it may call Python */
    return x;
}

static PyTypeObject room_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Room",
    .tp_doc = "Memory for a result.",
    .tp_basicsize = sizeof(Room),
    .tp_dealloc = Room_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Room, call),
    .tp_call = PyVectorcall_Call,
};

/* room(model, is_kept) */
static PyObject *new_room(PyObject *self, PyObject *args) {
    PyArrayObject *model;
    int is_kept;
    if (!PyArg_ParseTuple(args, "O!p", &PyArray_Type, &model, &is_kept)) return NULL;
    Room *room = PyObject_New(Room, &room_type);
    if (!room) return NULL;
    room->call = Room_call;
    room->model = (PyArrayObject *)Py_NewRef(model);
    room->is_kept = is_kept;
    room->last[0] = room->last[1] = NULL;
    return (PyObject *)room;
}

typedef struct {
    char *low, *high; /* the bytes that an array lies in */
    Py_ssize_t index;
} Extent;

/* Of an array that has elements. */
static Extent extent_of(PyArrayObject *x, Py_ssize_t index) {
    Extent found = {PyArray_BYTES(x), PyArray_BYTES(x), index};
    found.high += PyArray_ITEMSIZE(x);
    for (int i = 0; i < PyArray_NDIM(x); i++) {
        const npy_intp reach = PyArray_STRIDE(x, i) * (PyArray_DIM(x, i) - 1);
        if (reach < 0) found.low += reach;
        else found.high += reach;
    }
    return found;
}

static int before(const void *a, const void *b) {
    const uintptr_t x = (uintptr_t)((const Extent *)a)->low,
                    y = (uintptr_t)((const Extent *)b)->low;
    return (x > y) - (x < y);
}

/* An array whose elements are in a row, in memory of NumPy's that may be written into. A view may be
   of a view: NumPy does not go on to the owner where types differ. */
static int is_writable(PyObject *x) {
    if (!PyArray_CheckExact(x) || !PyArray_ISCARRAY((PyArrayObject *)x)) return 0;
    while (x && PyArray_CheckExact(x)) x = PyArray_BASE((PyArrayObject *)x);
    return !x;
}

/* unshared(inputs, places): for each of these places the array that is there, or None where it can't
   be written into, or where another input lies across it. */
static PyObject *unshared(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (n != 2 || !PyList_Check(a[0]) || !PyTuple_Check(a[1]))
        return PyErr_Format(PyExc_TypeError, "unshared: it takes a list and a tuple");
    const Py_ssize_t inputs = PyList_GET_SIZE(a[0]), places = PyTuple_GET_SIZE(a[1]);
    Extent *extents = PyMem_Malloc((size_t)(inputs + 1) * sizeof *extents);
    char *is_free = PyMem_Calloc((size_t)inputs + 1, 1);
    PyObject *found = extents && is_free ? PyTuple_New(places) : NULL;
    if (!extents || !is_free) PyErr_NoMemory();
    size_t count = 0;
    for (Py_ssize_t i = 0; found && i < inputs; i++) {
        PyObject *x = PyList_GET_ITEM(a[0], i);
        if (!PyArray_Check(x)) continue;
        is_free[i] = (char)is_writable(x);
        if (!PyArray_SIZE((PyArrayObject *)x)) continue;
        extents[count++] = extent_of((PyArrayObject *)x, i);
    }
    if (count > 1) qsort(extents, count, sizeof *extents, before);
    for (size_t i = 1, widest = 0; i < count; i++) { /* the one before that reaches furthest */
        if ((uintptr_t)extents[i].low < (uintptr_t)extents[widest].high)
            is_free[extents[i].index] = is_free[extents[widest].index] = 0;
        if ((uintptr_t)extents[i].high > (uintptr_t)extents[widest].high) widest = i;
    }
    for (Py_ssize_t i = 0; found && i < places; i++) {
        const Py_ssize_t place = PyLong_AsSsize_t(PyTuple_GET_ITEM(a[1], i));
        if (place < 0 || place >= inputs) {
            if (!PyErr_Occurred()) PyErr_SetString(PyExc_IndexError, "unshared: no such input");
            Py_CLEAR(found);
            break;
        }
        PyObject *x = is_free[place] ? PyList_GET_ITEM(a[0], place) : Py_None;
        PyTuple_SET_ITEM(found, i, Py_NewRef(x));
    }
    PyMem_Free(extents);
    PyMem_Free(is_free);
    return found;
}
