-- Parallel or: true as soon as either says true; exactly one publication.
include "sites.inc"

def either(f, g) = Let(
  val a = f()
  val b = g()
  Ift(a) >> true | Ift(b) >> true | (a || b))

either(Door, Window) >x> (x, Rtime()) | either(Door, Door) >x> (x, Rtime())
