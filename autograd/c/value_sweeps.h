/* The backward pass: count the uses of each node, then pass a node on once all its users have given
   their shares. No recursion, no sort, no visited set; nothing of Python runs in between, so that a
   pass is complete or has not begun. */
#pragma once

#include "core.h"
#include "value_nary.h"
#include "value_nodes.h"

static inline void append(Value **last, Value *v) {
    v->link = NULL;
    (*last)->link = v;
    *last = v;
}

/* Appends all nodes that those of a list depend on, and counts their uses. */
static inline void discover(Value *first, Value *last, const int clear) {
    for (Value *v = first; v; v = v->link) {
        if (clear) {
            if (v->op == LEAF) v->da = v->flags & HAS_GRAD ? v->grad : 0.0;
            v->grad = 0.0;
            v->flags |= HAS_GRAD;
        }
        EACH_PARENT(v, p, if (!p->v->pending++) append(&last, p->v);)
    }
}

/* The first, plain pass; the answer is whether it met nan. */
static int backward_plainly(Value *root, double seed) {
    Value *last = root;
    int met_nan = 0;
    root->link = NULL;
    discover(root, root, 1);
    root->link = NULL;
    root->grad = seed;
    for (Value *v = root; v; v = v->link) {
        const double g = v->grad;
        met_nan |= g != g;
        EACH_PARENT(v, p, {
            p->v->grad += g * p->c;
            if (!--p->v->pending) append(&last, p->v);
        })
        if (v->op == LEAF) v->grad += v->da; /* what earlier passes left */
    }
    return met_nan;
}

/* The first of all nodes that k roots depend on, linked; their uses are counted, and being a root
   counts as one. */
static Value *discover_all(PyObject *const *roots, Py_ssize_t k) {
    Value *first = NULL, *last = NULL;
    for (Py_ssize_t i = 0; i < k; i++) {
        Value *v = (Value *)roots[i];
        if (v->pending++) continue;
        if (first) append(&last, v);
        else first = last = v;
        v->link = NULL;
    }
    discover(first, last, 0);
    return first;
}

/* The nodes below some roots, each before its parents and with its place as its index, and what a
   sweep finds at each. "Reached" tells none from 0: what is not reached gives nothing, not even
   0 * inf. */
typedef struct {
    Py_ssize_t n, uses; /* nodes; and how often they are operands or roots */
    int lowest;         /* level at which one of its leaves was made */
    Value **order;
    double *slope;
    unsigned char *reached;
} Graph;

/* Puts the nodes below k roots in order; -1: an error. */
static int in_order(Graph *f, PyObject *const *roots, Py_ssize_t k) {
    Value *first = discover_all(roots, k);
    Py_ssize_t found = 0;
    *f = (Graph){.lowest = INT_MAX};
    for (Value *v = first; v; v = v->link) {
        f->n++;
        f->uses += v->pending;
        if (v->op == LEAF && v->flags >> LEVEL < f->lowest) f->lowest = v->flags >> LEVEL;
    }
    f->order = PyMem_New(Value *, f->n + 1);
    if (!f->order) {
        for (Value *v = first; v; v = v->link) v->pending = 0;
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < k; i++)
        if (!--((Value *)roots[i])->pending) f->order[found++] = (Value *)roots[i];
    for (Py_ssize_t i = 0; i < found; i++) {
        Value *v = f->order[i];
        v->index = i;
        EACH_PARENT(v, p, if (!--p->v->pending) f->order[found++] = p->v;)
    }
    return 0;
}

/* Room for what a sweep finds; -1: an error. */
static int make_room(Graph *f) {
    f->slope = PyMem_Calloc((size_t)f->n + 1, sizeof *f->slope);
    f->reached = PyMem_Calloc((size_t)f->n + 1, 1);
    if (f->slope && f->reached) return 0;
    PyErr_NoMemory();
    return -1;
}

static void forget(Graph *f) {
    PyMem_Free(f->order);
    PyMem_Free(f->slope);
    PyMem_Free(f->reached);
}

/* True of a node that is one of the order, at its index. */
static inline int is_in(Value *v, const Graph *f) {
    return v->index >= 0 && v->index < f->n && f->order[v->index] == v;
}

