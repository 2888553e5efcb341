-- Two airlines: quotes from both. The first at or under 300 dollars is bought at once; if both are above, the cheaper; if one is
-- silent for five minutes, the other; if neither answered, somebody is told.
include "sites.inc"

val limit = 5 * 60 * 1000
def cheap((airline, price)) = Ift(price <= 300) >> (airline, price)
def cheaper((a, p), (b, q)) = if p <= q then (a, p) else (b, q)

def best() =
  val delta = Delta("AUS", "SEA") >p> ("Delta", p)
  val united = United("AUS", "SEA") >p> ("United", p)
  val patience = Rwait(limit)
  Let(
      cheap(delta)
    | cheap(united)
    | cheaper(delta, united)
    | patience >> (Let(delta | united) | Rwait(1) >> ("nobody", 0)))

best() >(airline, price)> (
  if airline = "nobody" then Notify("no airline answered") >> stop else Buy(airline, price))
