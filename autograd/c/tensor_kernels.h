/* Kernels: elementwise calls of NumPy, one after the other, in one pass over memory.

   Each is computed by the loop that NumPy has for it, on a block of all elements at a time, so that
   what goes from one to the next stays in the cache, and nothing else is done around a loop: bits
   are those of NumPy. Results are written into arrays that are given. compiling/kernels.py makes
   them. */
#pragma once

#include <fenv.h>

#include "tape_machines.h"
#include "tensor_arrays.h"
#include "tensor_loops.h"

enum { EVERY_ELEMENT, ONE_NUMBER, LAST_AXES, FIRST_AXES, TOTAL };
/* What an array has: all elements, one for all, those of the last axes, which come again and again,
   those of the first, each of which is repeated, or the sum of all, which is written. */

#define MOST_OF_PASS 4
#define MOST_OF_BLOCK (1 << 16) /* elements */

typedef struct {
    int kind, type, is_written;
    npy_intp size, elements; /* bytes of an element, and how many there are */
    char *room;              /* its elements in a block, where they come again; its only one */
} Given;

typedef struct {
    PyUFuncGenericFunction loop;
    void *data;
    int count;
    int slots[MOST_OF_PASS];
    npy_intp steps[MOST_OF_PASS];
} Pass;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    int arrays, passes, is_running, is_far;
    npy_intp elements, block;
    Given *given;
    Pass *pass;
    char **data; /* the arrays of a call */
    char **at;   /* where the block of each slot is: arrays, then what stays in the kernel */
    char *memory;
    PyObject *functions; /* whose loops are called */
} Kernel;

static void Kernel_dealloc(PyObject *self) {
    Kernel *k = (Kernel *)self;
    PyMem_Free(k->given);
    PyMem_Free(k->pass);
    PyMem_Free(k->data);
    PyMem_Free(k->at);
    PyMem_RawFree(k->memory);
    Py_XDECREF(k->functions);
    PyObject_Free(self);
}

