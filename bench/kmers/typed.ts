// The peer in JavaScript: the same loop over typed arrays.

/** Two bits for the letters A, C, G and T, 4 for all others. */
const CODES = new Uint8Array(256).fill(4);
for (let code = 0; code < 4; code++) CODES["ACGT".charCodeAt(code)] = code;

/** Counts the k-mers of letters[from] to letters[to - 1] into a table of 4^k. @returns the windows counted */
export function count(table: Uint32Array, letters: Uint8Array, from: number, to: number, k: number): number {
  const mask = 4 ** k - 1;
  let [window, run, counted] = [0, 0, 0];
  for (let at = from; at < to; at++) {
    const code = CODES[letters[at]!]!;
    if (code > 3) {
      run = 0;
      continue;
    }
    window = ((window << 2) | code) & mask;
    if (++run < k) continue;
    table[window]!++;
    counted++;
  }
  return counted;
}
