// Looks for a byte from each of many places on: loops that end early. Size n: bytes; every 101st is looked for.
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(BASE + i, i % 101 == 100 ? 0 : <u8>(i | 1));
}

function find(from: usize, end: usize): usize {
  for (let at = from; at < end; at++) if (load<u8>(at) == 0) return at;
  return end;
}

export function run(n: i32): i32 {
  const end = BASE + n;
  let found = 0;
  let places: usize = 0;
  for (let at = BASE; at < end; at++) {
    at = find(at, end);
    found++;
    places ^= at;
  }
  return found ^ <i32>places;
}
