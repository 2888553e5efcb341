// The prelude's state (orc.md §9, State).
export const STATE = String.raw`
type Option = Some(_) | None()

import site Ref = "orc.lib.state.Ref"
import site Cell = "orc.lib.state.Cell"
import site Channel = "orc.lib.state.Channel"
import site BoundedChannel = "orc.lib.state.BoundedChannel"
import site Semaphore = "orc.lib.state.Semaphore"
import site Counter = "orc.lib.state.Counter"
import site Array = "orc.lib.state.JavaArray"
import site Dictionary = "orc.lib.state.Dictionary"
import site arrayToList = "orc.lib.util.ArrayToList"
import site listToArray = "orc.lib.util.ListToArray"
import site sliceArray = "orc.lib.util.SliceArray"

def fst((a, _)) = a
def snd((_, b)) = b

def (?)(ref) = ref.read()
def (:=)(ref, value) = ref.write(value)
def swap(r, s) = (r?, s?) >(a, b)> (r := b, s := a) >> signal
`;
