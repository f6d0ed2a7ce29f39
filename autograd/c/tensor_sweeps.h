/* The backward pass of Tensors. */
#pragma once

#include "tensor_arrays.h"
#include "tensor_choices.h"
#include "tensor_memory.h"
#include "tensor_nodes.h"

typedef struct {
    Py_ssize_t count, room; /* of nodes */
    Links **nodes;          /* each once, in the order in which they were met */
    PyObject **adjoint;     /* what each has got so far, or NULL */
    Py_ssize_t *uses;       /* how many shares each still waits for */
    Py_ssize_t *first;      /* where the places of its parents begin among the edges */
    char *owned;            /* whether the adjoint was made here, and so may be added to in place */
    unsigned char *traits;  /* of its row */
    unsigned char *state;   /* what the plan says of it */
    int chooses, hazard;    /* whether some row does, and whether there is something to look for */
    Py_ssize_t edge_count, edge_room, *edges; /* places of parents */
    Py_ssize_t size, *table; /* places by address: a hash table, of a power of 2 of slots */
} Sweep;

static void sweep_free(Sweep *s) {
    for (Py_ssize_t i = 0; i < s->count; i++) {
        Py_XDECREF(s->nodes[i]);
        Py_XDECREF(s->adjoint[i]);
    }
    PyMem_Free(s->nodes);
    PyMem_Free(s->adjoint);
    PyMem_Free(s->uses);
    PyMem_Free(s->first);
    PyMem_Free(s->owned);
    PyMem_Free(s->traits);
    PyMem_Free(s->state);
    PyMem_Free(s->edges);
    PyMem_Free(s->table);
}

static inline Py_ssize_t slot_of(const Sweep *s, const Links *node) {
    Py_ssize_t slot =
        (Py_ssize_t)(((uintptr_t)node >> 4) * (uintptr_t)0x9E3779B97F4A7C15u >> 20) & (s->size - 1);
    while (s->table[slot] >= 0 && s->nodes[s->table[slot]] != node)
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
    if (grown((void **)&s->nodes, sizeof *s->nodes, room) ||
        grown((void **)&s->adjoint, sizeof *s->adjoint, room) ||
        grown((void **)&s->uses, sizeof *s->uses, room) ||
        grown((void **)&s->first, sizeof *s->first, room + 1) ||
        grown((void **)&s->owned, 1, room) || grown((void **)&s->traits, 1, room) ||
        grown((void **)&s->state, 1, room) || grown((void **)&s->table, sizeof *s->table, 2 * room))
        return -1;
    s->room = room;
    s->size = 2 * room;
    for (Py_ssize_t slot = 0; slot < s->size; slot++) s->table[slot] = -1;
    for (Py_ssize_t i = 0; i < s->count; i++) s->table[slot_of(s, s->nodes[i])] = i;
    return 0;
}

/* The place of a node, which is new if it was not met before; -1: an error. */
static Py_ssize_t place_of(Sweep *s, Links *node) {
    if (s->count == s->room && sweep_grow(s)) return -1;
    const Py_ssize_t slot = slot_of(s, node);
    if (s->table[slot] >= 0) return s->table[slot];
    const Py_ssize_t i = s->table[slot] = s->count++;
    s->nodes[i] = (Links *)Py_NewRef((PyObject *)node);
    s->adjoint[i] = NULL;
    s->uses[i] = 0;
    s->owned[i] = 0;
    s->traits[i] = s->state[i] = 0;
    return i;
}

static inline int has_array(PyObject *node) {
    return IS_TENSOR(node) && is_array(((Links *)node)->data);
}
static inline int has_pull(const Links *node) { return node->pull && node->pull != Py_None; }

/* All nodes below the roots, and how often each is used. 1: done; 0: Python has to, or says what is
   wrong; -1: an error. */
static int sweep_explore(Sweep *s) {
    for (Py_ssize_t i = 0; i < s->count; i++) {
        Links *node = s->nodes[i];
        s->first[i] = s->first[i + 1] = s->edge_count;
        if (!has_pull(node)) {
            if (!node->pull || (node->row != Py_None && node->row != row_of_values)) return 0;
            continue;
        }
        if (node->pull == released || !node->row || !is_array(node->data)) return 0;
        if (!PyArray_SIZE((PyArrayObject *)node->data)) return 0; /* nothing went into it */
        const int own = traits_of(node->row);
        if (own < 0) return -1;
        if (!is_tuple(node->parents)) return 0;
        s->traits[i] = (unsigned char)own;
        s->chooses |= own & CHOOSES;
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(node->parents); k++) {
            PyObject *parent = PyTuple_GET_ITEM(node->parents, k);
            if (!has_array(parent) || ((Links *)parent)->before) return 0; /* or was written into */
            const Py_ssize_t place = place_of(s, (Links *)parent);
            if (place < 0) return -1;
            s->uses[place]++;
            if (s->edge_count == s->edge_room) {
                s->edge_room = s->edge_room ? 2 * s->edge_room : 128;
                if (grown((void **)&s->edges, sizeof *s->edges, s->edge_room)) return -1;
            }
            s->edges[s->edge_count++] = place;
        }
        s->first[i + 1] = s->edge_count;
    }
    return 1;
}

