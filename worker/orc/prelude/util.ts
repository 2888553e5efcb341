// The prelude's utilities, text and JSON (orc.md §9, Util, Text, Web).
export const UTIL = String.raw`
import site Random = "orc.lib.util.Random"
import site URandom = "orc.lib.util.URandom"
import site UUID = "orc.lib.util.UUID"
import site Prompt = "orc.lib.util.Prompt"
import site OrcVersion = "orc.lib.util.OrcVersion"
import site Print = "orc.lib.str.Print"
import site Println = "orc.lib.str.Println"
import site Write = "orc.lib.str.Write"
import site Read = "orc.lib.str.Read"
import site lines = "orc.lib.str.Lines"
import site unlines = "orc.lib.str.Unlines"
import site words = "orc.lib.str.Words"
import site unwords = "orc.lib.str.Unwords"
import site characters = "orc.lib.str.Characters"
import site ReadJSON = "orc.lib.web.ReadJSON"
import site WriteJSON = "orc.lib.web.WriteJSON"

def signals(n) = if n :> 0 then (signal | signals(n - 1)) else stop
def for(low, high) = if low <: high then (low | for(low + 1, high)) else stop
def upto(n) = for(0, n)

def fillArray(array, f) =
  upto(array.length?) >i> array(i) := f(i) >> stop ; array

def Table(n, f) =
  listToArray(map(f, range(0, n))) >values> (lambda(i) = values(i)?)

def takePubs(n, f) =
  def first() =
    val out = Channel()
    val left = Counter(n)
    val done = f() >v> left.dec() >> out.put(v) >> Ift(left.value() = 0) ; signal
    repeat(out.get) | done >> out.closeD() >> stop
  if n :> 0 then first() else stop

def withLock(lock, f) =
  lock.acquire() >> (Let(f()) >v> lock.release() >> v ; lock.release() >> stop)
def synchronized(lock, f) = lambda() = withLock(lock, f)

def class ObservationSubject() =
  val observers = Ref([])
  val closed = Ref(false)
  val lock = Semaphore(1)
  def observe() =
    val items = Channel()
    withLock(lock, lambda() = Iff(closed?) >> observers := items : observers?) >>
    {. get = items.get, stream = lambda() = repeat(items.get), close = items.closeD, isClosed = items.isClosed .}
  def put(v) = withLock(lock, lambda() =
    Iff(closed?) >>
    filter(lambda(o) = ~o.isClosed(), observers?) >listening>
    observers := listening >>
    joinMap(lambda(o) = o.put(v) ; signal, listening))
  def closeD() = closed := true >> joinMap(lambda(o) = o.closeD(), observers?)
  def close() = closed := true >> joinMap(lambda(o) = o.close(), observers?)
  def isClosed() = closed?
  stop
`;
