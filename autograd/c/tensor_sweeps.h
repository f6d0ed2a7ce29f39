/* The backward pass of Tensors. */
#pragma once

#include "tensor_arrays.h"
#include "tensor_choices.h"
#include "tensor_memory.h"
#include "tensor_nodes.h"

/* A node of a sweep. */
typedef struct {
    Links *node;
    PyObject *adjoint;     /* what it has got so far, or NULL */
    Py_ssize_t uses;       /* that a walk has not seen yet */
    Py_ssize_t first, end; /* of its parents among the edges */
    char owned;            /* the adjoint was made here, and so may be added to in place */
    unsigned char traits;  /* of its row */
    unsigned char state;   /* what the plan says of it */
} Step;

typedef struct {
    Py_ssize_t count, room;
    Step *steps;                              /* each node once, as they were met */
    int chooses, hazard;                      /* some row does; there is something to look for */
    Py_ssize_t edge_count, edge_room, *edges; /* places of parents */
    Py_ssize_t size, *table;    /* places by address: a hash table, of a power of 2 of slots */
    Py_ssize_t ordered, *order; /* places, each before its parents', once the table is done with */
} Sweep;

static void sweep_free(Sweep *s) {
    for (Py_ssize_t i = 0; i < s->count; i++) {
        Py_XDECREF(s->steps[i].node);
        Py_XDECREF(s->steps[i].adjoint);
    }
    PyMem_Free(s->steps);
    PyMem_Free(s->edges);
    PyMem_Free(s->table);
}

static inline Py_ssize_t slot_of(const Sweep *s, const Links *node) {
    Py_ssize_t slot =
        (Py_ssize_t)(((uintptr_t)node >> 4) * (uintptr_t)0x9E3779B97F4A7C15u >> 20) & (s->size - 1);
    while (s->table[slot] >= 0 && s->steps[s->table[slot]].node != node)
        slot = (slot + 1) & (s->size - 1);
    return slot;
}

static int grown(void **array, size_t size, Py_ssize_t room) {
    void *more = PyMem_Realloc(*array, size * (size_t)room);
    if (!more) {
        PyErr_NoMemory();
        return -1;
    }
    *array = more;
    return 0;
}

static int sweep_grow(Sweep *s) {
    const Py_ssize_t room = s->room ? 2 * s->room : 64;
    if (grown((void **)&s->steps, sizeof *s->steps, room) ||
        grown((void **)&s->table, sizeof *s->table, 2 * room))
        return -1;
    s->room = room;
    s->size = 2 * room;
    for (Py_ssize_t slot = 0; slot < s->size; slot++) s->table[slot] = -1;
    for (Py_ssize_t i = 0; i < s->count; i++) s->table[slot_of(s, s->steps[i].node)] = i;
    return 0;
}

/* The place of a node, which is new if it was not met before; -1: an error. */
static Py_ssize_t place_of(Sweep *s, Links *node) {
    if (s->count == s->room && sweep_grow(s)) return -1;
    const Py_ssize_t slot = slot_of(s, node);
    if (s->table[slot] < 0) {
        s->table[slot] = s->count;
        s->steps[s->count++] = (Step){.node = (Links *)Py_NewRef((PyObject *)node)};
    }
    return s->table[slot];
}

static inline int has_array(PyObject *node) {
    return IS_TENSOR(node) && is_array(((Links *)node)->data);
}
static inline int has_pull(const Links *node) { return node->pull && node->pull != Py_None; }

/* Each node once all its users have been passed; the first of all are those with an adjoint. */
static void put_in_order(Sweep *s) {
    Py_ssize_t *ready = s->table + s->count, waiting = 0; /* the table has room for both */
    s->order = s->table;
    for (Py_ssize_t i = 0; i < s->count && s->steps[i].adjoint; i++)
        if (!s->steps[i].uses) ready[waiting++] = i;
    while (waiting) {
        const Step *step = &s->steps[s->order[s->ordered++] = ready[--waiting]];
        for (Py_ssize_t k = step->first; k < step->end; k++)
            if (!--s->steps[s->edges[k]].uses) ready[waiting++] = s->edges[k];
    }
}

/* All nodes below the roots, in order. 1: done; 0: Python has to, or says what is wrong; -1: an
   error. */