static PyObject *changed(void) {
    return PyErr_Format(PyExc_ValueError,
                        "backward: the graph was changed while it was gone through");
}

/* Whether an array's elements are real numbers. */
static inline int is_real(PyArrayObject *x) {
    const int type = PyArray_TYPE(x);
    return PyTypeNum_ISFLOAT(type) || PyTypeNum_ISINTEGER(type) || PyTypeNum_ISBOOL(type);
}

/* Of a node in a plan: a use of it that counts whole, one that does not and maybe nowhere, maybe a nan
   that is none; and what is to be looked for, that nan or whether it counts nowhere. */
enum { WHOLE = 1, PARTIAL = 2, HOLLOW = 4, DIRTY = 8, SEEK_NAN = 16, SEEK_NOTHING = 32 };

/* Whether an operand that its node mixes may be infinite or nan. Then so is the result, but for what an
   activation hides: behind a slope of 0 for all that an example, or a unit, has part in. */
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

/* Says where a nan may come from a 0 that is none. 1: done; 0: Python has to sweep; -1: an error. */
static int sweep_plan(Sweep *s) {
    Py_ssize_t *left = PyMem_New(Py_ssize_t, s->count), *ready = PyMem_New(Py_ssize_t, s->count),
               waiting = 0;
    int done = 1;
    if (!left || !ready) {
        PyErr_NoMemory();
        done = -1;
    }
    else memcpy(left, s->uses, (size_t)s->count * sizeof *left);
    for (Py_ssize_t i = 0; done > 0 && i < s->count && s->adjoint[i]; i++) {
        s->state[i] |= WHOLE;
        if (!left[i]) ready[waiting++] = i;
    }
    while (done > 0 && waiting) {
        const Py_ssize_t i = ready[--waiting];
        const int partial = !(s->state[i] & WHOLE), own = s->traits[i],
                  hazard = partial && own & HAZARD;
        const int hollow = partial && own & CARRIES &&
                           (s->state[i] & HOLLOW || own & EMPTIES || !(own & KEEPS_NAN));
        int dirty = s->state[i] & DIRTY;
        if (partial && s->nodes[i]->row == row_of_values)
            done = 0; /* which says what does not count */
        if (dirty && !(own & KEEPS_NAN)) {
            s->state[i] |= SEEK_NAN;
            dirty = 0;
        }
        if (s->first[i] == s->first[i + 1]) continue;
        if (partial && s->state[i] & HOLLOW && !(own & CARRIES)) s->state[i] |= SEEK_NOTHING;
        if (own & MIXES && (partial || own & CHOOSES) && mixes_bad(s->nodes[i], own)) done = 0;
        s->hazard |= hazard || s->state[i] & SEEK_NOTHING;
        const int given = own & CHOOSES || (partial && own & CARRIES) ? PARTIAL : WHOLE;
        for (Py_ssize_t k = s->first[i]; k < s->first[i + 1]; k++) {
            const Py_ssize_t place = s->edges[k];
            s->state[place] |=
                (unsigned char)(given | (hollow ? HOLLOW : 0) | (dirty || hazard ? DIRTY : 0));
            if (!--left[place]) ready[waiting++] = place;
        }
    }
    PyMem_Free(left);
    PyMem_Free(ready);
    return done;
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
        PyArray_Descr *wanted = PyArray_DESCR(data);
        PyObject *cast = NULL;
        Py_INCREF(wanted);
        if (is_real(array)) cast = PyArray_CastToType(array, wanted, 0);
        else {
            PyErr_Format(PyExc_TypeError, "backward: got a share of %R; it needs real numbers",
                         PyArray_DESCR(array));
            Py_DECREF(wanted);
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

/* Give a share, whose reference it takes, to the node at a place. */
static int add_share(Sweep *s, Py_ssize_t place, PyObject *share, int may_be_shared) {
    PyObject *before = s->adjoint[place], *sum;
    const Links *node = s->nodes[place];
    if (!before) {
        if (node->row == Py_None && (may_be_shared || PyArray_BASE((PyArrayObject *)share))) {
            /* What a leaf keeps is its own */
            sum = PyArray_NewCopy((PyArrayObject *)share, NPY_KEEPORDER);
            Py_DECREF(share);
            share = sum;
        }
        s->adjoint[place] = share;
        return share ? 0 : -1;
    }
    sum = s->owned[place] ? PyNumber_InPlaceAdd(before, share)
                          : as_array(PyNumber_Add(before, share));
    Py_DECREF(share);
    if (!sum) return -1;
    s->adjoint[place] = sum;
    Py_DECREF(before);
    s->owned[place] = 1;
    return 0;
}

/* What the node at a place gives to its parents: a tuple with a share for each. */
static PyObject *shares_of(Sweep *s, Py_ssize_t i) {
    Links *node = s->nodes[i];
    const Py_ssize_t wanted = s->first[i + 1] - s->first[i];
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
        same = PyTuple_GET_ITEM(parents, k) == (PyObject *)s->nodes[s->edges[s->first[i] + k]];
    if (!given) PyErr_NoMemory();
    else if (!same) changed();
    else {
        given[0] = s->adjoint[i];
        given[1] = data;
        for (Py_ssize_t k = 0; k < n; k++) given[k + 2] = PyTuple_GET_ITEM(inputs, k);
        found = s->traits[i] & MULTIPLIES && has(s->adjoint[i], BAD)
                    ? PyObject_CallFunctionObjArgs(strict_shares, node, s->adjoint[i], NULL)
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

static PyObject *zeros_like(PyArrayObject *data) {
    PyArray_Descr *type = PyArray_DESCR(data);
    Py_INCREF(type);
    return PyArray_Zeros(PyArray_NDIM(data), PyArray_DIMS(data), type, 0);
}

static void take_apart(Links *node) {
    Py_XSETREF(node->parents, Py_NewRef(nothing));
    Py_XSETREF(node->operands, Py_NewRef(nothing));
    Py_XSETREF(node->inputs, Py_NewRef(nothing));
    Py_XSETREF(node->pull, Py_NewRef(released));
}

/* Whether a share, an array or a number of NumPy, is 0 everywhere. */
static int is_nothing(PyObject *share) {
    PyObject *array = as_array(Py_NewRef(share));
    const int found = array && !has(array, NO_ZERO);
    if (!array) PyErr_Clear(); /* who adds it up says what it is */
    Py_XDECREF(array);
    return found;
}

/* Pass on every node once all its uses have given their shares. 1: it met a nan that may be none; -1: an
   error. Where there is something to look for, nodes are taken apart only when nothing was found. */
static int sweep_through(Sweep *s, PyObject *met, int release) {
    Py_ssize_t *ready = PyMem_New(Py_ssize_t, s->count), waiting = 0;
    if (!ready) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < s->count && s->adjoint[i]; i++)
        if (!s->uses[i]) ready[waiting++] = i;
    while (waiting) {
        const Py_ssize_t i = ready[--waiting];
        Links *node = s->nodes[i];
        const int unreached = !s->adjoint[i];
        if (unreached &&
            !(s->adjoint[i] = has_array((PyObject *)node) ? zeros_like((PyArrayObject *)node->data)
                                                          : changed()))
            goto fail;
        if (!unreached && ((s->state[i] & SEEK_NAN && has(s->adjoint[i], A_NAN)) ||
                           (s->state[i] & SEEK_NOTHING && !has(s->adjoint[i], NO_ZERO)))) {
            PyMem_Free(ready);
            return 1;
        }
        if (s->first[i] == s->first[i + 1]) {
            if (node->row != row_of_values || unreached) continue;
            PyObject *given[] = {(PyObject *)node, s->adjoint[i], Py_None};
            PyObject *found = PyObject_Vectorcall(shares_of_values, given, 3, NULL);
            const int failed =
                !found || PyList_SetSlice(met, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, found);
            Py_XDECREF(found);
            if (failed) goto fail;
            continue;
        }
        PyObject *shares = unreached ? PyTuple_New(0) : shares_of(s, i), *left_out = NULL;
        if (!shares) goto fail;
        const Py_ssize_t n = unreached ? s->first[i + 1] - s->first[i] : PyTuple_GET_SIZE(shares);
        const int twice =
            !unreached && n > 1 && PyTuple_GET_ITEM(shares, 0) == PyTuple_GET_ITEM(shares, 1);
        for (Py_ssize_t k = 0; k < n; k++) {
            const Py_ssize_t place = s->edges[s->first[i] + k];
            PyObject *each = unreached ? NULL : PyTuple_GET_ITEM(shares, k);
            int counts = !unreached;
            if (counts && s->traits[i] & EMPTIES && is_nothing(each)) {
                if (!left_out) left_out = PyObject_CallOneArg(whole_left_out, (PyObject *)node);
                PyObject *is_out = left_out ? PySequence_GetItem(left_out, k) : NULL;
                if (!is_out) {
                    Py_DECREF(shares);
                    Py_XDECREF(left_out);
                    goto fail;
                }
                counts = is_out != Py_True;
                Py_DECREF(is_out);
            }
            if (!counts) {
                if (!--s->uses[place]) ready[waiting++] = place;
                continue;
            }
            const int may_be_shared = twice || each == s->adjoint[i];
            PyObject *share = has_array((PyObject *)s->nodes[place])
                                  ? fitted_to(each, s->nodes[place])
                                  : changed();
            if (!share || add_share(s, place, share, may_be_shared)) {
                Py_DECREF(shares);
                Py_XDECREF(left_out);
                goto fail;
            }
            if (!--s->uses[place]) ready[waiting++] = place;
        }
        Py_DECREF(shares);
        Py_XDECREF(left_out);
        if (release) Py_CLEAR(s->adjoint[i]);
        if (release && !s->hazard) {
            take_apart(node);
            Py_CLEAR(s->nodes[i]);
        }
    }
    PyMem_Free(ready);
    return 0;
fail:
    PyMem_Free(ready);
    return -1;
}

static int sweep_run(Sweep *s, PyObject *met, int release) {
    if (s->chooses) {
        const int planned = sweep_plan(s);
        if (planned <= 0) return planned ? -1 : 1;
    }
    PyObject *before = memory_enter();
    if (!before) return -1;
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
        if (s->nodes[i]->pull && s->nodes[i]->pull != Py_None) take_apart(s->nodes[i]);
    memory_leave(before);
    return found;
}

/* ({node: adjoint}, met) */
static PyObject *answer_of(const Sweep *s, PyObject *met) {
    PyObject *found = PyDict_New(), *answer = NULL;
    int failed = !found;
    for (Py_ssize_t i = 0; i < s->count && !failed; i++)
        if (s->adjoint[i]) failed = PyDict_SetItem(found, (PyObject *)s->nodes[i], s->adjoint[i]);
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
    int done = 1;
    for (Py_ssize_t i = 0; i < n && done > 0; i++) {
        PyObject *root = PyList_GET_ITEM(roots, i), *seed = PyList_GET_ITEM(seeds, i);
        if (!has_array(root) || !PyArray_CheckExact(seed)) done = 0;
        else if (place_of(&s, (Links *)root) != i)
            done = PyErr_Occurred() ? -1 : 0; /* a root twice */
        else s.adjoint[i] = Py_NewRef(seed);
    }
    if (done > 0) done = sweep_explore(&s);
    if (done > 0) done = (met = PyList_New(0)) ? 1 - sweep_run(&s, met, release) : -1;
    if (!done) answer = Py_NewRef(Py_None);
    else if (done == 1) answer = answer_of(&s, met);
    Py_XDECREF(met);
    sweep_free(&s);
    return answer;
}

/* 1 in the shape and type of an array of one element. */
static PyObject *one_like(PyArrayObject *data) {
    PyObject *one = PyArray_NewLikeArray(data, NPY_ANYORDER, NULL, 0);
    PyObject *number = one ? PyFloat_FromDouble(1.0) : NULL;
    if (number &&
        PyArray_SETITEM((PyArrayObject *)one, PyArray_BYTES((PyArrayObject *)one), number))
        Py_CLEAR(one);
    if (!number) Py_CLEAR(one);
    Py_XDECREF(number);
    return one;
}

/* Whether leaves have gradients already, to which other threads may be adding too. */
static int has_gradients(const Sweep *s) {
    for (Py_ssize_t i = 0; i < s->count; i++)
        if (s->adjoint[i] && s->nodes[i]->row == Py_None && s->nodes[i]->grad) return 1;
    return 0;
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
    PyObject *met = NULL, *answer = NULL;
    Sweep s = {0};
    int done =
        place_of(&s, root) < 0 || !(s.adjoint[0] = one_like((PyArrayObject *)root->data)) ? -1 : 1;
    if (done > 0) done = sweep_explore(&s);
    if (!done) answer = Py_NewRef(Py_False);
    else if (done > 0) {
        done = (met = PyList_New(0)) ? 1 - sweep_run(&s, met, release) : -1;
        if (!done) answer = Py_NewRef(Py_None);
    }
    if (!answer && done == 1) {
        if (PyList_GET_SIZE(met) || has_gradients(&s)) answer = answer_of(&s, met);
        else {
            for (Py_ssize_t i = 0; i < s.count; i++)
                if (s.adjoint[i]) { /* what was there is freed when all is written */
                    PyObject *before = s.nodes[i]->grad;
                    s.nodes[i]->grad = s.adjoint[i];
                    s.adjoint[i] = before;
                }
            answer = Py_NewRef(Py_True);
        }
    }
    Py_XDECREF(met);
    sweep_free(&s);
    return answer;
}
