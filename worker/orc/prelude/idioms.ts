// The prelude's idioms: functions on functions (orc.md §9, Idioms).
export const IDIOMS = String.raw`
def curry(f) = lambda(a) = lambda(b) = f(a, b)
def curry3(f) = lambda(a) = lambda(b) = lambda(c) = f(a, b, c)
def uncurry(f) = lambda(a, b) = f(a)(b)
def uncurry3(f) = lambda(a, b, c) = f(a)(b)(c)
def flip(f) = lambda(a, b) = f(b, a)
def constant(v) = lambda() = v
def defer(f, a) = lambda() = f(a)
def defer2(f, a, b) = lambda() = f(a, b)
def ignore(f) = lambda(_) = f()
def ignore2(f) = lambda(_, _) = f()
def compose(f, g) = lambda(a) = f(g(a))

def while(goesOn, next) =
  def from(v) = Ift(goesOn(v)) >> (v | from(next(v)))
  from

def repeat(f) = f() >v> (v | repeat(f))

def fork([]) = stop
def fork(f:fs) = f() | fork(fs)
def forkMap(_, []) = stop
def forkMap(f, v:vs) = f(v) | forkMap(f, vs)

def seq([]) = signal
def seq(f:fs) = f() >> seq(fs)
def seqMap(_, []) = signal
def seqMap(f, v:vs) = f(v) >> seqMap(f, vs)

def join([]) = signal
def join(f:fs) = (f(), join(fs)) >> signal
def joinMap(_, []) = signal
def joinMap(f, v:vs) = (f(v), joinMap(f, vs)) >> signal

def alt([]) = stop
def alt(f:fs) = f() ; alt(fs)
def altMap(_, []) = stop
def altMap(f, v:vs) = f(v) ; altMap(f, vs)

def por([]) = false
def por(f:fs) = Let(
  val one = f()
  val rest = por(fs)
  Ift(one) >> true | Ift(rest) >> true | (one || rest))
def pand([]) = true
def pand(f:fs) = Let(
  val one = f()
  val rest = pand(fs)
  Iff(one) >> false | Iff(rest) >> false | (one && rest))

def collect(f) =
  val found = Channel()
  f() >v> found.put(v) >> stop ; found.getAll()
`;