static int sweep_explore(Sweep *s) {
    for (Py_ssize_t i = 0; i < s->count; i++) {
        Links *node = s->steps[i].node;
        s->steps[i].first = s->steps[i].end = s->edge_count;
        if (is_complex(node->data)) return 0;
        if (!has_pull(node)) {
            if (!node->pull || (node->row != Py_None && node->row != row_of_values)) return 0;
            continue;
        }
        if (node->pull == released || !node->row || !is_array(node->data)) return 0;
        if (!PyArray_SIZE((PyArrayObject *)node->data)) return 0; /* nothing went into it */
        const int own = traits_of(node->row);
        if (own < 0) return -1;
        if (!is_tuple(node->parents)) return 0;
        s->steps[i].traits = (unsigned char)own;
        s->chooses |= own & CHOOSES;
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(node->parents); k++) {
            PyObject *parent = PyTuple_GET_ITEM(node->parents, k);
            if (!has_array(parent) || ((Links *)parent)->before) return 0; /* or was written into */
            const Py_ssize_t place = place_of(s, (Links *)parent);
            if (place < 0) return -1;
            s->steps[place].uses++;
            if (s->edge_count == s->edge_room) {
                s->edge_room = s->edge_room ? 2 * s->edge_room : 128;
                if (grown((void **)&s->edges, sizeof *s->edges, s->edge_room)) return -1;
            }
            s->edges[s->edge_count++] = place;
        }
        s->steps[i].end = s->edge_count;
    }
    put_in_order(s);
    return 1;
}

static PyObject *changed(void) {
    return PyErr_Format(PyExc_ValueError,
                        "backward: the graph was changed while it was gone through");
}

/* True where an array's elements are real numbers. */
static inline int is_real(PyArrayObject *x) {
    const int type = PyArray_TYPE(x);
    return PyTypeNum_ISFLOAT(type) || PyTypeNum_ISINTEGER(type) || PyTypeNum_ISBOOL(type);
}

/* Of a node in a plan: a use of it that counts whole, one that does not and maybe nowhere, maybe a
   nan that is none; and what is to be looked for, that nan or whether it counts nowhere. */
enum { WHOLE = 1, PARTIAL = 2, HOLLOW = 4, DIRTY = 8, SEEK_NAN = 16, SEEK_NOTHING = 32 };

/* True where an operand that its node mixes may be infinite or nan. Then so is the result, but for
   what an activation hides: behind a slope of 0 for all that an example, or a unit, has part in. */
static int mixes_bad(const Links *node, int own) {
    if (!has_array((PyObject *)node) || !is_tuple(node->inputs)) return 1;
    const Py_ssize_t n = PyTuple_GET_SIZE(node->inputs);
    int hides = 0;
    for (Py_ssize_t k = 0; own & MULTIPLIES && k < n; k++)
        hides |= PyUnicode_Check(PyTuple_GET_ITEM(node->inputs, k));
    if (!hides) return has(node->data, BAD);
    if (n < 3) return 1;
    PyObject *examples = PyTuple_GET_ITEM(node->inputs, 0),
             *units = PyTuple_GET_ITEM(node->inputs, 1);
    PyObject *slopes = PyTuple_GET_ITEM(node->inputs, n - 1);
    if (!PyArray_CheckExact(slopes)) slopes = node->data; /* of relu */
    PyArrayObject *x = (PyArrayObject *)examples, *W = (PyArrayObject *)units,
                  *s = (PyArrayObject *)slopes;
    if (!PyArray_CheckExact(examples) || !PyArray_CheckExact(units)) return 1;
    if (PyArray_NDIM(x) != 2 || PyArray_NDIM(W) != 2 || !PyArray_ISBEHAVED_RO(x) ||
        !PyArray_ISBEHAVED_RO(W))
        return has(examples, BAD) || has(units, BAD);
    if (PyArray_NDIM(s) != 2 || !PyArray_ISBEHAVED_RO(s) ||
        PyArray_DIM(s, 0) != PyArray_DIM(x, 0) || PyArray_DIM(s, 1) != PyArray_DIM(W, 0))
        return 1;
    PyArrayObject *sides[] = {x, W};
    for (int side = 0; side < 2; side++)
        for (npy_intp i = 0; i < PyArray_DIM(s, side); i++)
            if (!has_in_row(PyArray_BYTES(s) + i * PyArray_STRIDE(s, side), PyArray_DIM(s, !side),
                            PyArray_STRIDE(s, !side), PyArray_TYPE(s), NO_ZERO) &&
                has_in_row(PyArray_BYTES(sides[side]) + i * PyArray_STRIDE(sides[side], 0),
                           PyArray_DIM(sides[side], 1), PyArray_STRIDE(sides[side], 1),
                           PyArray_TYPE(sides[side]), BAD))
                return 1;
    return 0;
}

