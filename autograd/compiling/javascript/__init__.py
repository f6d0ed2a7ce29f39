"""JavaScript: programs printed as it, and graphs that a page computes anew.

`computation(roots)` prints what computes a drawn graph: values, contributions, gradients and
guards, from any inputs. Its `text` is an expression of JavaScript, to be placed after `library()`,
whose statements it needs; both are ES2020 and hold numbers and our own code alone: no name of a
node enters them. Nodes are referred to by their index, operands first, as `drawing.graph.Graph`
has them. In a page:

    const computation = ...;             // the text
    computation.inputs                   // indices of the nodes whose numbers may change
    computation.set(i, x, element)       // changes one (element 0 where it is left out)
    computation.forward()                // null; { guard: k }; or { node: i }, see below
    computation.value(i)                 // Float64Array of the numbers of a node
    computation.backward()               // after forward: all gradients, of the sum of the root
    computation.gradient(i)              // Float64Array
    computation.contribution(i, k)       // what node i gives its k-th parent:
                                         //   { partial, share, before, after }
    computation.order                    // nodes in the order in which they give their shares
    computation.difference(i, element)   // { numeric, bound }: the derivative by differences
    computation.total(i, x, element)     // the sum of the root, were a number of node i x
    computation.guard(k)                 // { op, sides: [x, y], of, expected, holds }; `of` are the
                                         //   nodes of both and places there, or null
    computation.flip(i, x, element)      // the number on the way to x where forward is not null

`value` and `gradient` are views of memory that the next pass writes into. `contribution` has
`partial` for numbers, where it is a number; else it is null, and what it has are Float64Arrays.
The numbers are those of Python, `+ - * /` and sqrt to the last bit, in the order of its sweeps, and
what a choice left out gives nothing; other functions within 4 ulp. A guard is a comparison that
was made on the way to the graph, known where `comparisons` are given; where it comes out otherwise,
the graph is that of the other side; with `node: i` it is one inside that node. `{ node: i }` alone
is a row of many operands, as a maximum, on a side that is not in the text, or a sort that gets
nan. The values are those of the drawn graph then, too.

Orders are found anew: those of `sort`, `partition`, medians and quantiles. Indices that a function
takes, as by `argmax`, `argsort` or `searchsorted`, are guards: the comparisons that they stand on.
Of others, as `unique`, no comparison is known: `read` has the nodes whose numbers they took, and
what these were computed from is no input. What a function takes by `x.data` is not seen, and stays.

What JavaScript can't compute stays as it was drawn: `still` names these nodes with the reason, and
`inputs` has none that they were computed from. Where a compiled function is drawn, the nodes are
primitives without derivatives, and `backward` gives nothing.
"""

from autograd.compiling.javascript.computing import Computation, computation, library
from autograd.compiling.javascript.printing import source

__all__ = ["Computation", "computation", "library", "source"]
