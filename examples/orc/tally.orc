-- Tally: how many of a list of sites answer within 10 units. Invite the best students, count the replies.
include "sites.inc"

def tally(_, []) = 0
def tally(limit, name:names) = Let(Invite(name) >> 1 | Rwait(limit) >> 0) + tally(limit, names)

tally(11, ["ann", "bob", "christopher", "david", "eve", "franklin"]) >n> Println(n + " replies at " + Rtime()) >> stop
