/* Weighted sums and cross-entropies in one go: what rules/networks.py says in a dozen calls of NumPy,
   of which each takes longer than the arithmetic of a small batch. Here are loops and products of
   matrices; what is done to an element is printed from its row. Operands that are not plain
   matrices of one type go to the Python form. */
#pragma once

#include "tape_machines.h"
#include "tensor_arrays.h"
#include "tensor_nodes.h"
#include "tensor_rows.h"
#include "tensor_vectors.h"

/* A row of the table is given its Python function, which the C function turns to. */
typedef struct {
    PyObject_HEAD
    PyObject *general;
    long wanted; /* of a pull: a bit for each operand that gets a share */
    vectorcallfunc call;
} Quick;

static void quick_dealloc(Quick *quick) {
    Py_DECREF(quick->general);
    Py_TYPE(quick)->tp_free((PyObject *)quick);
}

static PyTypeObject quick_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Quick",
    .tp_doc =
        "A function of arrays, which turns to a Python one where it does not know its operands.",
    .tp_basicsize = sizeof(Quick),
    .tp_dealloc = (destructor)quick_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Quick, call),
    .tp_call = PyVectorcall_Call,
};

static PyObject *turn_to_general(PyObject *self, PyObject *const *a, size_t flags,
                                 PyObject *names) {
    return PyObject_Vectorcall(((Quick *)self)->general, a, flags, names);
}

static inline int is_plain(PyObject *x, int type, int ndim) {
    return PyArray_CheckExact(x) && PyArray_TYPE((PyArrayObject *)x) == type &&
           PyArray_NDIM((PyArrayObject *)x) == ndim && PyArray_ISCARRAY_RO((PyArrayObject *)x);
}

static inline int type_of(PyObject *x) {
    return PyArray_CheckExact(x) ? PyArray_TYPE((PyArrayObject *)x) : -1;
}
#define DIM(x, i) PyArray_DIM((PyArrayObject *)(x), i)
#define DATA(real, x) ((real *)PyArray_DATA((PyArrayObject *)(x)))

static PyObject *empty_like(PyObject *x) {
    return PyArray_SimpleNew(PyArray_NDIM((PyArrayObject *)x), PyArray_DIMS((PyArrayObject *)x),
                             type_of(x));
}

static int activation_of(PyObject *x) {
    if (x == Py_None) return NO_ACTIVATION;
    if (!PyUnicode_Check(x)) return UNKNOWN;
    if (!PyUnicode_CompareWithASCIIString(x, "relu")) return RELU;
    return !PyUnicode_CompareWithASCIIString(x, "sigmoid") ? SIGMOID : UNKNOWN;
}

/* x, W and b of a weighted sum, and its activation. */
static int knows_sums(PyObject *x, PyObject *W, PyObject *b, PyObject *activation) {
    const int type = type_of(x);
    return (type == NPY_FLOAT || type == NPY_DOUBLE) && is_plain(x, type, 2) &&
           is_plain(W, type, 2) && DIM(x, 1) == DIM(W, 1) &&
           (b == Py_None || (is_plain(b, type, 1) && DIM(b, 0) == DIM(W, 0))) &&
           activation_of(activation) != UNKNOWN;
}

static PyObject *product(PyObject *x, PyObject *y, int x_flipped, int y_flipped) {
    PyObject *a = x_flipped ? PyArray_Transpose((PyArrayObject *)x, NULL) : Py_NewRef(x);
    PyObject *b = y_flipped ? PyArray_Transpose((PyArrayObject *)y, NULL) : Py_NewRef(y);
    PyObject *z = a && b ? PyArray_MatrixProduct2(a, b, NULL) : NULL;
    Py_XDECREF(a);
    Py_XDECREF(b);
    return z;
}

static int fastest_set; /* of those that are here, in the order of OF_SETS */
#define AVX512 2

#define TOGETHER 16   /* columns that OpenBLAS computes together with AVX-512 */
#define LEFT_OVER 13  /* columns from which on they take longer, one after the other, than all */
#define LONG_SIDE 128 /* rows, and elements of them, beside which it takes no time to copy W */

