// "Did you mean": the nearest name in scope, names of older Orc and of other languages.

const FORMER: ReadonlyMap<string, string> = new Map([
  ["let", "Let"],
  ["Rtimer", "Rwait"],
  ["Ltimer", "Vawait"],
  ["Buffer", "Channel"],
  ["not", "~"],
  ["print", "Print"],
  ["println", "Println"],
  ["sleep", "Rwait"],
  ["nil", "[]"],
  ["mod", "%"],
  ["new", "a call of the class, without `new`"],
  ["class", "def class"],
]);

/** Names that are looked at: a hint need not be complete. */
const MAXIMUM_NAMES = 5000;
const MAXIMUM_DISTANCE = 2;

/** Edit distance (Levenshtein) if at most `limit`, else limit + 1. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? limit + 1;
}

/** @returns a sentence, or undefined when nothing is near */
export function suggest(name: string, names: Iterable<string>): string | undefined {
  const former = FORMER.get(name);
  if (former !== undefined) return `Orc writes ${former.includes("`") ? former : `\`${former}\``}.`;
  if (name.length > 40) return undefined;
  let best: string | undefined;
  let least = Math.min(MAXIMUM_DISTANCE, Math.floor(name.length / 3)) + 1;
  let seen = 0;
  for (const other of names) {
    if (++seen > MAXIMUM_NAMES) break;
    const found = other.toLowerCase() === name.toLowerCase() ? 0 : distance(name, other, MAXIMUM_DISTANCE);
    if (found < least) [best, least] = [other, found];
  }
  return best === undefined ? undefined : `Did you mean \`${best}\`?`;
}
