// Abbreviations that end in a full stop, in the eight languages that have stop words. They are told apart only as far
// as a sentence may end after them; those before a small letter never end one, so they need not be here.
import { hash } from "../tags/words";
import { Table } from "../tags/table";

/** Always before a name or a word of the same sentence. */
export const NEVER_LAST: u32 = 1;
/** Before a number, else a word. */
export const BEFORE_NUMBER: u32 = 2;
/** Both: the word after it decides. */
export const SELDOM_LAST: u32 = 3;

const TITLES: string =
  "mr mrs ms mx dr dra drs prof profa rev hon st ste gen col maj capt lt sgt cmdr adm gov sen rep pres supt messrs " +
  "sr sra srta sres ud uds mme mlle mgr mlles mmes hr fr frl dhr mevr sig sigg dott ing avv on vs cf viz z.b d.h u.a " +
  "e.g i.e bzw vgl resp inkl ggf evtl sog ca approx p.ej p.ex bijv d.w.z t.ex bl.a s.k dvs zgn ibid op";
const NUMBERED: string =
  "no nos nr nrs fig figs vol vols p pp pag pág págs art arts abs sec ch chap cap ed bd kap tab eq n núm num " +
  "nº s tel p.o";
const WEAK: string =
  "etc usw usf inc ltd co corp jr bros al dept est ave blvd rd mt ft a.m p.m u.s u.k e.u ph.d b.c a.d jan feb mar " +
  "apr jun jul aug sep sept oct nov dec str av enz osv m.m i.a u.s.a";

const table = new Table(512);
addAll(TITLES, NEVER_LAST);
addAll(NUMBERED, BEFORE_NUMBER);
addAll(WEAK, SELDOM_LAST);

function addAll(names: string, kind: u32): void {
  const bytes = String.UTF8.encode(names + " ");
  let start = changetype<usize>(bytes);
  const end = start + <usize>bytes.byteLength;
  for (let at = start; at < end; at++) {
    if (load<u8>(at) != 0x20) continue;
    table.add(hash(start, at - start)).mark = kind;
    start = at + 1;
  }
}

// @ts-ignore: decorator
@lazy
const scratch = memory.data(32);

/** What kind of abbreviation a word of at most 24 bytes is, without its last full stop; 0 is none. */
export function abbreviation(start: usize, size: usize): u32 {
  for (let i: usize = 0; i < size; i++) {
    const byte = <u32>load<u8>(start + i);
    store<u8>(scratch + i, byte - 0x41 < 26 ? byte | 0x20 : byte);
  }
  const entry = table.find(hash(scratch, size));
  return entry === null ? 0 : entry.mark;
}
