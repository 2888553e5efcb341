// Term frequency and inverse document frequency: strings, maps and arrays, collected. Size n: words of each document.
const DOCUMENTS = 6;
const SYLLABLES = ["ka", "lo", "mi", "ren", "tus", "vo", "shi", "par"];
let documents: string[] = [];

export function setup(n: i32): void {
  documents = [];
  let x: u32 = 42;
  for (let d = 0; d < DOCUMENTS; d++) {
    const words: string[] = [];
    for (let w = 0; w < n; w++) {
      x = x * 1664525 + 1013904223;
      words.push(SYLLABLES[x >> 29] + SYLLABLES[(x >> 26) & 7] + (x & 0x100000 ? SYLLABLES[(x >> 21) & 7] : ""));
    }
    documents.push(words.join(" "));
  }
}

export function run(n: i32): f64 {
  const seen = new Map<string, i32>();
  const counts: Map<string, i32>[] = [];
  for (let d = 0; d < documents.length; d++) {
    const count = new Map<string, i32>();
    const words = documents[d].toUpperCase().split(" ");
    for (let w = 0; w < words.length; w++) {
      const word = words[w];
      count.set(word, count.has(word) ? count.get(word) + 1 : 1);
    }
    const keys = count.keys();
    for (let k = 0; k < keys.length; k++) seen.set(keys[k], seen.has(keys[k]) ? seen.get(keys[k]) + 1 : 1);
    counts.push(count);
  }
  let sum = 0.0;
  for (let d = 0; d < counts.length; d++) {
    const keys = counts[d].keys();
    for (let k = 0; k < keys.length; k++) {
      sum += <f64>counts[d].get(keys[k]) * Math.log(<f64>(DOCUMENTS + 1) / <f64>seen.get(keys[k]));
    }
  }
  return sum / n;
}
