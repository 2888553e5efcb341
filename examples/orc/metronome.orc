-- Metronome: a signal now and every t. gen(i): i, i + 1, … one a unit.
val unit = 1000
def gen(i) = i | Rwait(unit) >> gen(i + 1)

takePubs(3, lambda() = metronome(unit) >> Println("tick at " + Rtime())) >> stop ;
takePubs(5, lambda() = gen(0))