/* Says where a nan may come from a 0 that is none. 1: done; 0: Python has to sweep. */
static int sweep_plan(Sweep *s) {
    for (Py_ssize_t i = 0; i < s->count && s->steps[i].adjoint; i++) s->steps[i].state |= WHOLE;
    for (Py_ssize_t o = 0; o < s->ordered; o++) {
        Step *step = &s->steps[s->order[o]];
        const int partial = !(step->state & WHOLE), own = step->traits;
        const int hazard = partial && own & HAZARD;
        const int hollow = partial && own & CARRIES &&
                           (step->state & HOLLOW || own & EMPTIES || !(own & KEEPS_NAN));
        int dirty = step->state & DIRTY;
        if (partial && step->node->row == row_of_values) return 0; /* says what does not count */
        if (dirty && !(own & KEEPS_NAN)) {
            step->state |= SEEK_NAN;
            dirty = 0;
        }
        if (step->first == step->end) continue;
        if (partial && step->state & HOLLOW && !(own & CARRIES)) step->state |= SEEK_NOTHING;
        if (own & MIXES && (partial || own & CHOOSES) && mixes_bad(step->node, own)) return 0;
        s->hazard |= hazard || step->state & SEEK_NOTHING;
        const int given = own & CHOOSES || (partial && own & CARRIES) ? PARTIAL : WHOLE;
        for (Py_ssize_t k = step->first; k < step->end; k++)
            s->steps[s->edges[k]].state |=
                (unsigned char)(given | (hollow ? HOLLOW : 0) | (dirty || hazard ? DIRTY : 0));
    }
    return 1;
}

/* A share in the shape and dtype of what it goes to; takes the reference. */
static PyObject *fitted(PyObject *share, PyArrayObject *data) {
    share = as_array(share);
    if (!share) return NULL;
    PyArrayObject *array = (PyArrayObject *)share;
    if (!PyArray_SAMESHAPE(array, data)) {
        PyObject *shape = PyObject_GetAttrString((PyObject *)data, "shape");
        PyObject *given[] = {share, shape};
        PyObject *summed = shape ? PyObject_Vectorcall(sum_to_shape, given, 2, NULL) : NULL;
        Py_XDECREF(shape);
        Py_DECREF(share);
        if (!(share = as_array(summed))) return NULL;
        array = (PyArrayObject *)share;
    }
    if (PyArray_DESCR(array) != PyArray_DESCR(data) &&
        !PyArray_EquivTypes(PyArray_DESCR(array), PyArray_DESCR(data))) {
        PyObject *cast;
        if (is_real(array)) {
            PyArray_Descr *wanted = PyArray_DESCR(data);
            Py_INCREF(wanted);
            cast = PyArray_CastToType(array, wanted, 0);
        }
        else { /* of complex numbers the real part */ PyObject *given[] = {(PyObject *)data, share};
            cast = as_array(PyObject_Vectorcall(in_type_of, given, 2, NULL));
        }
        Py_DECREF(share);
        share = cast;
    }
    return share;
}

static PyObject *fitted_to(PyObject *share, const Links *node) {
    PyObject *data = Py_NewRef(node->data);
    PyObject *found = fitted(Py_NewRef(share), (PyArrayObject *)data);
    Py_DECREF(data);
    return found;
}

