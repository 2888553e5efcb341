-- Migration: a service that is called over and over. Where it runs is not the program's business: it may come to run beside its
-- caller while the program is under way.
include "sites.inc"

map(Convert, range(0, 5)) >all> Println(all) >>
map(Convert, range(100, 103))