/* x @ W.T; for many rows W gets some of its own rows again, where it would leave columns over. */
static PyObject *weighted_sums(PyObject *x, PyObject *W) {
    npy_intp rows = DIM(x, 0), units = DIM(W, 0), more = TOGETHER - units % TOGETHER;
    if (fastest_set < AVX512 || rows < LONG_SIDE || DIM(W, 1) < LONG_SIDE ||
        units % TOGETHER < LEFT_OVER)
        return product(x, W, 0, 1);
    npy_intp shape[] = {units + more, DIM(W, 1)}, own_shape[] = {rows, units};
    const size_t row = (size_t)(shape[1] * PyArray_ITEMSIZE((PyArrayObject *)W));
    PyObject *wider = PyArray_SimpleNew(2, shape, type_of(W)), *sums = NULL, *found = NULL;
    if (wider) {
        memcpy(DATA(char, wider), DATA(char, W), (size_t)units * row);
        memcpy(DATA(char, wider) + (size_t)units * row, DATA(char, W), (size_t)more * row);
        sums = product(x, wider, 0, 1);
    }
    if (sums && DIM(sums, 0) == rows) found = PyArray_SimpleNew(2, own_shape, type_of(sums));
    const size_t size = found ? (size_t)(units * PyArray_ITEMSIZE((PyArrayObject *)found)) : 0;
    for (npy_intp i = 0; found && i < rows; i++)
        memcpy(PyArray_GETPTR2((PyArrayObject *)found, i, 0),
               PyArray_GETPTR2((PyArrayObject *)sums, i, 0), size);
    Py_XDECREF(wider);
    if (!found && !PyErr_Occurred()) return sums; /* of another size, which the caller sees */
    Py_XDECREF(sums);
    return found;
}

/* Their loops, of each instruction set. */
#define LOOPS_OF(real) \
    typedef struct { \
        void (*finished_sums)(real *, real *, const real *, npy_intp, npy_intp, int); \
        void (*before_activation)(real *, const real *, const real *, const real *, npy_intp); \
        void (*column_sums)(real *, const real *, npy_intp, npy_intp); \
        double (*softmax)(real *, const real *, const npy_intp *, npy_intp, npy_intp); \
    } LayerLoops_##real;
LOOPS_OF(float)
LOOPS_OF(double)
#define OF_SET(real, set) \
    {finished_sums_##real##_##set, before_activation_##real##_##set, column_sums_##real##_##set, \
     softmax_##real##_##set}
#ifdef CLONES
#define OF_SETS(real) {OF_SET(real, any), OF_SET(real, avx2), OF_SET(real, avx512)}
#else
#define OF_SETS(real) {OF_SET(real, any)}
#endif
static const LayerLoops_float loops_float[] = OF_SETS(float);
static const LayerLoops_double loops_double[] = OF_SETS(double);

#define FEW 4096 /* elements; with more NumPy's vectors are quicker than loops over exp */

static PyObject *quick_sums(PyObject *self, PyObject *const *a, size_t flags, PyObject *names) {
    if (names || PyVectorcall_NARGS(flags) != 4 || !knows_sums(a[0], a[1], a[2], a[3]) ||
        DIM(a[0], 0) * DIM(a[1], 0) > FEW)
        return turn_to_general(self, a, flags, names);
    PyObject *z = weighted_sums(a[0], a[1]);
    if (!z) return NULL;
    const int f = activation_of(a[3]), has_bias = a[2] != Py_None;
    if (!knows_sums(a[0], a[1], a[2], a[3]) || DIM(z, 0) != DIM(a[0], 0) ||
        DIM(z, 1) != DIM(a[1], 0)) {
        Py_DECREF(z); /* another thread gave an array another size */
        return turn_to_general(self, a, flags, names);
    }
    PyObject *slope = f == SIGMOID ? empty_like(z) : Py_NewRef(Py_None);
    if (!slope) {
        Py_DECREF(z);
        return NULL;
    }
#define FINISH(real) \
    loops_##real[fastest_set].finished_sums( \
        DATA(real, z), f == SIGMOID ? DATA(real, slope) : NULL, \
        has_bias ? DATA(real, a[2]) : NULL, DIM(z, 0), DIM(z, 1), f);
    if (type_of(z) == NPY_FLOAT) { FINISH(float) }
    else { FINISH(double) }
    return Py_BuildValue("NN", z, slope);
}

