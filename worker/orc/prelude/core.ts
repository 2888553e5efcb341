// The prelude's fundamentals (orc.md §9, Core): sites of the host by their names, and what is said of them in Orc.
export const CORE = String.raw`
import site Let = "orc.lib.builtin.Let"
import site Ift = "orc.lib.builtin.Ift"
import site Iff = "orc.lib.builtin.Iff"
import site Error = "orc.lib.util.Error"
import site (+) = "orc.lib.math.Add"
import site (-) = "orc.lib.math.Sub"
import site (0-) = "orc.lib.math.UMinus"
import site (*) = "orc.lib.math.Mult"
import site (/) = "orc.lib.math.Div"
import site (%) = "orc.lib.math.Mod"
import site (**) = "orc.lib.math.Exponent"
import site (<:) = "orc.lib.comp.Less"
import site (<=) = "orc.lib.comp.Leq"
import site (:>) = "orc.lib.comp.Greater"
import site (>=) = "orc.lib.comp.Greq"
import site (=) = "orc.lib.builtin.Eq"
import site (/=) = "orc.lib.comp.Inequal"
import site (~) = "orc.lib.bool.Not"
import site (&&) = "orc.lib.bool.And"
import site (||) = "orc.lib.bool.Or"
import site (:) = "orc.lib.builtin.structured.ConsConstructor"
import site Floor = "orc.lib.math.Floor"
import site Ceil = "orc.lib.math.Ceil"
import site MakeSite = "orc.lib.builtin.MakeSite"

def abs(n) = if n <: 0 then -n else n
def signum(n) = if n <: 0 then -1 else if n :> 0 then 1 else 0
def min(a, b) = if b <: a then b else a
def max(a, b) = if a :> b then a else b
def sqrt(n) = n ** 0.5
`;
