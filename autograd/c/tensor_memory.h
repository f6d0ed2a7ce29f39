/* Memory of large results, kept for the next ones.

   A training asks for the same sizes again and again. Where the C library gives them back to the
   system in between, every page of them is mapped and cleared anew, which can take longer than the
   arithmetic. So arrays that are made inside operations of Tensors get their memory here, and give
   it back here, unless CHAINRULE_MEMORY=0 is in the environment. (NumPy calls this with the
   interpreter's lock held.) */
#pragma once

#include "tensor_arrays.h"

#define LEAST ((size_t)1 << 16) /* bytes; smaller arrays are the C library's */
#define BLOCKS 128

static struct {
    void *start;
    size_t size;
} pool[BLOCKS]; /* the newest last */
static int pool_count;
static size_t pool_size, at_most = (size_t)1 << 27; /* bytes, and how many are kept in all */

static void *take_out(int i) {
    void *start = pool[i].start;
    pool_size -= pool[i].size;
    memmove(pool + i, pool + i + 1, (size_t)(--pool_count - i) * sizeof *pool);
    return start;
}

static void *kept_block(size_t size) {
    for (int i = pool_count - 1; size >= LEAST && i >= 0; i--)
        if (pool[i].size == size) return take_out(i);
    return NULL;
}

static void *memory_malloc(void *_, size_t size) {
    void *start = kept_block(size);
    return start ? start : malloc(size ? size : 1);
}

static void *memory_calloc(void *_, size_t count, size_t each) {
    void *start = each && count <= SIZE_MAX / each ? kept_block(count * each) : NULL;
    return start ? memset(start, 0, count * each) : calloc(count ? count : 1, each ? each : 1);
}

static void *memory_realloc(void *_, void *start, size_t size) {
    return realloc(start, size ? size : 1);
}

static void memory_free(void *_, void *start, size_t size) {
    if (size < LEAST || size > at_most / 2) {
        free(start);
        return;
    }
    while (pool_count == BLOCKS || (pool_count && pool_size + size > at_most)) free(take_out(0));
    pool[pool_count].start = start;
    pool[pool_count++].size = size;
    pool_size += size;
}

static PyDataMem_Handler memory_handler = {
    "autograd",
    1,
    {NULL, memory_malloc, memory_calloc, memory_realloc, memory_free},
};
static PyObject *memory; /* the capsule that NumPy knows it by */

static int memory_ready(void) {
    const char *wish = getenv("CHAINRULE_MEMORY");
    if (wish && !strcmp(wish, "0")) at_most = 0;
    return memory || (memory = PyCapsule_New(&memory_handler, "mem_handler", NULL)) ? 0 : -1;
}

/* Arrays that are made from here on, in this thread, get their memory here; the answer is who gave
   it before, for memory_leave. NULL: an error. */
static PyObject *memory_enter(void) { return PyDataMem_SetHandler(memory); }

static void memory_leave(PyObject *before) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    Py_XDECREF(PyDataMem_SetHandler(before));
    Py_DECREF(before);
    PyErr_Restore(type, value, trace);
}

/* keep_memory(): the memory of large arrays is kept for later ones, from here on in this context. */
static PyObject *keep_all_memory(PyObject *self, PyObject *_) {
    PyObject *before = memory_enter();
    if (!before) return NULL;
    Py_DECREF(before);
    Py_RETURN_NONE;
}

static inline int is_large(PyObject *x) {
    return PyArray_CheckExact(x) && PyArray_NBYTES((PyArrayObject *)x) >= (npy_intp)LEAST;
}