/* Our own loops, of each instruction set: of how many operands and results, and their bytes. */
#ifdef CLONES
#define SETS(name) {name##_any, name##_avx2, name##_avx512}
#else
#define SETS(name) {name##_any}
#endif
#define BYTES(type) sizeof(type)
#define OWN_1(name, from, to, text) {#name, SETS(name), 2, {BYTES(from), BYTES(to)}},
#define OWN_2(name, from, to, text) {#name, SETS(name), 3, {BYTES(from), BYTES(from), BYTES(to)}},
#define OWN_3(name, real, text) \
    {#name, SETS(name), 4, {BYTES(real), BYTES(real), BYTES(real), BYTES(real)}},
#define OWN_POLYNOMIAL(op, ...) OWN_1(near_##op##_d, double, double, )
#define OWN_OF_SINGLE(op) OWN_1(near_##op##_f, float, float, )
#define OWN_SUM(name, real) {#name, SETS(name), 2, {BYTES(real), BYTES(double)}},
#define OWN_CHOICE(name, bits) {#name, SETS(name), 4, {1, BYTES(bits), BYTES(bits), BYTES(bits)}},
static const struct {
    const char *name;
    PyUFuncGenericFunction loop[sizeof machines / sizeof *machines];
    int count, sizes[MOST_OF_PASS];
} own_loops[] = {KERNEL_UNARY(OWN_1) KERNEL_BINARY(OWN_2) KERNEL_CHOICES(OWN_CHOICE)
                     KERNEL_SUMS(OWN_SUM) KERNEL_FUSED(OWN_3) TAPE_POLYNOMIALS(OWN_POLYNOMIAL)
                         TAPE_NEAR(OWN_POLYNOMIAL) TAPE_NEAR_ALONE(OWN_POLYNOMIAL)
                             TAPE_OF_SINGLE(OWN_OF_SINGLE)};

/* A number for all elements: that of an array or of NumPy with the right type, or a float. */
static int read_one(Given *g, PyObject *x) {
    if (PyArray_CheckExact(x)) {
        PyArrayObject *array = (PyArrayObject *)x;
        if (PyArray_TYPE(array) != g->type || !PyArray_ISNOTSWAPPED(array)) return -1;
        for (int i = 0; i < PyArray_NDIM(array); i++) {
            const npy_intp n = PyArray_DIM(array, i);
            if (!n || (n > 1 && PyArray_STRIDE(array, i))) return -1;
        }
        memcpy(g->room, PyArray_DATA(array), (size_t)g->size);
        return 0;
    }
    if (PyFloat_CheckExact(x) && g->type == NPY_DOUBLE) {
        *(double *)g->room = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    if (PyFloat_CheckExact(x) && g->type == NPY_FLOAT) {
        *(float *)g->room = (float)PyFloat_AS_DOUBLE(x);
        return 0;
    }
    if (!PyArray_CheckScalar(x)) return -1;
    PyArray_Descr *type = PyArray_DescrFromScalar(x);
    const int is_right = type && type->type_num == g->type;
    Py_XDECREF(type);
    if (is_right) PyArray_ScalarAsCtype(x, g->room);
    return is_right ? 0 : -1;
}

static int read_array(const Given *g, PyObject *x) {
    if (!PyArray_CheckExact(x)) return -1;
    PyArrayObject *array = (PyArrayObject *)x;
    if (PyArray_TYPE(array) != g->type || PyArray_SIZE(array) != g->elements) return -1;
    return (g->is_written ? PyArray_ISCARRAY(array) : PyArray_ISCARRAY_RO(array)) ? 0 : -1;
}

/* Whether an array would be right, were its elements where the machine wants numbers. */
static int is_out_of_line(const Given *g, PyObject *x) {
    if (g->kind == ONE_NUMBER || !PyArray_CheckExact(x)) return 0;
    PyArrayObject *array = (PyArrayObject *)x;
    return PyArray_TYPE(array) == g->type && PyArray_SIZE(array) == g->elements &&
           PyArray_IS_C_CONTIGUOUS(array) && PyArray_ISNOTSWAPPED(array) &&
           !PyArray_ISALIGNED(array) && (!g->is_written || PyArray_ISWRITEABLE(array));
}

static PyObject *call_with_copies(PyObject *self, PyObject *const *a) {
    const Kernel *k = (Kernel *)self;
    PyObject *own = PyTuple_New(k->arrays), *found = NULL;
    for (int i = 0; own && i < k->arrays; i++) {
        PyObject *x = is_out_of_line(&k->given[i], a[i])
                          ? PyArray_NewCopy((PyArrayObject *)a[i], NPY_CORDER)
                          : Py_NewRef(a[i]);
        if (!x) Py_CLEAR(own);
        else PyTuple_SET_ITEM(own, i, x);
    }
    if (own) found = PyObject_Vectorcall(self, PySequence_Fast_ITEMS(own), (size_t)k->arrays, NULL);
    for (int i = 0; found && i < k->arrays; i++)
        if (PyTuple_GET_ITEM(own, i) != a[i] && k->given[i].is_written &&
            PyArray_CopyInto((PyArrayObject *)a[i], (PyArrayObject *)PyTuple_GET_ITEM(own, i)) < 0)
            Py_CLEAR(found);
    Py_XDECREF(own);
    return found;
}

/* The elements from `start` on of what comes again, in the room for it. */
static void repeat(const Kernel *k, const Given *g, const char *data, npy_intp start, npy_intp n) {
    const size_t size = (size_t)g->size;
    char *to = g->room;
    if (g->kind == LAST_AXES) {
        npy_intp from = start % g->elements;
        for (npy_intp done = 0, some; done < n; done += some, from = 0) {
            some = g->elements - from < n - done ? g->elements - from : n - done;
            memcpy(to + (size_t)done * size, data + (size_t)from * size, (size_t)some * size);
        }
        return;
    }
    const npy_intp each = k->elements / g->elements;
    npy_intp from = start / each, left = each - start % each;
    for (npy_intp i = 0; i < n; i++) {
        memcpy(to + (size_t)i * size, data + (size_t)from * size, size);
        if (!--left) from++, left = each;
    }
}

/* Reads what a kernel is called with. 1: some of it lies out of line; -1: an error. */
static int read_all(Kernel *k, PyObject *const *a) {
    if (k->is_running) { /* in a warning of a loop, say */
        PyErr_Format(PyExc_RuntimeError, "kernel: another call of it is not over yet");
        return -1;
    }
    for (int i = 0; i < k->arrays; i++) {
        Given *g = &k->given[i];
        if (g->kind == ONE_NUMBER ? read_one(g, a[i]) : read_array(g, a[i])) {
            if (is_out_of_line(g, a[i])) return 1;
            PyErr_Format(PyExc_TypeError,
                         "kernel: got %R as number %d, which has another "
                         "form than it was made for",
                         a[i], i);
            return -1;
        }
        if (g->kind != ONE_NUMBER) k->data[i] = PyArray_DATA((PyArrayObject *)a[i]);
    }
    return 0;
}

#define NEAR_MEMORY (1 << 22) /* bytes of arrays that caches near the processor hold */

/* Has the next block of what is read come while this one is computed: after each pass a part of it. */
static inline void fetch_next(const Kernel *k, int pass, npy_intp n) {
    for (int i = pass * k->arrays / k->passes; i < (pass + 1) * k->arrays / k->passes; i++) {
        const Given *g = &k->given[i];
        if (g->kind != EVERY_ELEMENT || g->is_written) continue;
        const char *next = k->at[i] + n * g->size;
        for (npy_intp j = 0; j < n * g->size; j += LINE) BRING(next + j, FIRST_CACHE);
    }
}

/* The sum of all blocks with what was lost, if that is a number. */
static void write_total(int type, const char *from, char *to) {
    const double *total = (const double *)(const void *)from;
    const double sum = isfinite(total[1]) ? total[0] + total[1] : total[0];
    if (type == NPY_FLOAT) *(float *)(void *)to = (float)sum;
    else *(double *)(void *)to = sum;
}

/* kernel(*arrays) -> None */
static PyObject *Kernel_call(PyObject *self, PyObject *const *a, size_t flags, PyObject *names) {
    Kernel *k = (Kernel *)self;
    if (names || PyVectorcall_NARGS(flags) != k->arrays)
        return PyErr_Format(PyExc_TypeError, "kernel: it takes %d arrays", k->arrays);
    const int state = read_all(k, a);
    if (state) return state < 0 ? NULL : call_with_copies(self, a);
    char **data = k->data;
    k->is_running = 1;
    for (int i = 0; i < k->arrays; i++)
        if (k->given[i].kind == TOTAL) memset(k->at[i], 0, 2 * sizeof(double));
    for (npy_intp start = 0, n; start < k->elements; start += n) {
        n = k->elements - start < k->block ? k->elements - start : k->block;
        for (int i = 0; i < k->arrays; i++) {
            const Given *g = &k->given[i];
            if (g->kind == EVERY_ELEMENT) k->at[i] = data[i] + start * g->size;
            else if (g->kind != ONE_NUMBER && g->kind != TOTAL) repeat(k, g, data[i], start, n);
        }
        for (int i = 0; i < k->passes; i++) {
            Pass *p = &k->pass[i];
            char *at[MOST_OF_PASS];
            for (int j = 0; j < p->count; j++) at[j] = k->at[p->slots[j]];
            p->loop(at, &n, p->steps, p->data);
            if (k->is_far && start + 2 * n <= k->elements) fetch_next(k, i, n);
        }
    }
    for (int i = 0; i < k->arrays; i++)
        if (k->given[i].kind == TOTAL) write_total(k->given[i].type, k->at[i], data[i]);
    k->is_running = 0;
    if (fetestexcept(FE_ALL_EXCEPT)) feclearexcept(FE_ALL_EXCEPT); /* programs are silent */
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyTypeObject kernel_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Kernel",
    .tp_doc = "Elementwise calls of NumPy, in one pass over memory.",
    .tp_basicsize = sizeof(Kernel),
    .tp_dealloc = Kernel_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Kernel, call),
    .tp_call = PyVectorcall_Call,
};

/* Kernels one after the other, in one call, which nothing interrupts: where one can't be called none
   is. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *kernels; /* a tuple */
    Py_ssize_t arrays;
} Kernels;

