-- Eliza in four lines around a remote service.
include "sites.inc"

def eliza(n) = Hear(n) >said> Talk(said) >answer> Println("> " + said) >> Println(answer) >> eliza(n + 1)
eliza(0)
