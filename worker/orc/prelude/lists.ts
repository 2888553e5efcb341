// The prelude's lists (orc.md §9, Lists). A function on a bad shape halts. Functions whose last clause takes any list wait for it
// first, so that they halt on a stopped one instead of recurring for ever.
export const LISTS = String.raw`
def each([]) = stop
def each(x:xs) = x | each(xs)

def map(_, []) = []
def map(f, x:xs) = f(x) : map(f, xs)

def filter(_, []) = []
def filter(p, x:xs) =
  val keep = p(x)
  val rest = filter(p, xs)
  if keep then x:rest else rest

def reverse(list) =
  def onto([], done) = done
  def onto(x:xs, done) = onto(xs, x:done)
  onto(list, [])

def head(x:_) = x
def tail(_:xs) = xs
def init([_]) = []
def init(x:xs) = x : init(xs)
def last([x]) = x
def last(_:xs) = last(xs)

def empty([]) = true
def empty(_:_) = false

def index(x:_, 0) = x
def index(_:xs, n) = index(xs, n - 1)

def append([], ys) = ys
def append(x:xs, ys) = x : append(xs, ys)

def foldl(_, z, []) = z
def foldl(f, z, x:xs) = foldl(f, f(z, x), xs)
def foldl1(f, x:xs) = foldl(f, x, xs)
def foldr(f, z, xs) = foldl(flip(f), z, reverse(xs))
def foldr1(f, xs) = foldl1(flip(f), reverse(xs))

def afold(_, [x]) = x
def afold(f, x:y:rest) =
  def pairs(a:b:more) = f(a, b) : pairs(more)
  def pairs(few) = few
  afold(f, pairs(x:y:rest))

def cfold(_, [x]) = x
def cfold(f, x:y:rest) =
  val ready = Channel()
  def combine(1) = ready.get()
  def combine(n) = ready.get() >a> ready.get() >b> (ready.put(f(a, b)) >> stop | combine(n - 1))
  each(x:y:rest) >e> ready.put(e) >> stop | combine(length(x:y:rest))

def zipWith(_, [], _) = []
def zipWith(_, _, []) = []
def zipWith(f, x:xs, y:ys) = f(x, y) : zipWith(f, xs, ys)
def zip(xs, ys) = zipWith(lambda(x, y) = (x, y), xs, ys)
def unzip([]) = ([], [])
def unzip((x, y):rest) =
  val (xs, ys) = unzip(rest) #
  (x:xs, y:ys)

def concat([]) = []
def concat(xs:rest) = append(xs, concat(rest))

def length(list) =
  def count([], n) = n
  def count(_:xs, n) = count(xs, n + 1)
  count(list, 0)

def take(0, _) = []
def take(n, x:xs) = if n :> 0 then x : take(n - 1, xs) else Error("Cannot take " + n + " elements")
def drop(0, xs) = xs
def drop(n, _:xs) = if n :> 0 then drop(n - 1, xs) else Error("Cannot drop " + n + " elements")

def member(_, []) = false
def member(v, x:xs) = if v = x then true else member(v, xs)

def mergeBy(_, xs, []) = xs
def mergeBy(_, [], ys) = ys
def mergeBy(less, x:xs, y:ys) =
  if less(y, x) then y : mergeBy(less, x:xs, ys) else x : mergeBy(less, xs, y:ys)
def merge(xs, ys) = mergeBy((<:), xs, ys)

def sortBy(_, []) = []
def sortBy(_, [x]) = [x]
def sortBy(less, x:y:rest) =
  val all = x:y:rest
  val half = length(all) / 2
  mergeBy(less, sortBy(less, take(half, all)), sortBy(less, drop(half, all)))
def sort(xs) = sortBy((<:), xs)

def mergeUniqueBy(_, _, xs, []) = xs
def mergeUniqueBy(_, _, [], ys) = ys
def mergeUniqueBy(same, less, x:xs, y:ys) =
  if same(y, x) then mergeUniqueBy(same, less, xs, y:ys)
  else if less(y, x) then y : mergeUniqueBy(same, less, x:xs, ys)
  else x : mergeUniqueBy(same, less, xs, y:ys)
def mergeUnique(xs, ys) = mergeUniqueBy((=), (<:), xs, ys)

def sortUniqueBy(_, _, []) = []
def sortUniqueBy(_, _, [x]) = [x]
def sortUniqueBy(same, less, x:y:rest) =
  val all = x:y:rest
  val half = length(all) / 2
  val front = sortUniqueBy(same, less, take(half, all))
  mergeUniqueBy(same, less, front, sortUniqueBy(same, less, drop(half, all)))
def sortUnique(xs) = sortUniqueBy((=), (<:), xs)

def groupBy(_, []) = []
def groupBy(same, (key, value):rest) =
  def gather(k, vs, []) = [(k, vs)]
  def gather(k, vs, (k', v):more) =
    if same(k', k) then gather(k, v:vs, more) else (k, vs) : gather(k', [v], more)
  gather(key, [value], rest)
def group(pairs) = groupBy((=), pairs)

def rangeBy(low, high, step) = if low <: high then low : rangeBy(low + step, high, step) else []
def range(low, high) = rangeBy(low, high, 1)

def any(_, []) = false
def any(p, x:xs) = Let(
  val one = p(x)
  val rest = any(p, xs)
  Ift(one) >> true | Ift(rest) >> true | (one || rest))
def all(_, []) = true
def all(p, x:xs) = Let(
  val one = p(x)
  val rest = all(p, xs)
  Iff(one) >> false | Iff(rest) >> false | (one && rest))

def sum(xs) = foldl((+), 0, xs)
def product(xs) = foldl((*), 1, xs)
def and(xs) = all(lambda(x) = x, xs)
def or(xs) = any(lambda(x) = x, xs)
def minimum(xs) = foldl1(min, xs)
def maximum(xs) = foldl1(max, xs)
`;