static void Kernels_dealloc(PyObject *self) {
    Py_XDECREF(((Kernels *)self)->kernels);
    PyObject_Free(self);
}

/* kernels(*arrays) -> None: the arrays of the first, then those of the second, ... */
static PyObject *Kernels_call(PyObject *self, PyObject *const *a, size_t flags, PyObject *names) {
    const Kernels *all = (Kernels *)self;
    if (names || PyVectorcall_NARGS(flags) != all->arrays)
        return PyErr_Format(PyExc_TypeError, "kernels: they take %zd arrays", all->arrays);
    for (int is_checked = 0; is_checked < 2; is_checked++) {
        PyObject *const *own = a;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all->kernels); i++) {
            Kernel *k = (Kernel *)PyTuple_GET_ITEM(all->kernels, i);
            if (!is_checked) {
                if (read_all(k, own) < 0) return NULL;
            }
            else {
                PyObject *none = Kernel_call((PyObject *)k, own, (size_t)k->arrays, NULL);
                if (!none) return NULL;
                Py_DECREF(none);
            }
            own += k->arrays;
        }
    }
    Py_RETURN_NONE;
}

static PyTypeObject kernels_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Kernels",
    .tp_doc = "Kernels, one after the other.",
    .tp_basicsize = sizeof(Kernels),
    .tp_dealloc = Kernels_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Kernels, call),
    .tp_call = PyVectorcall_Call,
};

