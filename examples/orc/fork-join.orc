-- Fork-join: a pair when both have answered. Barrier: go on when both have.
include "sites.inc"

(M(), N()) >pair> (pair, Rtime())
| (M(), N()) >> Println("both are done at " + Rtime()) >> stop
