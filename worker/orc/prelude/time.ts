// The prelude's time (orc.md §6, §9).
export const TIME = String.raw`
import site Rwait = "orc.lib.time.Rwait"
import site Rtime = "orc.lib.time.Rtime"
import site Rclock = "orc.lib.time.Rclock"
import site Vclock = "Vclock"
import site Vawait = "orc.lib.time.Vawait"
import site Vtime = "orc.lib.time.Vtime"
import site IntegerTimeOrder = "orc.lib.time.IntegerTimeOrder"

def metronome(period) = signal | Rwait(period) >> metronome(period)
def timeout(x, limit) = Let(Some(x) | Rwait(limit) >> None())
`;
