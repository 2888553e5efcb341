// What is taken off a word in English, so that "podcast", "podcasts" and "podcast's" are one term: a possessive, and
// the s of plurals by the "S stemmer" of D. Harman, "How effective is suffixing?", J. Am. Soc. Inf. Sci. 42 (1991)
// 7-15. It changes no more than that ("running" stays), and misses some ("boxes", "box"). Other languages are left as
// they are.

/** @returns the letter `back` bytes before the end of a word, 0 when it has fewer */
function letter(start: usize, size: usize, back: usize): u32 {
  return back <= size ? <u32>load<u8>(start + size - back) : 0;
}

/** @returns the bytes of a word without a possessive ending, "'s" */
export function withoutPossessive(start: usize, size: usize): usize {
  const possessive = size > 2 && letter(start, size, 1) == 0x73 && letter(start, size, 2) == 0x27;
  return possessive ? size - 2 : size;
}

/** Makes a word singular in place, when it looks like a plural. @returns its bytes */
export function withoutPlural(start: usize, size: usize): usize {
  if (size < 4 || letter(start, size, 1) != 0x73) return size;
  const before = letter(start, size, 2);
  const third = letter(start, size, 3);
  // "us", "ss".
  if (before == 0x75 || before == 0x73) return size;
  if (before != 0x65) return isNews(start, size) ? size : size - 1;
  if (third == 0x69) {
    // "ies" becomes "y", but not after "e" or "a".
    const fourth = letter(start, size, 4);
    if (fourth == 0x65 || fourth == 0x61) return size;
    store<u8>(start + size - 3, 0x79);
    return size - 2;
  }
  // "es" becomes "e", but not after "a", "e" or "o".
  return third == 0x61 || third == 0x65 || third == 0x6f ? size : size - 1;
}

/** The one common word whose singular is another common word. */
function isNews(start: usize, size: usize): bool {
  return size == 4 && load<u32>(start) == 0x7377656e;
}
