r"""What a problem declares: the names a formula may use, their shapes, and what an answer must look like.

    Declarations      sizes, index sets, indices, symbols, families, functions, losses, aliases
    Question          declarations + accepted answers + rules of form + layouts

Everything here is plain data that an instructor writes. Names are *canonical*: letters, digits and underscores, a
subscript after `_` and an accent as a word (`v_c`, `y_hat`, `a_1`, `sigma`). A reader brings `\hat{\mathbf y}`, `ŷ`
and `y_hat` to the same canonical name by itself; whatever it could not know is listed under `written`, in the
spelling that students use: `w^{[2]}` for `w_2`, `|V|` for `V`, `P(O=w|C=c)` for an element of `y_hat`.

Formulas inside declarations are text in any dialect, read by the same reader as the students' answers.
"""

from __future__ import annotations

from msgspec import Struct, field

Dimension = int | str
Shape = tuple[Dimension, ...]
"""() is a scalar, (d,) a vector, (d, V) a matrix; a name stands for a declared size."""


class Size(Struct, frozen=True):
    """A whole number that is drawn for each case from `low` to `high`; no two sizes are ever drawn equal."""

    name: str
    low: int = 2
    high: int = 6
    meaning: str = ""
    written: tuple[str, ...] = ()
    """Other spellings: `|V|`, `|Vocab|`."""


class IndexSet(Struct, frozen=True):
    """What indices run over: `first`, ..., `last`, both included.

    A bound is a whole number, a size (`V`) or its negative (`-m`). `written` are the names that students give the
    set after `\\in`, as `Vocab` or `\\mathcal{V}`; the size in `last` is always one of them. `without` are elements
    that a sum leaves out when it names the index and no bounds (`\\sum_j` over a window leaves out 0); such an answer
    is then not complete in form.
    """

    name: str
    first: str = "1"
    last: str = "1"
    written: tuple[str, ...] = ()
    meaning: str = ""
    without: tuple[int, ...] = ()

    @property
    def length(self) -> Dimension | None:
        """How many there are, as a dimension of arrays; None where the set does not count from 1."""
        if self.first != "1" or self.last.startswith("-"):
            return None
        return int(self.last) if self.last.isdigit() else self.last


class Index(Struct, frozen=True):
    """A name for one element of an index set.

    role     what an unbound occurrence stands for:
             'fixed'  an element that belongs to the problem, as the true outside word `o`: always readable
             'free'   the element that the question is about: an answer may depend on it only where the question does
             'dummy'  nothing: it must be bound by a sum
    equals   makes it the same element as another index, or as a whole number: `w` where the question says w = o
    differs  indices that it never equals: `w` where the question says w != o
    Any index may be bound by a sum; the bound one shadows the free one.
    """

    name: str
    over: str
    role: str = "dummy"
    equals: str | None = None
    differs: tuple[str, ...] = ()
    meaning: str = ""
    written: tuple[str, ...] = ()


class Symbol(Struct, frozen=True):
    r"""A scalar, vector or matrix.

    domain       'real', 'positive', 'negative', 'unit' (between 0 and 1), 'nonzero' or 'probability' (positive, entries
                 sum to 1)
    definition   a formula in other symbols: its value follows, and is not drawn: `softmax(U^\top v_c)`
    branches     domains or conditions that draws meet in turn: `('x > 0', 'x < 0')`
    """

    name: str
    shape: Shape = ()
    meaning: str = ""
    domain: str = "real"
    definition: str | None = None
    branches: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


class Family(Struct, frozen=True):
    r"""Indexed quantities: `u_w`, `y_w`, `w_k`. One name may be declared once for each index set that it runs over.

    indices      the names of its indices as used in `definition` and `written`; each is a declared index, and its
                 index set is what this family runs over
    shape        of one element
    values       an index set, for a family whose elements are indices: the drawn word `w_k`
    distinct     such elements are drawn without repetition; `differs` names indices that they never equal
    column_of    the matrix whose columns are the elements (`u_w` of `U`), or the vector whose entries they are
    row_of       the matrix whose rows, turned into columns, the elements are (`x_i` of the data matrix `X`)
    definition   a formula in the indices: `\hat y_w`; else, without `column_of` and `row_of`, elements are drawn
    """

    name: str
    indices: tuple[str, ...]
    shape: Shape = ()
    meaning: str = ""
    domain: str = "real"
    values: str | None = None
    distinct: bool = False
    differs: tuple[str, ...] = ()
    column_of: str | None = None
    definition: str | None = None
    written: tuple[str, ...] = ()
    row_of: str | None = None


class Through(Struct, frozen=True):
    """Lets an index of one set stand where another set is expected: `u_k` is `u_{w_k}` by the family `w`."""

    source: str
    target: str
    by: str


