/* Nodes: how they are laid out, named, made and freed. */

#ifdef Py_GIL_DISABLED
#error "the core relies on the interpreter's lock; without it the Python twin runs"
#endif
#ifdef Py_TRACE_REFS
#error "the core keeps freed nodes, which this interpreter's list of all objects cannot know"
#endif

#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#define UNLIKELY(x) (x)
#else
#define THREAD_LOCAL _Thread_local
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#endif

typedef struct Value Value;

typedef struct {            /* a Value, or NULL and a constant */
    Value *v;
    double c;
} Num;

typedef struct {
    PyObject *row;          /* the operation, where it is defined in Python; else NULL */
    PyObject *options;      /* a tuple of what follows the operands, or NULL */
    Py_ssize_t n;
    Num t[];                /* the operands; where one is a Value, c is the partial by it */
} Terms;

struct Value {
    PyObject_HEAD
    double data, grad;
    Value *a;               /* the first operand that is a Value, owned */
    union {
        Value *b;           /* the second, or NULL */
        Terms *terms;       /* where a is NULL: all operands, or NULL */
    };
    double da, db;          /* the partials; db is the constant operand where there is one */
    uint32_t pending;       /* uses that a walk has not seen yet; 0 between walks */
    uint16_t op;
    uint16_t flags;
    union {                 /* never two of these at once */
        Value *link;        /* the next of a walk, of those to free, or of the freed */
        Py_ssize_t index;   /* the place in a walk's order */
    };
};

enum { HAS_GRAD = 1, NAMED = 2, CHANGED = 4 };      /* flags; changed: a leaf that got new data */

enum {
    LEAF, OP_where_v, OP_where_c, OP_python, OP_sum, OP_mean, OP_dot,
#define CODE(op, row, kind) OP_##op,
    OPCODES(CODE)
};

static PyTypeObject Value_Type;
#define IS_VALUE(o) (Py_TYPE(o) == &Value_Type)

/* Whether operations are recorded: `paused` counts the no_grad blocks of all threads and is usually
   0, `pauses` those of this one. */
static Py_ssize_t paused;
static THREAD_LOCAL Py_ssize_t pauses;

#ifdef __SANITIZE_ADDRESS__    /* which must see every node freed */
#define MOST_FREE 0
#else
#define MOST_FREE 65536
#endif
static Value *free_list;
static Py_ssize_t free_count;

static PyObject *names;     /* {address: name} */

static inline Value *blank(void) {
    Value *v = free_list;
    if (v) {
        free_list = v->link;
        free_count--;
    }
    else {
        v = PyObject_Malloc(sizeof(Value));
        if (!v) return (Value *)PyErr_NoMemory();
    }
#ifdef Py_REF_DEBUG
    PyObject_Init((PyObject *)v, &Value_Type);
#else
    Py_SET_TYPE(v, &Value_Type);
    Py_SET_REFCNT(v, 1);
#endif
    v->grad = 0.0;
    v->pending = 0;
    v->flags = 0;
    v->link = NULL;
    return v;
}

/* The result of an operation of one or two Values; a leaf while nothing is recorded. */
static inline Value *node(int op, double data, Value *a, double da, Value *b, double db) {
    Value *v = blank();
    if (UNLIKELY(!v)) return NULL;
    if (UNLIKELY(paused) && pauses) {
        op = LEAF;
        a = b = NULL;
    }
    v->data = data;
    v->op = (uint16_t)op;
    v->a = a;
    v->da = da;
    v->b = b;
    v->db = db;
    Py_XINCREF(a);
    Py_XINCREF(b);
    return v;
}

static inline Value *leaf(double data) { return node(LEAF, data, NULL, 0.0, NULL, 0.0); }

static Terms *new_terms(Py_ssize_t n) {
    if (n > (Py_ssize_t)((PY_SSIZE_T_MAX - sizeof(Terms)) / sizeof(Num)))
        return (Terms *)PyErr_NoMemory();
    Terms *terms = PyMem_Malloc(sizeof(Terms) + (size_t)n * sizeof(Num));
    if (!terms) return (Terms *)PyErr_NoMemory();
    terms->row = terms->options = NULL;
    terms->n = n;
    return terms;
}

/* The result of an operation of any number of operands, whose terms it takes over; their references
   are borrowed until then. */
static Value *nary_node(int op, double data, Terms *terms) {
    Value *v = leaf(data);
    if (!v || (paused && pauses)) {
        PyMem_Free(terms);
        return v;
    }
    v->op = (uint16_t)op;
    v->terms = terms;
    Py_XINCREF(terms->row);
    Py_XINCREF(terms->options);
    for (Py_ssize_t i = 0; i < terms->n; i++) Py_XINCREF(terms->t[i].v);
    return v;
}

/* Does DO(operand, partial) for every operand that is a Value, in order. */
#define PARENTS(node, DO) \
    if ((node)->a) { \
        DO((node)->a, (node)->da) \
        if ((node)->b) { DO((node)->b, (node)->db) } \
    } \
    else if ((node)->terms) { \
        for (Num *_t = (node)->terms->t, *_end = _t + (node)->terms->n; _t < _end; _t++) \
            if (_t->v) { DO(_t->v, _t->c) } \
    }

static int set_name(Value *v, PyObject *name) {     /* NULL: no name */
    PyObject *key = PyLong_FromVoidPtr(v);
    if (!key) return -1;
    int failed = 0;
    if (name) failed = PyDict_SetItem(names, key, name);
    else if (v->flags & NAMED) failed = PyDict_DelItem(names, key);
    if (!failed) v->flags = (uint16_t)(name ? v->flags | NAMED : v->flags & ~NAMED);
    Py_DECREF(key);
    return failed;
}

static PyObject *name_of(Value *v) {                /* a new reference */
    if (!(v->flags & NAMED)) Py_RETURN_NONE;
    PyObject *key = PyLong_FromVoidPtr(v);
    if (!key) return NULL;
    PyObject *name = PyDict_GetItemWithError(names, key);
    Py_DECREF(key);
    return name ? Py_NewRef(name) : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static void forget_name(Value *v) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (set_name(v, NULL)) PyErr_Clear();           /* a name that is left is never asked for */
    PyErr_Restore(type, value, traceback);
}

/* Frees a node, and what it alone refers to, at any depth. */
static void Value_dealloc(PyObject *self) {
    Value *dying = (Value *)self, *v;
    dying->link = NULL;
#define DROP(p, d) { \
        const Py_ssize_t _left = Py_REFCNT(p) - 1; \
        Py_SET_REFCNT(p, _left); \
        if (!_left) { (p)->link = dying; dying = (p); } \
    }
    while ((v = dying)) {
        PyObject *row = NULL, *options = NULL;
        dying = v->link;
        PARENTS(v, DROP)
        if (!v->a && v->terms) {
            row = v->terms->row;
            options = v->terms->options;
            PyMem_Free(v->terms);
        }
        if (UNLIKELY(v->flags & NAMED)) forget_name(v);
        if (free_count < MOST_FREE) {
            v->link = free_list;
            free_list = v;
            free_count++;
        }
        else PyObject_Free(v);
        Py_XDECREF(row);                            /* may run any Python */
        Py_XDECREF(options);
    }
}