/* (g, z, x, W, b, activation, slope): the shares of those that are wanted. */
static PyObject *quick_sums_pull(PyObject *self, PyObject *const *a, size_t flags,
                                 PyObject *names) {
    const int type = type_of(a[0]), n = (int)PyVectorcall_NARGS(flags);
    if (names || n != 7 || !is_plain(a[0], type, 2) || !is_plain(a[1], type, 2) ||
        !PyArray_SAMESHAPE((PyArrayObject *)a[0], (PyArrayObject *)a[1]) ||
        !knows_sums(a[2], a[3], a[4], a[5]) || type_of(a[2]) != type ||
        DIM(a[0], 0) != DIM(a[2], 0) || DIM(a[0], 1) != DIM(a[3], 0) ||
        DIM(a[0], 0) * DIM(a[0], 1) > FEW ||
        (activation_of(a[5]) == SIGMOID &&
         !(is_plain(a[6], type, 2) &&
           PyArray_SAMESHAPE((PyArrayObject *)a[6], (PyArrayObject *)a[0]))))
        return turn_to_general(self, a, flags, names);
    const long wanted = ((Quick *)self)->wanted;
    const int f = activation_of(a[5]);
    PyObject *g =
        f ? PyArray_SimpleNew(2, PyArray_DIMS((PyArrayObject *)a[0]), type) : Py_NewRef(a[0]);
    PyObject *shares = g ? PyTuple_New((wanted & 1) + (wanted >> 1 & 1) + (wanted >> 2 & 1)) : NULL,
             *share;
    Py_ssize_t count = 0;
    if (!shares) goto fail;
#define BEFORE(real) \
    loops_##real[fastest_set].before_activation(DATA(real, g), DATA(real, a[0]), DATA(real, a[1]), \
                                                f == SIGMOID ? DATA(real, a[6]) : NULL, \
                                                PyArray_SIZE((PyArrayObject *)g));
    if (f && type == NPY_FLOAT) BEFORE(float)
    else if (f) BEFORE(double)
    for (int i = 0; i < 3; i++) {
        if (!(wanted >> i & 1)) continue;
        if (i == 0) share = product(g, a[3], 0, 0);
        else if (i == 1) share = product(g, a[2], 1, 0);
        else if ((share = PyArray_SimpleNew(1, PyArray_DIMS((PyArrayObject *)g) + 1, type))) {
            if (type == NPY_FLOAT)
                loops_float[fastest_set].column_sums(DATA(float, share), DATA(float, g), DIM(g, 0),
                                                     DIM(g, 1));
            else
                loops_double[fastest_set].column_sums(DATA(double, share), DATA(double, g),
                                                      DIM(g, 0), DIM(g, 1));
        }
        if (!share) goto fail;
        PyTuple_SET_ITEM(shares, count++, share);
    }
    Py_DECREF(g);
    return shares;
fail:
    Py_XDECREF(g);
    Py_XDECREF(shares);
    return NULL;
}

/* True of a float, or an int that is one. */
static int is_divisor(PyObject *x) {
    if (PyFloat_CheckExact(x)) return 1;
    const int fits = PyLong_CheckExact(x) && PyLong_AsDouble(x) != -1.0;
    PyErr_Clear();
    return fits;
}

static int knows_entropies(PyObject *x, PyObject *labels, PyObject *divisor) {
    const int type = type_of(x);
    return (type == NPY_FLOAT || type == NPY_DOUBLE) && is_plain(x, type, 2) &&
           is_plain(labels, NPY_INTP, 1) && DIM(x, 0) == DIM(labels, 0) && DIM(x, 1) > 0 &&
           DIM(x, 0) * DIM(x, 1) <= FEW && is_divisor(divisor);
}

/* Where the labels are among all elements, an array of its own; NULL without an error: a label is
   out of range. */
static PyObject *places_of(PyObject *labels, npy_intp classes) {
    PyObject *places = PyArray_SimpleNew(1, PyArray_DIMS((PyArrayObject *)labels), NPY_INTP);
    npy_intp *place = places ? DATA(npy_intp, places) : NULL;
    if (places)
        memcpy(place, DATA(npy_intp, labels), (size_t)PyArray_NBYTES((PyArrayObject *)places));
    for (npy_intp i = 0; places && i < DIM(places, 0); i++) {
        if (place[i] < 0 || place[i] >= classes) Py_CLEAR(places);
        else place[i] += i * classes;
    }
    return places;
}