class Atom(Struct, frozen=True):
    r"""A derivative that answers may name without working it out: `\partial J(v_c, w_{t+j}, U)/\partial U`.

    of, wrt      the loss and the variable, as formulas
    arguments    of the loss, as formulas; an answer without them is read, and `bare` says whether that is a fault
    indices      indices that the atom depends on
    definition   its value; else it is drawn
    """

    name: str
    of: str
    wrt: str
    shape: Shape = ()
    arguments: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    definition: str | None = None
    bare: str = "fault"
    """`fault`, `fine` or `unreadable`: the atom without its arguments."""


class Function(Struct, frozen=True):
    r"""A function of one argument that the problem declares over and above the usual ones.

    definition   a formula in `argument`
    bare         the symbol that `\sigma` without an argument stands for, where the problem says so
    """

    name: str
    argument: str = "x"
    definition: str | None = None
    bare: str | None = None
    written: tuple[str, ...] = ()


class Loss(Struct, frozen=True):
    """A quantity that is differentiated; a left side such as `dJ/dv_c` names it. `written`: `L`, `CE`, `\\ell`."""

    name: str
    definition: str | None = None
    written: tuple[str, ...] = ()


class Law(Struct, frozen=True):
    """A named distribution after `\\sim`: the draws in the problem are taken from it (`P(w)`)."""

    written: str


class Alias(Struct, frozen=True):
    """A spelling and what it means, both as formulas; an index in the spelling stands for any index of its set.

    local    says that the student defined it: a rule of form may forbid answers in such terms
    """

    written: str
    means: str
    local: bool = False


class Declarations(Struct, frozen=True, cache_hash=True):
    """Everything a formula may use. Names differ across all kinds, except that a family may be declared per set.

    scalars_spread   whether a scalar may be added to an array, as in `x - \\mu` of layer normalisation; otherwise
                     such a sum is an error of shapes, and only numbers stand for arrays of equal entries
    """

    sizes: tuple[Size, ...] = ()
    sets: tuple[IndexSet, ...] = ()
    indices: tuple[Index, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    families: tuple[Family, ...] = ()
    through: tuple[Through, ...] = ()
    atoms: tuple[Atom, ...] = ()
    functions: tuple[Function, ...] = ()
    losses: tuple[Loss, ...] = ()
    laws: tuple[Law, ...] = ()
    aliases: tuple[Alias, ...] = ()
    scalars_spread: bool = False

    def size(self, name: str) -> Size | None:
        return next((item for item in self.sizes if item.name == name), None)

    def index_set(self, name: str) -> IndexSet | None:
        """Return a declared set; a size that no set counts up to stands for the entries that it counts."""
        found = next((item for item in self.sets if item.name == name), None)
        is_counted = found is not None or self.size(name) is None or any(item.last == name for item in self.sets)
        return found if is_counted else IndexSet(name, last=name)

    def index(self, name: str) -> Index | None:
        return next((item for item in self.indices if item.name == name), None)

    def symbol(self, name: str) -> Symbol | None:
        return next((item for item in self.symbols if item.name == name), None)

    def family(self, name: str) -> tuple[Family, ...]:
        """Return every family of this name, one for each set that it runs over."""
        return tuple(item for item in self.families if item.name == name)

    def function(self, name: str) -> Function | None:
        return next((item for item in self.functions if item.name == name), None)


class Reference(Struct, frozen=True):
    """An accepted answer. `variant` names another honest reading of the question, worth what the part says."""

    answer: str
    variant: str | None = None


class Form(Struct, frozen=True):
    r"""What a right answer must look like, apart from its value.

    in_terms_of    formulas that an answer may be built from: names (`U`, `y_hat`), families (`u_k` allows every
                   element of `u`), or whole applications (`\sigma(x)` allows neither `x` nor `\sigma(-x)`); None
                   allows everything declared
    functions      functions that may be used beside those in `in_terms_of`; None allows all
    vectorised     no sum over an index, no reduction, no single element
    sums           whether sums and products over an index are fine
    local_names    whether names that the student defined are fine
    simplified     what cancels must be cancelled: no factor both above and below a fraction line, no two minus signs
                   in a product, no factor 1, no term 0
    """

    in_terms_of: tuple[str, ...] | None = None
    functions: tuple[str, ...] | None = None
    vectorised: bool = False
    sums: bool = True
    local_names: bool = False
    simplified: bool = False


class Layout(Struct, frozen=True):
    """Another consistent way to lay the same quantities out.

    rows         symbols and families whose vectors are rows; `*` stands for all of them
    transposed   matrices that are stored transposed; `*` stands for all of them
    result       whether the answer itself comes out transposed
    """

    name: str
    rows: frozenset[str] = frozenset()
    transposed: frozenset[str] = frozenset()
    result: bool = False


class Question(Struct, frozen=True, cache_hash=True):
    """What one part asks for.

    references    accepted answers; the first is the one in the base layout
    depends_on    free indices that the answer may depend on
    layouts       the accepted other layouts, None for the usual ones (see `layouts`)
    every_side    a chain is right only if every side is; otherwise its last side is judged
    """

    declarations: Declarations
    references: tuple[Reference, ...]
    form: Form = field(default_factory=Form)
    depends_on: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] | None = None
    every_side: bool = False