/* Adds a share, whose reference it takes, to the adjoint of a node. */
static int add_share(Step *to, PyObject *share, int may_be_shared) {
    PyObject *before = to->adjoint;
    if (!before) {
        /* What a leaf keeps is its own */
        if (to->node->row == Py_None && (may_be_shared || PyArray_BASE((PyArrayObject *)share)))
            Py_SETREF(share, PyArray_NewCopy((PyArrayObject *)share, NPY_KEEPORDER));
        to->adjoint = share;
        return share ? 0 : -1;
    }
    PyObject *sum =
        to->owned ? PyNumber_InPlaceAdd(before, share) : as_array(PyNumber_Add(before, share));
    Py_DECREF(share);
    if (!sum) return -1;
    to->adjoint = sum;
    Py_DECREF(before);
    to->owned = 1;
    return 0;
}

/* What a node gives to its parents: a tuple with a share for each. */
static PyObject *shares_of(const Sweep *s, const Step *step) {
    Links *node = step->node;
    const Py_ssize_t wanted = step->end - step->first;
    if (!node->data || !has_pull(node) || !is_tuple(node->inputs) || !is_tuple(node->parents))
        return changed();
    PyObject *inputs = Py_NewRef(node->inputs), *parents = Py_NewRef(node->parents);
    PyObject *pull = Py_NewRef(node->pull),
             *data = Py_NewRef(node->data); /* a pull may do anything */
    const Py_ssize_t n = PyTuple_GET_SIZE(inputs);
    PyObject *few[12], **given = n + 2 <= 12 ? few : PyMem_New(PyObject *, n + 2), *found = NULL,
                       *shares = NULL;
    int same = PyTuple_GET_SIZE(parents) == wanted;
    for (Py_ssize_t k = 0; k < wanted && same; k++)
        same = PyTuple_GET_ITEM(parents, k) == (PyObject *)s->steps[s->edges[step->first + k]].node;
    if (!given) PyErr_NoMemory();
    else if (!same) changed();
    else {
        given[0] = step->adjoint;
        given[1] = data;
        for (Py_ssize_t k = 0; k < n; k++) given[k + 2] = PyTuple_GET_ITEM(inputs, k);
        found = step->traits & MULTIPLIES && has(step->adjoint, BAD)
                    ? PyObject_CallFunctionObjArgs(strict_shares, node, step->adjoint, NULL)
                    : PyObject_Vectorcall(pull, given, n + 2, NULL);
    }
    if (found) {
        shares = PySequence_Tuple(found);
        Py_DECREF(found);
        if (shares && PyTuple_GET_SIZE(shares) != wanted) {
            PyObject *asked[] = {(PyObject *)node, shares};
            Py_XDECREF(PyObject_Vectorcall(counted, asked, 2, NULL)); /* which says what is wrong */
            Py_CLEAR(shares);
            if (!PyErr_Occurred()) changed();
        }
    }
    if (given != few) PyMem_Free(given);
    Py_DECREF(inputs);
    Py_DECREF(parents);
    Py_DECREF(pull);
    Py_DECREF(data);
    return shares;
}

static void take_apart(Links *node) {
    Py_XSETREF(node->parents, Py_NewRef(nothing));
    Py_XSETREF(node->operands, Py_NewRef(nothing));
    Py_XSETREF(node->inputs, Py_NewRef(nothing));
    Py_XSETREF(node->pull, Py_NewRef(released));
}

/* True of a share, an array or a number of NumPy, that is 0 everywhere. */
static int is_nothing(PyObject *share) {
    PyObject *array = as_array(Py_NewRef(share));
    const int found = array && !has(array, NO_ZERO);
    if (!array) PyErr_Clear(); /* who adds it up says what it is */
    Py_XDECREF(array);
    return found;
}

