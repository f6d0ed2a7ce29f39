/* The backward pass: count the uses of each node, then pass a node on once all its users have given
   their shares. No recursion, no sort, no visited set; nothing of Python runs in between, so that a
   pass is complete or has not begun. */
#pragma once

#include "core.h"
#include "value_nary.h"
#include "value_nodes.h"

/* Links all nodes that the root depends on and counts their uses; the answer is how many they are. */
static inline Py_ssize_t discover(Value *root, const int clear) {
    Value *last = root;
    Py_ssize_t n = 0;
    root->link = NULL;
    for (Value *v = root; v; v = v->link) {
        n++;
        if (clear) {
            if (v->op == LEAF) v->da = v->flags & HAS_GRAD ? v->grad : 0.0;
            v->grad = 0.0;
            v->flags |= HAS_GRAD;
        }
#define SEE(p, d) \
    if (!(p)->pending++) { \
        (p)->link = NULL; \
        last->link = (p); \
        last = (p); \
    }
        PARENTS(v, SEE)
    }
    return n;
}

/* The first, plain pass; the answer is whether it met nan. */
static int backward_plainly(Value *root, double seed) {
    Value *last = root;
    int met_nan = 0;
    discover(root, 1);
    root->link = NULL;
    root->grad = seed;
    for (Value *v = root; v; v = v->link) {
        const double g = v->grad;
        met_nan |= g != g;
#define GIVE(p, d) \
    (p)->grad += g * (d); \
    if (!--(p)->pending) { \
        (p)->link = NULL; \
        last->link = (p); \
        last = (p); \
    }
        PARENTS(v, GIVE)
        if (v->op == LEAF) v->grad += v->da; /* what earlier passes left */
    }
    return met_nan;
}

/* The first of all nodes that the roots, a tuple, depend on, linked; their uses are counted, and being
   a root counts as one. */
static Value *discover_all(PyObject *roots) {
    Value *first = NULL, *last = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(roots); i++) {
        Value *v = (Value *)PyTuple_GET_ITEM(roots, i);
        if (v->pending++) continue;
        v->link = NULL;
        if (last) last->link = v;
        else first = v;
        last = v;
    }
    for (Value *v = first; v; v = v->link) { PARENTS(v, SEE) }
    return first;
}

/* The nodes that the roots depend on, each before its parents and with its place as its index; also
   the lowest level at which a leaf of theirs was made. */
static Value **in_order(PyObject *roots, Py_ssize_t *count, int *lowest) {
    Value *first = discover_all(roots);
    Py_ssize_t n = 0, found = 0;
    *lowest = INT_MAX;
    for (Value *v = first; v; v = v->link) {
        n++;
        if (v->op == LEAF && v->flags >> LEVEL < *lowest) *lowest = v->flags >> LEVEL;
    }
    Value **order = PyMem_New(Value *, n + 1);
    if (!order) {
        for (Value *v = first; v; v = v->link) v->pending = 0;
        return (Value **)PyErr_NoMemory();
    }
#define PASS(p, d) \
    if (!--(p)->pending) order[found++] = (p);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(roots); i++) {
        PASS((Value *)PyTuple_GET_ITEM(roots, i), 0)
    }
    for (Py_ssize_t i = 0; i < found; i++) {
        Value *v = order[i];
        v->index = i;
        PARENTS(v, PASS)
    }
    *count = n;
    return order;
}

/* Whether a node is one of the order, at its index. */
static inline int is_in(Value *v, Value **order, Py_ssize_t n) {
    return v->index >= 0 && v->index < n && order[v->index] == v;
}

/* What a sweep finds at each node, by place. "Reached" tells none from 0: what is not reached gives
   nothing, not even 0 * inf. */
typedef struct {
    double *slope;
    unsigned char *reached;
} Found;

static inline void add_to(Found f, Py_ssize_t i, double d) {
    f.slope[i] = f.reached[i] ? f.slope[i] + d : d;
    f.reached[i] = 1;
}

/* The sweeps; strictly: by way of those operands only that no choice left out. */
static inline void sweep_back(Value **order, Py_ssize_t n, Found f, const int strict) {
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!f.reached[i]) continue;
        Value *v = order[i];
        const double g = f.slope[i];
#define BACK(p, d, k) \
    if (!strict || !is_left_out(v, k, d)) add_to(f, (p)->index, (d) * g);
        PLACES(v, BACK)
    }
}

static inline void sweep_on(Value **order, Py_ssize_t n, Found f, const int strict) {
    for (Py_ssize_t i = n; i-- > 0;) {
        Value *v = order[i];
#define ON(p, d, k) \
    if (f.reached[(p)->index] && (!strict || !is_left_out(v, k, d))) \
        add_to(f, i, f.slope[(p)->index] * (d));
        PLACES(v, ON)
    }
}