/* kernels(*kernels) */
static PyObject *make_kernels(PyObject *self, PyObject *args) {
    Py_ssize_t arrays = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *k = PyTuple_GET_ITEM(args, i);
        if (!Py_IS_TYPE(k, &kernel_type))
            return PyErr_Format(PyExc_TypeError, "kernels: it takes kernels, got %R", k);
        arrays += ((Kernel *)k)->arrays;
    }
    Kernels *all = PyObject_New(Kernels, &kernels_type);
    if (!all) return NULL;
    all->call = Kernels_call;
    all->kernels = Py_NewRef(args);
    all->arrays = arrays;
    return (PyObject *)all;
}

/* The bytes of a number of this type, or -1. */
static npy_intp size_of_type(int type) {
    if (!PyTypeNum_ISBOOL(type) && !PyTypeNum_ISINTEGER(type) && !PyTypeNum_ISFLOAT(type))
        return -1;
    PyArray_Descr *known = PyArray_DescrFromType(type);
    const npy_intp size = known ? PyDataType_ELSIZE(known) : -1;
    Py_XDECREF(known);
    return size;
}

static int is_sum(PyObject *function) {
    return PyUnicode_Check(function) && (!PyUnicode_CompareWithASCIIString(function, "sum_f") ||
                                         !PyUnicode_CompareWithASCIIString(function, "sum_d"));
}

/* The loop of a pass, of a ufunc by its index, or one of our own by its name; elements of the slots
   must have the sizes of those that it goes over. */
static int find_loop(Pass *p, PyObject *function, Py_ssize_t index, const npy_intp *sizes,
                     int machine) {
    if (PyUnicode_Check(function)) {
        for (size_t i = 0; i < sizeof own_loops / sizeof *own_loops; i++)
            if (!PyUnicode_CompareWithASCIIString(function, own_loops[i].name)) {
                p->loop = own_loops[i].loop[machine];
                for (int j = 0; j < p->count; j++)
                    if (own_loops[i].sizes[j] != sizes[p->slots[j]]) return -1;
                return p->count == own_loops[i].count ? 0 : -1;
            }
        return -1;
    }
    if (!Py_IS_TYPE(function, &PyUFunc_Type)) return -1;
    const PyUFuncObject *u = (PyUFuncObject *)function;
    if (u->core_enabled || index < 0 || index >= u->ntypes || !u->functions ||
        !u->functions[index] || u->nargs != p->count || u->nout != 1)
        return -1;
    for (int j = 0; j < p->count; j++)
        if (size_of_type(u->types[index * u->nargs + j]) != sizes[p->slots[j]]) return -1;
    p->loop = u->functions[index];
    p->data = u->data ? (void *)u->data[index] : NULL;
    return 0;
}

/* kernel(elements, block, arrays, sizes, passes, machine=None): of each array the kind, the number of its type,
   the elements, the bytes of one and whether it is written; of each slot that stays inside the bytes
   of an element; of each pass the function, the index of the loop and the slots. */