/* Gives the parents of a node their shares; of a node of Values, the shares go to `met`. */
static int pass_on(Sweep *s, const Step *step, PyObject *met) {
    if (step->first == step->end) {
        if (step->node->row != row_of_values) return 0;
        PyObject *given[] = {(PyObject *)step->node, step->adjoint, Py_None};
        PyObject *found = PyObject_Vectorcall(shares_of_values, given, 3, NULL);
        const int failed = !found || PyList_SetSlice(met, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, found);
        Py_XDECREF(found);
        return failed ? -1 : 0;
    }
    PyObject *shares = shares_of(s, step), *left_out = NULL;
    const Py_ssize_t n = shares ? PyTuple_GET_SIZE(shares) : 0;
    const int twice = n > 1 && PyTuple_GET_ITEM(shares, 0) == PyTuple_GET_ITEM(shares, 1);
    int failed = !shares;
    for (Py_ssize_t k = 0; !failed && k < n; k++) {
        Step *to = &s->steps[s->edges[step->first + k]];
        PyObject *each = PyTuple_GET_ITEM(shares, k);
        if (step->traits & EMPTIES && is_nothing(each)) {
            if (!left_out) left_out = PyObject_CallOneArg(whole_left_out, (PyObject *)step->node);
            PyObject *is_out = left_out ? PySequence_GetItem(left_out, k) : NULL;
            const int nothing_at_all = is_out == Py_True;
            failed = !is_out;
            Py_XDECREF(is_out);
            if (failed || nothing_at_all) continue;
        }
        PyObject *share = has_array((PyObject *)to->node) ? fitted_to(each, to->node) : changed();
        failed = !share || add_share(to, share, twice || each == step->adjoint);
    }
    Py_XDECREF(shares);
    Py_XDECREF(left_out);
    return failed ? -1 : 0;
}

/* Passes on every node, in order. 1: it met a nan that may be none; -1: an error. Where there is
   something to look for, nodes are taken apart only when nothing was found. */
static int sweep_through(Sweep *s, PyObject *met, int release) {
    for (Py_ssize_t o = 0; o < s->ordered; o++) {
        Step *step = &s->steps[s->order[o]];
        Links *node = step->node;
        if (step->adjoint) {
            if ((step->state & SEEK_NAN && has(step->adjoint, A_NAN)) ||
                (step->state & SEEK_NOTHING && !has(step->adjoint, NO_ZERO)))
                return 1;
            if (pass_on(s, step, met) < 0) return -1;
        }
        else {
            step->adjoint = has_array((PyObject *)node) ? zeros_like(node->data) : changed();
            if (!step->adjoint) return -1;
        }
        if (step->first == step->end || !release) continue;
        Py_CLEAR(step->adjoint);
        if (s->hazard) continue;
        take_apart(node);
        Py_CLEAR(step->node);
    }
    return 0;
}

/* What has come of a sweep: an error; it was not begun; a pass with masks is needed; done. */
enum { FAILED = -1, NOT_BEGUN, NEEDS_MASKS, DONE };

/* Sweeps from the nodes that were given adjoints; of nodes of Values, the shares go to `met`. */
static int sweep_run(Sweep *s, PyObject *met, int release) {
    const int explored = met ? sweep_explore(s) : -1;
    if (explored <= 0) return explored < 0 ? FAILED : NOT_BEGUN;
    if (s->chooses && !sweep_plan(s)) return NEEDS_MASKS;
    PyObject *before = memory_enter();
    if (!before) return FAILED;
    PyObject *block = s->hazard ? PyObject_CallNoArgs(careful) : NULL;
    int found = s->hazard && !block ? -1 : sweep_through(s, met, release);
    if (block) {
        PyObject *type, *value, *trace;
        PyErr_Fetch(&type, &value, &trace);
        PyObject *noticed = PyObject_CallMethod(block, "leave", NULL);
        if (!noticed) found = -1;
        else if (!found) found = noticed == Py_True;
        if (type) PyErr_Restore(type, value, trace);
        Py_XDECREF(noticed);
        Py_DECREF(block);
    }
    for (Py_ssize_t i = 0; release && s->hazard && !found && i < s->count; i++)
        if (has_pull(s->steps[i].node)) take_apart(s->steps[i].node);
    memory_leave(before);
    return found < 0 ? FAILED : found ? NEEDS_MASKS : DONE;
}

/* ({node: adjoint}, met) */
static PyObject *answer_of(const Sweep *s, PyObject *met) {
    PyObject *found = PyDict_New(), *answer = NULL;
    int failed = !found;
    for (const Step *step = s->steps; !failed && step < s->steps + s->count; step++)
        if (step->adjoint) failed = PyDict_SetItem(found, (PyObject *)step->node, step->adjoint);
    if (!failed) answer = PyTuple_Pack(2, found, met);
    Py_XDECREF(found);
    return answer;
}