/* A sweep from numbers at the nodes `from`, of which 0 starts nothing, to numbers at `to`; the answer is
   whether these have nan. */
static inline int sweep(Value **order, Py_ssize_t n, Found f, int back, PyObject *from,
                        PyObject *to, const double *start, double *end, const int strict) {
    int met_nan = 0;
    memset(f.slope, 0, (size_t)n * sizeof *f.slope);
    memset(f.reached, 0, (size_t)n);
    for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(from); j++) {
        Value *v = (Value *)PyTuple_GET_ITEM(from, j);
        if (start[j] != 0.0 && is_in(v, order, n)) add_to(f, v->index, start[j]);
    }
    if (back) sweep_back(order, n, f, strict);
    else sweep_on(order, n, f, strict);
    for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(to); j++) {
        Value *v = (Value *)PyTuple_GET_ITEM(to, j);
        end[j] = is_in(v, order, n) ? f.slope[v->index] : 0.0;
        met_nan |= end[j] != end[j];
    }
    return met_nan;
}

/* The one to make where the plain one met nan; apart, so that the compiler keeps the other quick. */
static RARE void sweep_strictly(Value **order, Py_ssize_t n, Found f, int back, PyObject *from,
                                PyObject *to, const double *start, double *end) {
    sweep(order, n, f, back, from, to, start, end, 1);
}

/* Floats, in lists of m. */
static PyObject *lists_of(const double *found, Py_ssize_t k, Py_ssize_t m) {
    PyObject *lists = PyList_New(k);
    for (Py_ssize_t i = 0; lists && i < k; i++) {
        PyObject *list = PyList_New(m);
        for (Py_ssize_t j = 0; list && j < m; j++) {
            PyObject *x = PyFloat_FromDouble(found[i * m + j]);
            if (x) PyList_SET_ITEM(list, j, x);
            else Py_CLEAR(list);
        }
        if (list) PyList_SET_ITEM(lists, i, list);
        else Py_CLEAR(lists);
    }
    return lists;
}

/* k sweeps over the graph of the ys, each from numbers at `from` to numbers at `to`; nothing of Python
   runs. -1: an error; 1: a leaf was made at a level below `least`, and nothing was done. */
static int sweep_all(PyObject *ys, int back, PyObject *from, PyObject *to, int least, Py_ssize_t k,
                     const double *start, double *end) {
    const Py_ssize_t many = PyTuple_GET_SIZE(from), m = PyTuple_GET_SIZE(to);
    Py_ssize_t n;
    int lowest;
    Value **order = in_order(ys, &n, &lowest);
    if (!order) return -1;
    if (lowest < least) {
        PyMem_Free(order);
        return 1;
    }
    Found f = {PyMem_New(double, n + 1), PyMem_Malloc((size_t)n + 1)};
    for (Py_ssize_t i = 0; f.slope && f.reached && i < k; i++) {
        const double *starts = start + i * many;
        double *ends = end + i * m;
        if (sweep(order, n, f, back, from, to, starts, ends, 0))
            sweep_strictly(order, n, f, back, from, to, starts, ends);
    }
    const int failed = !f.slope || !f.reached;
    PyMem_Free(order);
    PyMem_Free(f.slope);
    PyMem_Free(f.reached);
    if (failed) PyErr_NoMemory();
    return failed ? -1 : 0;
}

/* The gradients once more, strictly. -1: an error, and the leaves have what they had before. */
static int backward_strictly(Value *root, double seed) {
    PyObject *roots = PyTuple_Pack(1, root);
    Py_ssize_t n = 0;
    int lowest;
    Value **order = roots ? in_order(roots, &n, &lowest) : NULL;
    Found f = {NULL, NULL};
    if (order) {
        f.slope = PyMem_Calloc((size_t)n, sizeof *f.slope);
        f.reached = PyMem_Calloc((size_t)n, 1);
    }
    const int failed = !f.slope || !f.reached;
    if (failed) {
        discover(root, 0);
        for (Value *v = root; v; v = v->link) {
            v->pending = 0;
            if (v->op == LEAF) v->grad = v->da;
        }
        PyErr_NoMemory();
    }
    else {
        if (seed != 0.0) add_to(f, 0, seed);
        sweep_back(order, n, f, 1);
        f.slope[0] = seed;
        for (Py_ssize_t i = 0; i < n; i++)
            order[i]->grad = f.slope[i] + (order[i]->op == LEAF ? order[i]->da : 0.0);
    }
    PyMem_Free(order);
    PyMem_Free(f.slope);
    PyMem_Free(f.reached);
    Py_XDECREF(roots);
    return failed ? -1 : 0;
}

static int backward(Value *root, double seed) {
    return backward_plainly(root, seed) ? backward_strictly(root, seed) : 0;
}
