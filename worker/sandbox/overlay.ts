// Writes that are not in the store yet, laid over what the store answers. Pure: the guest lays a call's own writes over what
// its host says, and the host those of the tree's completed calls over what the store says.

type Write = readonly [key: Uint8Array, value: Uint8Array | null];

export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const startsWith = (key: Uint8Array, prefix: Uint8Array): boolean =>
  key.length >= prefix.length && prefix.every((byte, i) => key[i] === byte);

const latin1 = new TextDecoder("latin1");
/** Keys are bytes; as a Map key they are text with one unit a byte. */
export const keyText = (key: Uint8Array): string => latin1.decode(key);

/**
 * A list of keys with writes laid over it.
 * @param writes each key once
 * @param stored asks the store for so many keys
 */
export async function listOver(
  writes: Iterable<Write>,
  range: { readonly prefix: Uint8Array; readonly after: Uint8Array; readonly limit: number },
  stored: (limit: number) => Promise<readonly Uint8Array[]>,
): Promise<Uint8Array[]> {
  const { prefix, after, limit } = range;
  const mine = [...writes].filter(
    ([key]) => startsWith(key, prefix) && (after.length === 0 || compareKeys(key, after) > 0),
  );
  // As many more as were deleted, so that the answer is full whenever the store has enough.
  const asked = limit + mine.filter(([, value]) => value === null).length;
  const found = await stored(asked);
  const keys = new Map(found.map((key) => [keyText(key), key]));
  for (const [key, value] of mine) {
    if (value === null) keys.delete(keyText(key));
    else keys.set(keyText(key), key);
  }
  // Writes beyond the last stored key of a cut answer must wait for the next page, or they would skip stored keys.
  const last = found.at(-1);
  const whole = found.length < asked || last === undefined;
  const inside = whole ? [...keys.values()] : [...keys.values()].filter((key) => compareKeys(key, last) <= 0);
  return inside.sort(compareKeys).slice(0, limit);
}