/* (labels, classes): True where all labels are those of some classes. */
static PyObject *quick_labels_fit(PyObject *self, PyObject *const *a, size_t flags,
                                  PyObject *names) {
    if (names || PyVectorcall_NARGS(flags) != 2 || !is_plain(a[0], NPY_INTP, 1))
        return turn_to_general(self, a, flags, names);
    const npy_intp n = DIM(a[0], 0), classes = PyLong_AsSsize_t(a[1]),
                   *label = DATA(npy_intp, a[0]);
    if (classes == -1 && PyErr_Occurred()) return NULL;
    int fit = 1;
    for (npy_intp i = 0; i < n; i++) fit &= label[i] >= 0 && label[i] < classes;
    return PyBool_FromLong(fit);
}

/* (x, labels, divisor): the sum over the divisor, and what its pull uses. */
static PyObject *quick_entropies(PyObject *self, PyObject *const *a, size_t flags,
                                 PyObject *names) {
    if (names || PyVectorcall_NARGS(flags) != 3 || !knows_entropies(a[0], a[1], a[2]))
        return turn_to_general(self, a, flags, names);
    const int type = type_of(a[0]);
    const double divisor = PyFloat_AsDouble(a[2]);
    PyObject *places = places_of(a[1], DIM(a[0], 1));
    if (!places && PyErr_Occurred()) return NULL;
    if (!places)
        return turn_to_general(self, a, flags,
                               names); /* which says what is wrong with the labels */
    PyObject *p = PyArray_SimpleNew(2, PyArray_DIMS((PyArrayObject *)a[0]), type);
    PyObject *loss = p ? PyArray_SimpleNew(0, NULL, type) : NULL;
    if (!loss) {
        Py_DECREF(places);
        Py_XDECREF(p);
        return NULL;
    }
    const npy_intp n = DIM(p, 0), m = DIM(p, 1), *at = DATA(npy_intp, places);
    if (type == NPY_FLOAT)
        *DATA(float, loss) =
            (float)(loops_float[fastest_set].softmax(DATA(float, p), DATA(float, a[0]), at, n, m) /
                    divisor);
    else
        *DATA(double, loss) =
            loops_double[fastest_set].softmax(DATA(double, p), DATA(double, a[0]), at, n, m) /
            divisor;
    Py_DECREF(places);
    return Py_BuildValue("NN", loss, p);
}

/* (g, z, x, labels, divisor, slopes): the share of x. */
static PyObject *quick_entropies_pull(PyObject *self, PyObject *const *a, size_t flags,
                                      PyObject *names) {
    if (names || PyVectorcall_NARGS(flags) != 6 || ((Quick *)self)->wanted != 1 ||
        !knows_entropies(a[2], a[3], a[4]) || !is_plain(a[0], type_of(a[2]), 0) ||
        !is_plain(a[5], type_of(a[2]), 2))
        return turn_to_general(self, a, flags, names);
    const int type = type_of(a[5]);
    const double divisor = PyFloat_AsDouble(a[4]);
    PyObject *share = empty_like(a[5]);
    if (!share) return NULL;
    const npy_intp n = PyArray_SIZE((PyArrayObject *)share);
#define SHARE(real) \
    { \
        const real factor = (real)(*DATA(real, a[0]) / divisor); \
        for (npy_intp k = 0; k < n; k++) DATA(real, share)[k] = DATA(real, a[5])[k] * factor; \
    }
    if (type == NPY_FLOAT) { SHARE(float) }
    else { SHARE(double) }
    return Py_BuildValue("(N)", share);
}

/* The slopes times a scale into s; the sum of the losses. */
#define SIGMOIDS(real) \
    static double sigmoids_##real(real *s, const real *x, const real *y, npy_intp n, real scale) { \
        double losses = 0; \
        for (npy_intp i = 0; i < n; i++) { \
            losses += (double)sigmoid_cross_entropy_value_and_slope_##real(x[i], y[i], &s[i]); \
            s[i] *= scale; \
        } \
        return losses; \
    }
SIGMOIDS(float)
SIGMOIDS(double)

static int knows_binary_entropies(PyObject *x, PyObject *y, PyObject *divisor) {
    const int type = type_of(x),
              ndim = PyArray_CheckExact(x) ? PyArray_NDIM((PyArrayObject *)x) : -1;
    return (type == NPY_FLOAT || type == NPY_DOUBLE) && is_plain(x, type, ndim) &&
           is_plain(y, type, ndim) && PyArray_SAMESHAPE((PyArrayObject *)x, (PyArrayObject *)y) &&
           PyArray_SIZE((PyArrayObject *)x) <= FEW && is_divisor(divisor);
}

