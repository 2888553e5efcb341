-- Bands: look up this weekend's concerts, put each in a calendar, mail a friend "shall I buy a ticket?", act on the answer if it
-- comes within 30 minutes. Reply waits for an event from outside.
include "sites.inc"

val halfAnHour = 30 * 60 * 1000

each(Concerts("this weekend")) >band>
Calendar(band) >>
Mail("a friend", "shall I buy a ticket for " + band + "?") >>
Let(Reply(band) | Rwait(halfAnHour) >> "no answer") >answer>
(if answer = "yes" then "bought: " + band else "not bought: " + band + " (" + answer + ")")
