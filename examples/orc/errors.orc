-- Errors: a site that answers something of another shape, or never, or far too much, does not break the rest.
include "sites.inc"

def guarded(f) = Let(f() >(name, price)> (name, price) | Rwait(1000) >> ("nobody", 0)) ; ("halted", 0)

def fine() = ("Delta", 340)
def wrong() = "a page that says: try later"
def broken() = Error("the service is down")
def silent() = Channel().get()
def huge() = map(lambda(n) = (n, n), range(0, 1000))

map(guarded, [fine, wrong, broken, silent, huge])