/* (x, y, divisor): the sum over the divisor, and its slopes. */
static PyObject *quick_binary_entropies(PyObject *self, PyObject *const *a, size_t flags,
                                        PyObject *names) {
    if (names || PyVectorcall_NARGS(flags) != 3 || !knows_binary_entropies(a[0], a[1], a[2]))
        return turn_to_general(self, a, flags, names);
    const int type = type_of(a[0]);
    const npy_intp n = PyArray_SIZE((PyArrayObject *)a[0]);
    const double divisor = PyFloat_AsDouble(a[2]);
    if (!divisor) return turn_to_general(self, a, flags, names);
    PyObject *slopes = empty_like(a[0]), *loss = slopes ? PyArray_SimpleNew(0, NULL, type) : NULL;
    if (!loss) {
        Py_XDECREF(slopes);
        return NULL;
    }
#define LOSS(real) \
    *DATA(real, loss) = (real)(sigmoids_##real(DATA(real, slopes), DATA(real, a[0]), \
                                               DATA(real, a[1]), n, (real)(1 / divisor)) / \
                               divisor);
    if (type == NPY_FLOAT) { LOSS(float) }
    else { LOSS(double) }
    return Py_BuildValue("NN", loss, slopes);
}

/* (g, z, x): the share of the operand of a row, of single precision, which is rounded once: doubles
   would have the bits of another exp than NumPy's. Where g is not finite NumPy has to see the
   products, so that a sweep hears of those that are nan. */
#define QUICK_SHARES(row) \
    static PyObject *quick_##row##_pull(PyObject *self, PyObject *const *a, size_t flags, \
                                        PyObject *names) { \
        if (names || PyVectorcall_NARGS(flags) != 3 || !knows_shares(a)) \
            return turn_to_general(self, a, flags, names); \
        PyObject *share = empty_like(a[0]); \
        if (!share) return NULL; \
        const npy_intp n = PyArray_SIZE((PyArrayObject *)share); \
        int not_finite = 0; \
        for (npy_intp i = 0; i < n; i++) { \
            const double g = DATA(float, a[0])[i]; \
            not_finite |= !(g - g == 0); \
            DATA(float, share) \
            [i] = (float)(g * row##_slope_double(DATA(float, a[2])[i])); \
        } \
        if (!not_finite) return Py_BuildValue("(N)", share); \
        Py_DECREF(share); \
        return turn_to_general(self, a, flags, names); \
    }

static int knows_shares(PyObject *const *a) {
    const int type = NPY_FLOAT,
              ndim = PyArray_CheckExact(a[0]) ? PyArray_NDIM((PyArrayObject *)a[0]) : -1;
    return is_plain(a[0], type, ndim) && is_plain(a[1], type, ndim) && is_plain(a[2], type, ndim) &&
           PyArray_SAMESHAPE((PyArrayObject *)a[0], (PyArrayObject *)a[1]) &&
           PyArray_SAMESHAPE((PyArrayObject *)a[0], (PyArrayObject *)a[2]) &&
           PyArray_SIZE((PyArrayObject *)a[0]) <= FEW;
}
ROUNDED_ONCE(QUICK_SHARES)

/* quick(name, general, kind): the quick form of a function of rules/networks.py, or of a row's pull. Of a pull the kind has a
   "v" for each operand that gets a share. */
static PyObject *make_quick(PyObject *self, PyObject *args) {
    static const struct {
        const char *name;
        vectorcallfunc call;
    } known[] = {{"linear", quick_sums},
                 {"linear pull", quick_sums_pull},
                 {"labels_fit", quick_labels_fit},
                 {"softmax_cross_entropy_sum", quick_entropies},
                 {"softmax_cross_entropy_sum pull", quick_entropies_pull},
                 {"sigmoid_cross_entropy_sum", quick_binary_entropies},
#define KNOWN(row) {#row " pull", quick_##row##_pull},
                 ROUNDED_ONCE(KNOWN)};
    const char *name, *kind;
    PyObject *general;
    if (!PyArg_ParseTuple(args, "sOs", &name, &general, &kind)) return NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name)) {
            Quick *quick = PyObject_New(Quick, &quick_type);
            if (!quick) return NULL;
            quick->general = Py_NewRef(general);
            quick->wanted = 0;
            for (int k = 0; kind[k] && k < MOST; k++) quick->wanted |= (long)(kind[k] == 'v') << k;
            quick->call = known[i].call;
            return (PyObject *)quick;
        }
    return Py_NewRef(general);
}
