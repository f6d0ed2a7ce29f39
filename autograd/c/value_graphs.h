/* The backward pass as a graph: adjoints are Values, so that they can be differentiated again. */
#pragma once

#include "core.h"
#include "rows.h"
#include "value_nary.h"
#include "value_nodes.h"
#include "value_rows.h"
#include "value_sweeps.h"

static inline Num constant(double c) { return (Num){NULL, c}; }
typedef struct { /* what a rule has made, which it keeps until its shares are given */
    int failed;
    int n;
    Value *v[MOST_MADE + MOST_OPERANDS + 1];
} Made;

static inline Num keep(Made *made, Value *v) {
    if (!v) {
        made->failed = 1;
        return constant(NAN);
    }
    made->v[made->n++] = v;
    return (Num){v, 0.0};
}

static void release(Made *made) {
    const int n = made->n;
    made->n = 0;
    for (int i = 0; i < n; i++) Py_DECREF(made->v[i]);
}

#define N_UNARY(op, row, required, otherwise) \
    static inline Num n_##op(Made *made, Num x) { \
        return x.v ? keep(made, op##_v(x.v)) : constant(op##_c(x.c)); \
    }
#define N_BINARY(op, row, required, otherwise) \
    static inline Num n_##op(Made *made, Num x, Num y) { \
        if (x.v) return keep(made, y.v ? op##_vv(x.v, y.v) : op##_vc(x.v, y.c)); \
        return y.v ? keep(made, op##_cv(x.c, y.v)) : constant(op##_c(x.c, y.c)); \
    }
UNARY(N_UNARY)
BINARY(N_BINARY)

static Num keep_many(Made *made, int op, Py_ssize_t n, const Num *x) {
    Terms *terms = new_terms(n);
    if (terms) memcpy(terms->t, x, (size_t)n * sizeof *x);
    return keep(made, terms ? nary(op, terms) : NULL);
}

/* x ** 1 is x, which the slope of x ** 2 comes to. */
static inline Num pow_or_itself(Made *made, Num x, Num y) {
    return x.v && !y.v && y.c == 1.0 ? x : n_pow(made, x, y);
}
#define n_pow pow_or_itself

#include "row_rules.h"

static PyObject *python_shares; /* (node, g) -> the shares of its parents, for rules in Python */

static int same(double x, double y) { return x == y || (isnan(x) && isnan(y)); }

/* 1 where a node is what its operands give now, 0 where they have been changed since, -1: error. */
static int is_current(Value *v) {
    int may_have_changed = 0, current;
    EACH_PARENT(v, p, may_have_changed |= p->v->flags & CHANGED;)
    if (!may_have_changed || v->op == OP_python) return 1;
    if (v->op == OP_where_v) return same(v->data, v->a->data);
    if (v->a) {
        Value *now = again(v); /* whose numbers it has, also where it is made a leaf */
        if (!now) return -1;
        current = same(now->data, v->data) && same(now->da, v->da) && same(now->db, v->db);
        Py_DECREF(now);
        return current;
    }
    const Py_ssize_t n = v->terms->n;
    Terms *now = new_terms(n);
    if (!now) return -1;
    memcpy(now->t, v->terms->t, (size_t)n * sizeof(Num));
    current = same(compute(v->op, now->t, n), v->data);
    for (Py_ssize_t i = 0; i < n; i++) current &= same(now->t[i].c, v->terms->t[i].c);
    PyMem_Free(now);
    return current;
}

/* Of a node: it needs an adjoint, has one, which it owns, is some x, and passes shares on. */
enum { NEEDED = 1, REACHED = 2, WANTED = 4, PASSES = 8 };

typedef struct {
    Graph graph;
    Num *adjoint;
    unsigned char *state;
    Py_ssize_t *places; /* of the parents of all nodes, in order */
} Walk;

static int give(Walk *walk, Py_ssize_t to, Num share, Made *made) {
    if (made->failed) return -1;
    if (!(walk->state[to] & NEEDED)) return 0;
    Num *adjoint = &walk->adjoint[to];
    if (walk->state[to] & REACHED) {
        Value *before = adjoint->v;
        share = n_add(made, *adjoint, share);
        if (made->failed) return -1;
        Py_XINCREF(share.v);
        *adjoint = share;
        Py_XDECREF(before);
        return 0;
    }
    Py_XINCREF(share.v);
    *adjoint = share;
    walk->state[to] |= REACHED;
    return 0;
}

/* The shares of a node whose rule is written in Python. */
static int give_by_python(Walk *walk, Value *v, Num g, const Py_ssize_t *places, Made *made) {
    PyObject *adjoint = g.v ? Py_NewRef((PyObject *)g.v) : PyFloat_FromDouble(g.c);
    PyObject *found =
        adjoint ? PyObject_CallFunctionObjArgs(python_shares, v, adjoint, NULL) : NULL;
    PyObject *shares = found ? PySequence_Tuple(found) : NULL;
    int failed = !shares;
    Py_ssize_t count = 0;
    EACH_PARENT(v, p, count++;)
    if (shares && PyTuple_GET_SIZE(shares) != count) {
        PyErr_Format(PyExc_ValueError, "gradients: got %zd shares for %zd operands",
                     PyTuple_GET_SIZE(shares), count);
        failed = 1;
    }
    for (Py_ssize_t i = 0; !failed && i < count; i++) {
        PyObject *o = PyTuple_GET_ITEM(shares, i);
        Num share;
        if (o == Py_None) continue; /* a choice left it out */
        failed = num(o, &share) <= 0;
        if (failed && !PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "gradients: a share is no Value or number");
        if (!failed) failed = give(walk, places[i], share, made);
        release(made);
    }
    Py_XDECREF(adjoint);
    Py_XDECREF(found);
    Py_XDECREF(shares);
    return failed ? -1 : 0;
}

static Num nary_share(Value *v, const Num *p, Num g, Made *made) {
    const Num d = nary_partial(v, index_of(v, p));
    return !d.v && d.c == 1.0 ? g : n_mul(made, g, d);
}

/* Gives the parents of a node their shares of its adjoint. */
static int give_shares(Walk *walk, Value *v, Num g, const Py_ssize_t *places) {
    Made made = {0, 0, {NULL}};
    Num shares[MOST_OPERANDS];
    if (v->op == OP_python || (v->data == 0.0 && is_root(v->op)))
        return give_by_python(walk, v, g, places, &made);
    const int nary = v->op == OP_sum || v->op == OP_mean || v->op == OP_dot;
    if (v->op == OP_where_v) shares[0] = g;
    else if (!nary) rule(v, g, shares, &made);
    int failed = 0;
    const Num *first = v->a ? v->two : v->terms->t;
    EACH_PARENT(v, p, {
        const Py_ssize_t to = *places++;
        if (!failed && !is_left_out(v, p)) {
            const Num share = nary ? nary_share(v, p, g, &made) : shares[p - first];
            failed = give(walk, to, share, &made);
            if (nary) release(&made);
        }
    })
    release(&made);
    return failed;
}

static int sweep_graph(Walk *walk, int cut) {
    const Py_ssize_t *places = walk->places, *next = places;
    for (Py_ssize_t i = 0; i < walk->graph.n; i++, places = next) {
        Value *v = walk->graph.order[i];
        unsigned char *state = &walk->state[i];
        EACH_PARENT(v, p, next++;)
        if (!(*state & PASSES) || !(*state & REACHED) || (cut && *state & WANTED)) continue;
        const int current = is_current(v);
        if (!current) complain_of_change(v);
        if (current <= 0 || give_shares(walk, v, walk->adjoint[i], places)) return -1;
        if (!(*state & WANTED)) { /* not needed any more */
            *state &= (unsigned char)~REACHED;
            Py_CLEAR(walk->adjoint[i].v);
        }
    }
    return 0;
}

/* The derivatives of the sum of all seed * y by some nodes, as Values; "cut": as if these were
   apart. */
static PyObject *graph_gradients(PyObject *ys, PyObject *xs, const Num *seeds, int cut) {
    const Py_ssize_t m = PyTuple_GET_SIZE(xs), k = PyTuple_GET_SIZE(ys);
    Walk walk = {{0}, NULL, NULL, NULL};
    if (in_order(&walk.graph, PySequence_Fast_ITEMS(ys), k)) return NULL;
    const Graph *graph = &walk.graph;
    walk.adjoint = PyMem_Calloc((size_t)graph->n + 1, sizeof *walk.adjoint);
    walk.state = PyMem_Calloc((size_t)graph->n + 1, 1);
    walk.places = PyMem_New(Py_ssize_t, graph->uses + m + 1);
    PyObject *found = NULL;
    if (!walk.adjoint || !walk.state || !walk.places) PyErr_NoMemory();
    else {
        /* While nothing of Python runs, all places are written down. */
        Py_ssize_t *places = walk.places, *roots = places + graph->uses - k, *wanted = roots + k;
        for (Py_ssize_t j = 0; j < m; j++) {
            Value *x = (Value *)PyTuple_GET_ITEM(xs, j);
            wanted[j] = is_in(x, graph) ? x->index : -1;
            if (wanted[j] >= 0) walk.state[wanted[j]] |= NEEDED | WANTED;
        }
        for (Py_ssize_t i = 0; i < k; i++) roots[i] = ((Value *)PyTuple_GET_ITEM(ys, i))->index;
        for (Py_ssize_t i = 0; i < graph->n; i++) {
            EACH_PARENT(graph->order[i], p, *places++ = p->v->index;)
        }
        for (Py_ssize_t i = graph->n; i-- > 0;) {
            int needed = 0;
            EACH_PARENT(graph->order[i], p, needed |= walk.state[p->v->index] & NEEDED;)
            if (needed) walk.state[i] |= NEEDED | PASSES;
        }
        int failed = 0;
        for (Py_ssize_t i = 0; !failed && i < k; i++) {
            Made made = {0, 0, {NULL}};
            if (seeds[i].v || seeds[i].c != 0.0) failed = give(&walk, roots[i], seeds[i], &made);
            release(&made);
        }
        if (!failed && !sweep_graph(&walk, cut)) found = PyList_New(m);
        for (Py_ssize_t j = 0; found && j < m; j++) {
            const Py_ssize_t at = wanted[j];
            const Num g = at >= 0 && walk.state[at] & REACHED ? walk.adjoint[at] : constant(0.0);
            PyObject *x = g.v ? Py_NewRef((PyObject *)g.v) : (PyObject *)leaf(g.c);
            if (x) PyList_SET_ITEM(found, j, x);
            else Py_CLEAR(found);
        }
        for (Py_ssize_t i = 0; i < graph->n; i++) Py_XDECREF(walk.adjoint[i].v);
    }
    forget(&walk.graph);
    PyMem_Free(walk.adjoint);
    PyMem_Free(walk.state);
    PyMem_Free(walk.places);
    return found;
}
