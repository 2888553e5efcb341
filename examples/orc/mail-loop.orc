-- Mail loop: the first answer of two news sites, every day, for ever (here: for a week).
include "sites.inc"

val day = 24 * 60 * 60 * 1000
def mailLoop(n) = Let(CNN(n) | BBC(n)) >news> Mail("misra", news) >> stop | Rwait(day) >> mailLoop(n + 1)

val week = mailLoop(1) | Rwait(7 * day - 1)
week >> Println("a week has passed") >> stop