static inline void add_to(Graph f, Py_ssize_t i, double d) {
    f.slope[i] = f.reached[i] ? f.slope[i] + d : d;
    f.reached[i] = 1;
}

/* The sweeps; strictly: by way of those operands only that no choice left out. */
static inline void sweep_back(Graph f, const int strict) {
    for (Py_ssize_t i = 0; i < f.n; i++) {
        if (!f.reached[i]) continue;
        const double g = f.slope[i];
        EACH_PARENT(f.order[i], p, {
            if (!strict || !is_left_out(f.order[i], p)) add_to(f, p->v->index, g * p->c);
        })
    }
}

static inline void sweep_on(Graph f, const int strict) {
    for (Py_ssize_t i = f.n; i-- > 0;) {
        EACH_PARENT(f.order[i], p, {
            if (f.reached[p->v->index] && (!strict || !is_left_out(f.order[i], p)))
                add_to(f, i, f.slope[p->v->index] * p->c);
        })
    }
}

/* A sweep from numbers at the nodes `from`, of which 0 starts nothing, to numbers at `to`; the
   answer is whether these have nan. */
static inline int sweep(Graph f, int back, PyObject *from, PyObject *to, const double *start,
                        double *end, const int strict) {
    int met_nan = 0;
    memset(f.slope, 0, (size_t)f.n * sizeof *f.slope);
    memset(f.reached, 0, (size_t)f.n);
    for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(from); j++) {
        Value *v = (Value *)PyTuple_GET_ITEM(from, j);
        if (start[j] != 0.0 && is_in(v, &f)) add_to(f, v->index, start[j]);
    }
    if (back) sweep_back(f, strict);
    else sweep_on(f, strict);
    for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(to); j++) {
        Value *v = (Value *)PyTuple_GET_ITEM(to, j);
        end[j] = is_in(v, &f) ? f.slope[v->index] : 0.0;
        met_nan |= end[j] != end[j];
    }
    return met_nan;
}

/* For where the plain one met nan; apart, so that the compiler keeps the other quick. */
static RARE void sweep_strictly(Graph f, int back, PyObject *from, PyObject *to,
                                const double *start, double *end) {
    sweep(f, back, from, to, start, end, 1);
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

/* k sweeps over the graph of the ys, each from numbers at `from` to numbers at `to`; nothing of
   Python runs. -1: an error; 1: a leaf was made at a level below `least`, and nothing was done. */
static int sweep_all(PyObject *ys, int back, PyObject *from, PyObject *to, int least, Py_ssize_t k,
                     const double *start, double *end) {
    const Py_ssize_t many = PyTuple_GET_SIZE(from), m = PyTuple_GET_SIZE(to);
    Graph f;
    int done = in_order(&f, PySequence_Fast_ITEMS(ys), PyTuple_GET_SIZE(ys));
    if (!done) done = f.lowest < least ? 1 : make_room(&f);
    for (Py_ssize_t i = 0; !done && i < k; i++, start += many, end += m)
        if (sweep(f, back, from, to, start, end, 0)) sweep_strictly(f, back, from, to, start, end);
    forget(&f);
    return done;
}

/* The gradients once more, strictly. -1: an error, and the leaves have what they had before. */
static int backward_strictly(Value *root, double seed) {
    Graph f;
    const int failed = in_order(&f, (PyObject *const *)&root, 1) || make_room(&f);
    if (failed) {
        root->link = NULL;
        discover(root, root, 0);
        for (Value *v = root; v; v = v->link) {
            v->pending = 0;
            if (v->op == LEAF) v->grad = v->da;
        }
    }
    else {
        if (seed != 0.0) add_to(f, 0, seed);
        sweep_back(f, 1);
        for (Py_ssize_t i = 1; i < f.n; i++)
            f.order[i]->grad = f.slope[i] + (f.order[i]->op == LEAF ? f.order[i]->da : 0.0);
        root->grad = root->op == LEAF ? seed + root->da : seed; /* -0 stays */
    }
    forget(&f);
    return failed ? -1 : 0;
}

static int backward(Value *root, double seed) {
    return backward_plainly(root, seed) ? backward_strictly(root, seed) : 0;
}
