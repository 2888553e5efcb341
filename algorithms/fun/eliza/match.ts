// Decomposition: which words of a clause each part of a pattern stands for.

/** Where each part begins, and last where the clause ends; as long as the pattern, and one more. */
let bounds: StaticArray<i32> = new StaticArray<i32>(0);

/** @returns where each part begins, the end last; null when the words do not fit */
export function match(parts: string[][], words: string[]): StaticArray<i32> | null {
  bounds = new StaticArray<i32>(parts.length + 1);
  return fits(parts, 0, words, 0) ? bounds : null;
}

/**
 * Whether the parts from one on stand for the words from one on. "*" takes as few as it can. Clauses have 50 words and
 * patterns three "*" at most, so that no clause takes more than some 10,000 steps.
 */
function fits(parts: string[][], part: i32, words: string[], word: i32): bool {
  unchecked(bounds[part] = word);
  if (part == parts.length) return word == words.length;
  const wanted = parts[part];
  if (wanted[0] != "*") {
    return word < words.length && wanted.includes(words[word]) && fits(parts, part + 1, words, word + 1);
  }
  for (let next = word; next <= words.length; next++) {
    if (fits(parts, part + 1, words, next)) return true;
  }
  return false;
}