/* sweep(roots, seeds, release): ({node: adjoint}, [(Value, share)]), or None: let Python do it. */
static PyObject *tensor_sweep(PyObject *self, PyObject *args) {
    PyObject *roots, *seeds, *met = NULL, *answer = NULL;
    int release;
    if (!PyArg_ParseTuple(args, "O!O!p", &PyList_Type, &roots, &PyList_Type, &seeds, &release))
        return NULL;
    const Py_ssize_t n = PyList_GET_SIZE(roots);
    if (PyList_GET_SIZE(seeds) != n)
        return PyErr_Format(PyExc_ValueError, "sweep: it needs a seed for each root");
    Sweep s = {0};
    int done = DONE;
    for (Py_ssize_t i = 0; i < n && done == DONE; i++) {
        PyObject *root = PyList_GET_ITEM(roots, i), *seed = PyList_GET_ITEM(seeds, i);
        if (!has_array(root) || !PyArray_CheckExact(seed)) done = NOT_BEGUN;
        else if (place_of(&s, (Links *)root) != i) /* a root twice */
            done = PyErr_Occurred() ? FAILED : NOT_BEGUN;
        else s.steps[i].adjoint = Py_NewRef(seed);
    }
    if (done == DONE) done = sweep_run(&s, met = PyList_New(0), release);
    if (done == DONE) answer = answer_of(&s, met);
    else if (done != FAILED) answer = Py_NewRef(Py_None);
    Py_XDECREF(met);
    sweep_free(&s);
    return answer;
}

/* 1 in the shape and type of an array of one element. */
static PyObject *one_like(PyObject *data) {
    PyObject *one = PyArray_NewLikeArray((PyArrayObject *)data, NPY_ANYORDER, NULL, 0);
    PyObject *number = one ? PyFloat_FromDouble(1.0) : NULL;
    PyArrayObject *array = (PyArrayObject *)one;
    if (!number || PyArray_SETITEM(array, PyArray_BYTES(array), number)) Py_CLEAR(one);
    Py_XDECREF(number);
    return one;
}

static PyObject *is_writing; /* () -> whether a thread is between reading and writing gradients */

/* True where leaves have gradients already, or another thread is about to write some: then Python
   adds and writes, which waits for the others. */
static int has_gradients(const Sweep *s) {
    PyObject *locked = PyObject_CallNoArgs(is_writing); /* of C, so that no thread comes between */
    if (!locked) PyErr_Clear();
    Py_XDECREF(locked);
    if (locked != Py_False) return 1;
    for (const Step *step = s->steps; step < s->steps + s->count; step++)
        if (step->adjoint && step->node->row == Py_None && step->node->grad) return 1;
    return 0;
}

/* Gives the nodes their gradients; what was there is freed when all is written. */
static PyObject *written(Sweep *s) {
    for (Step *step = s->steps; step < s->steps + s->count; step++) {
        if (!step->adjoint) continue;
        PyObject *before = step->node->grad;
        step->node->grad = step->adjoint;
        step->adjoint = before;
    }
    return Py_NewRef(Py_True);
}

/* backward(root, release): the whole pass from a root of one element whose leaves have no gradient
   yet. True: done; False: nothing was begun; None: a pass with masks is needed; else what `sweep`
   answers, for Python to write. */
static PyObject *tensor_backward(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (n != 2 || !IS_TENSOR(a[0]))
        return PyErr_Format(PyExc_TypeError, "backward: it needs a Tensor and whether to release");
    const int release = PyObject_IsTrue(a[1]);
    if (release < 0) return NULL;
    Links *root = (Links *)a[0];
    if (!has_array(a[0]) || PyArray_SIZE((PyArrayObject *)root->data) != 1) Py_RETURN_FALSE;
    Sweep s = {0};
    PyObject *met = PyList_New(0), *answer = NULL;
    int done = FAILED;
    if (!place_of(&s, root) && (s.steps[0].adjoint = one_like(root->data)))
        done = sweep_run(&s, met, release);
    if (done == DONE)
        answer = PyList_GET_SIZE(met) || has_gradients(&s) ? answer_of(&s, met) : written(&s);
    else if (done != FAILED) answer = Py_NewRef(done == NOT_BEGUN ? Py_False : Py_None);
    Py_XDECREF(met);
    sweep_free(&s);
    return answer;
}
