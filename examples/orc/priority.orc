-- Priority: call M and N together; take M if it answers within its time, else whoever has answered.
include "sites.inc"

def prefer(limit) =
  val m = M()
  val n = N()
  Let(m | Rwait(limit) >> Let(m | n))

prefer(1000) >x> ("patient", x) | prefer(300) >x> ("hurried", x)