static PyObject *make_kernel(PyObject *self, PyObject *args) {
    Py_ssize_t elements, block;
    PyObject *arrays, *sizes, *passes;
    const char *name = NULL;
    if (!PyArg_ParseTuple(args, "nnO!O!O!|z", &elements, &block, &PyTuple_Type, &arrays,
                          &PyTuple_Type, &sizes, &PyTuple_Type, &passes, &name))
        return NULL;
    const MachineCode *code = machine_of(name);
    if (!code) return PyErr_Format(PyExc_ValueError, "kernel: no machine %s is here", name);
    const int machine = (int)(code - machines);
    const int n = (int)PyTuple_GET_SIZE(arrays), inside = (int)PyTuple_GET_SIZE(sizes),
              count = (int)PyTuple_GET_SIZE(passes), slots = n + inside;
    if (block > elements) block = elements;
    if (block > MOST_OF_BLOCK) block = MOST_OF_BLOCK;
    if (block < 1) return PyErr_Format(PyExc_ValueError, "kernel: got no elements");
    Kernel *k = PyObject_New(Kernel, &kernel_type);
    if (!k) return NULL;
    k->call = Kernel_call;
    k->arrays = n, k->passes = count, k->is_running = 0;
    k->elements = elements, k->block = block;
    k->memory = NULL;
    k->functions = Py_NewRef(passes);
    k->given = PyMem_Calloc((size_t)n + 1, sizeof *k->given);
    k->pass = PyMem_Calloc((size_t)count + 1, sizeof *k->pass);
    k->data = PyMem_Calloc((size_t)n + 1, sizeof *k->data);
    k->at = PyMem_Calloc((size_t)slots + 1, sizeof *k->at);
    npy_intp *sizes_of = PyMem_Calloc((size_t)slots + 1, sizeof *sizes_of);
    if (!k->given || !k->pass || !k->data || !k->at || !sizes_of) goto no_memory;
    size_t needed = LINE;
    for (int i = 0; i < slots; i++) {
        if (i < n) {
            Given *g = &k->given[i];
            Py_ssize_t each, size;
            if (!PyTuple_Check(PyTuple_GET_ITEM(arrays, i))) goto wrong;
            if (!PyArg_ParseTuple(PyTuple_GET_ITEM(arrays, i), "iinnp", &g->kind, &g->type, &each,
                                  &size, &g->is_written))
                goto fail;
            g->elements = each, g->size = sizes_of[i] = size;
            if (g->kind < EVERY_ELEMENT || g->kind > TOTAL) goto wrong;
            if (each < 1 || elements % each || size != size_of_type(g->type)) goto wrong;
            if (g->kind == EVERY_ELEMENT && each != elements) goto wrong;
            if (g->kind == TOTAL) {
                if (each != 1 || (g->type != NPY_FLOAT && g->type != NPY_DOUBLE)) goto wrong;
                sizes_of[i] = sizeof(double);
            }
            if (g->is_written != (g->kind == TOTAL) && g->kind != EVERY_ELEMENT) goto wrong;
        }
        else sizes_of[i] = PyLong_AsSsize_t(PyTuple_GET_ITEM(sizes, i - n));
        if (sizes_of[i] < 1 || sizes_of[i] > LINE) goto wrong;
        if (i >= n || k->given[i].kind != EVERY_ELEMENT)
            needed += ((size_t)(sizes_of[i] * block) + LINE - 1) / LINE * LINE;
    }
    k->memory = PyMem_RawCalloc(needed, 1);
    if (!k->memory) goto no_memory;
    double bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += k->given[i].kind == EVERY_ELEMENT ? (double)elements * (double)sizes_of[i] : 0;
    k->is_far = bytes > NEAR_MEMORY;
    char *next = k->memory + (LINE - (uintptr_t)k->memory % LINE) % LINE;
    for (int i = 0; i < slots; i++) {
        if (i < n && k->given[i].kind == EVERY_ELEMENT) continue;
        k->at[i] = next;
        if (i < n) k->given[i].room = next;
        next += ((size_t)(sizes_of[i] * block) + LINE - 1) / LINE * LINE;
    }
    for (int i = 0; i < count; i++) {
        Pass *p = &k->pass[i];
        PyObject *function, *own;
        Py_ssize_t index;
        if (!PyTuple_Check(PyTuple_GET_ITEM(passes, i))) goto wrong;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(passes, i), "OnO!", &function, &index, &PyTuple_Type,
                              &own))
            goto fail;
        p->count = (int)PyTuple_GET_SIZE(own);
        if (p->count < 1 || p->count > MOST_OF_PASS) goto wrong;
        for (int j = 0; j < p->count; j++) {
            const long slot = PyLong_AsLong(PyTuple_GET_ITEM(own, j));
            if (slot < 0 || slot >= slots) goto wrong;
            p->slots[j] = (int)slot;
            const int kind = slot < n ? k->given[slot].kind : EVERY_ELEMENT;
            p->steps[j] = kind == ONE_NUMBER || kind == TOTAL ? 0 : sizes_of[slot];
            if (kind == TOTAL && (j < p->count - 1 || !is_sum(function))) goto wrong;
            if (is_sum(function) && (j < p->count - 1 ? kind == ONE_NUMBER : kind != TOTAL))
                goto wrong;
        }
        const int result = p->slots[p->count - 1];
        if (result < n && !k->given[result].is_written) goto wrong;
        if (find_loop(p, function, index, sizes_of, machine)) goto wrong;
    }
    PyMem_Free(sizes_of);
    return (PyObject *)k;
wrong:
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "kernel: got what it does not know");
    goto fail;
no_memory:
    PyErr_NoMemory();
fail:
    PyMem_Free(sizes_of);
    Py_DECREF(k);
    return NULL;
}
