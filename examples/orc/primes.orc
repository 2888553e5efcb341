-- Primes: `prime` answers n or stays silent. No loop, no recursion in sight.
include "sites.inc"

def gen(i) = i | Rwait(1) >> gen(i + 1)

takePubs(10, lambda() = gen(2) >n> prime(n))
