/* Numbers that go into a machine and come out of it, from and to what Python has. */
#pragma once

#include "core.h"
#include "tensor_arrays.h"

/* The numbers of one of NumPy's arrays, if they are n doubles in a row; else NULL. */
static double *doubles_of(PyObject *o, int32_t n, int to_write) {
    PyArrayObject *a = (PyArrayObject *)o;
    if (!PyArray_CheckExact(o) || PyArray_TYPE(a) != NPY_DOUBLE || PyArray_SIZE(a) != n ||
        !(to_write ? PyArray_ISCARRAY(a) : PyArray_ISCARRAY_RO(a)))
        return NULL;
    return PyArray_DATA(a);
}

/* Whether a buffer has n doubles, of any alignment. */
static int is_of_doubles(const Py_buffer *buffer, int32_t n) {
    const char *format = buffer->format;
    return format && !strcmp(format + (*format == '='), "d") &&
           buffer->len == (Py_ssize_t)n * (Py_ssize_t)sizeof(double);
}

/* Numbers of a list, tuple or buffer of doubles, for a machine of some name. */
static int read_numbers(const char *machine, PyObject *o, double *x, int32_t n) {
    Py_ssize_t count;
    const double *in_a_row;
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
    else if ((in_a_row = doubles_of(o, n, 0))) {
        memcpy(x, in_a_row, (size_t)n * sizeof *x);
        return 0;
    }
    else if (PyArray_CheckExact(o) && PyArray_TYPE((PyArrayObject *)o) == NPY_DOUBLE) {
        count = PyArray_SIZE((PyArrayObject *)o);
        PyObject *row = count == n ? PyArray_FROM_OTF(o, NPY_DOUBLE, NPY_ARRAY_CARRAY_RO) : NULL;
        if (row) memcpy(x, PyArray_DATA((PyArrayObject *)row), (size_t)n * sizeof *x);
        else if (count == n) return -1;
        Py_XDECREF(row);
    }
    else {
        Py_buffer buffer;
        if (PyObject_GetBuffer(o, &buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return -1;
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

/* Outputs of a machine: n numbers, each in its place of x, or in a row where there are no places. */
typedef struct {
    const double *x;
    const int32_t *place;
    int32_t n;
} Outputs;

static inline double output(const Outputs *out, int32_t i) {
    return out->x[out->place ? out->place[i] : i];
}

/* Writes outputs into an array of as many doubles: 0, or -1 with an error. */
static int write_outputs(PyObject *o, const Outputs *out) {
    double *in_a_row = doubles_of(o, out->n, 1);
    for (int32_t i = 0; in_a_row && i < out->n; i++) in_a_row[i] = output(out, i);
    if (in_a_row) return 0;
    Py_buffer buffer;
    if (PyObject_GetBuffer(o, &buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE))
        return -1;
    const int fits = is_of_doubles(&buffer, out->n);
    char *z = buffer.buf;
    for (int32_t i = 0; fits && i < out->n; i++) {
        const double each = output(out, i);
        memcpy(z + (size_t)i * sizeof each, &each, sizeof each);
    }
    PyBuffer_Release(&buffer);
    if (!fits)
        PyErr_Format(PyExc_ValueError, "into: the outputs need %ld numbers of float64",
                     (long)out->n);
    return fits - 1;
}

#define MOST_KEPT 4096
#define A_NUMBER -1 /* size of a piece that is a number, not an array */

/* Floats of a list that was given before. One that nobody else has any longer gets another number,
   which takes a tenth of the time in which Python frees one and makes another. */
typedef PyObject **Floats;

static void free_floats(Floats kept, int32_t n) {
    for (int32_t i = 0; kept && i < n && i < MOST_KEPT; i++) Py_XDECREF(kept[i]);
    PyMem_RawFree(kept);
}

static PyObject *float_of_output(const Outputs *out, int32_t i, Floats kept) {
    PyObject **own = i < MOST_KEPT ? kept + i : NULL, *z = own ? *own : NULL;
    if (z && Py_REFCNT(z) == 1) ((PyFloatObject *)z)->ob_fval = output(out, i);
    else if ((z = PyFloat_FromDouble(output(out, i))) && own) Py_XSETREF(*own, z);
    return z && own ? Py_NewRef(z) : z;
}

/* Outputs from the i-th on as a new array of n numbers. */
static PyObject *array_of_outputs(const Outputs *out, int32_t i, npy_intp n) {
    PyObject *found = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    double *z = found ? PyArray_DATA((PyArrayObject *)found) : NULL;
    if (z && out->place)
        for (npy_intp k = 0; k < n; k++) z[k] = out->x[out->place[i + k]];
    else if (z) memcpy(z, out->x + i, (size_t)n * sizeof *z);
    return found;
}

/* Outputs as a new list of floats, and of arrays where there are sizes of pieces; NULL: an error. */
static PyObject *list_of_outputs(const Outputs *out, Floats *kept, PyObject *sizes) {
    const Py_ssize_t count = sizes ? PyTuple_GET_SIZE(sizes) : out->n;
    int32_t i = 0;
    if (!*kept)
        *kept =
            PyMem_RawCalloc((size_t)(out->n < MOST_KEPT ? out->n : MOST_KEPT) + 1, sizeof **kept);
    if (!*kept) return PyErr_NoMemory();
    PyObject *found = PyList_New(count);
    for (Py_ssize_t k = 0; found && k < count; k++) {
        const Py_ssize_t size = sizes ? PyLong_AsSsize_t(PyTuple_GET_ITEM(sizes, k)) : A_NUMBER;
        const int fits =
            size == A_NUMBER ? i < out->n && !PyErr_Occurred() : size >= 0 && size <= out->n - i;
        PyObject *z = !fits              ? NULL
                      : size == A_NUMBER ? float_of_output(out, i, *kept)
                                         : array_of_outputs(out, i, size);
        i += fits ? (int32_t)(size == A_NUMBER ? 1 : size) : 0;
        if (z) PyList_SET_ITEM(found, k, z);
        else Py_CLEAR(found);
    }
    if (found && i != out->n) Py_CLEAR(found);
    if (!found && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "pieces: got sizes %R; they need %ld outputs in all", sizes,
                     (long)out->n);
    return found;
}

/* What a machine found: (outputs, failed), without outputs where a guard failed; NULL: an error. */
static PyObject *outcome(const Outputs *out, int32_t failed, Floats *kept, PyObject *sizes) {
    PyObject *found = failed < -1  ? NULL
                      : failed < 0 ? list_of_outputs(out, kept, sizes)
                                   : PyList_New(0);
    return found ? Py_BuildValue("Ni", found, failed) : NULL;
}

static const char into_doc[] =
    "into($self, outputs, inputs, /)\n--\n\nWrite the outputs into an array of float64.\n\n"
    "Return the index of the first guard that fails, with which they mean nothing, or -1.";
static const char pieces_doc[] = "pieces($self, sizes, inputs, /)\n--\n\nReturn a list of the "
                                 "outputs in pieces: a number for each "
                                 "size of -1, and arrays\nof the other sizes; and the index of the "
                                 "first guard that fails, or -1.";

typedef int32_t Into(PyObject *machine, PyObject *out, PyObject *in);

typedef PyObject *InPieces(PyObject *machine, PyObject *in, PyObject *sizes);

/* machine(inputs) -> (outputs, failed) */
static ONCE PyObject *call_with(PyObject *self, PyObject *const *args, size_t nargs,
                                PyObject *names, InPieces *run) {
    if (PyVectorcall_NARGS(nargs) != 1 || names)
        return PyErr_Format(PyExc_TypeError, "a program takes one argument, the inputs");
    return run(self, args[0], NULL);
}

/* pieces(sizes, inputs) -> (outputs, failed) */
static ONCE PyObject *pieces_given(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   InPieces *run) {
    if (n != 2 || !PyTuple_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "pieces: it takes a tuple of sizes, and the inputs");
    return run(self, args[1], args[0]);
}

/* into(outputs, inputs) -> failed */
static ONCE PyObject *into_given(PyObject *self, PyObject *const *args, Py_ssize_t n, Into *into) {
    if (n != 2) return PyErr_Format(PyExc_TypeError, "into: got %zd arguments; it takes 2", n);
    const int32_t failed = into(self, args[0], args[1]);
    return failed < -1 ? NULL : PyLong_FromLong(failed);
}
