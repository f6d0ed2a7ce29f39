/* The backward pass: count the uses of each node, then pass a node on once all its users have given
   their shares. No recursion, no sort, no visited set; nothing of Python runs in between, so that a
   pass is complete or has not begun. */

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
#define SEE(p, d) if (!(p)->pending++) { (p)->link = NULL; last->link = (p); last = (p); }
        PARENTS(v, SEE)
    }
    return n;
}

static void backward(Value *root, double seed) {
    Value *last = root;
    discover(root, 1);
    root->link = NULL;
    root->grad = seed;
    for (Value *v = root; v; v = v->link) {
        const double g = v->grad;
#define GIVE(p, d) \
    (p)->grad += g * (d); \
    if (!--(p)->pending) { (p)->link = NULL; last->link = (p); last = (p); }
        PARENTS(v, GIVE)
        if (v->op == LEAF) v->grad += v->da;        /* what earlier passes left */
    }
}

/* The nodes that the root depends on, each before its parents and with its place as its index. */
static Value **in_order(Value *root, Py_ssize_t *count) {
    const Py_ssize_t n = discover(root, 0);
    Value **order = PyMem_New(Value *, n);
    if (!order) {
        for (Value *v = root; v; v = v->link) v->pending = 0;
        return (Value **)PyErr_NoMemory();
    }
    Py_ssize_t found = 0;
    order[found++] = root;
    for (Py_ssize_t i = 0; i < found; i++) {
        Value *v = order[i];
        v->index = i;
#define PASS(p, d) if (!--(p)->pending) order[found++] = (p);
        PARENTS(v, PASS)
    }
    *count = n;
    return order;
}

/* Whether a node is one of the order, at its index. */
static inline int is_in(Value *v, Value **order, Py_ssize_t n) {
    return v->index >= 0 && v->index < n && order[v->index] == v;
}

/* The derivatives by some nodes, as floats; nobody's grad is touched. */
static PyObject *gradients(Value *root, PyObject *xs, double seed) {
    const Py_ssize_t m = PyTuple_GET_SIZE(xs);
    Py_ssize_t n;
    Value **order = in_order(root, &n);
    if (!order) return NULL;
    double *adjoint = PyMem_Calloc((size_t)(n + m), sizeof *adjoint), *wanted = adjoint + n;
    if (adjoint) {
        adjoint[0] = seed;
        for (Py_ssize_t i = 0; i < n; i++) {
            const double g = adjoint[i];
#define ADD(p, d) adjoint[(p)->index] += g * (d);
            PARENTS(order[i], ADD)
        }
        for (Py_ssize_t k = 0; k < m; k++) {
            Value *x = (Value *)PyTuple_GET_ITEM(xs, k);
            if (is_in(x, order, n)) wanted[k] = adjoint[x->index];
        }
    }
    PyMem_Free(order);
    PyObject *found = adjoint ? PyList_New(m) : PyErr_NoMemory();   /* from here on Python may run */
    for (Py_ssize_t k = 0; found && k < m; k++) {
        PyObject *g = PyFloat_FromDouble(wanted[k]);
        if (g) PyList_SET_ITEM(found, k, g);
        else Py_CLEAR(found);
    }
    PyMem_Free(adjoint);
    return found;
}
