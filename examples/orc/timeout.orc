-- Timeout: the answer of M within t, else 0. Delay: the answer of N, but not before one unit.
include "sites.inc"

val unit = 500
def within(t) = Let(M() | Rwait(t) >> 0)
def delayed() = (N(), Rwait(unit)) >(answer, _)> answer

within(unit) >x> ("within one unit", x)
| within(2 * unit) >x> ("within two", x)
| delayed() >x> ("delayed", x, Rtime())
