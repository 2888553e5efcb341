// Validates UTF-8 and counts its characters: branches by the first byte. Size n: bytes.
const BASE: usize = 65536;

export function setup(n: i32): void {
  let at = 0;
  let x: u32 = 3;
  while (at < n - 4) {
    x = x * 1664525 + 1013904223;
    const kind = x >> 28;
    if (kind < 12) store<u8>(BASE + at++, <u8>(32 + ((x >> 8) & 63)));
    else if (kind < 14) {
      store<u8>(BASE + at++, 0xc3);
      store<u8>(BASE + at++, <u8>(0x80 | ((x >> 8) & 63)));
    } else if (kind < 15) {
      store<u8>(BASE + at++, 0xe4);
      store<u8>(BASE + at++, <u8>(0x80 | ((x >> 8) & 63)));
      store<u8>(BASE + at++, <u8>(0x80 | ((x >> 16) & 63)));
    } else {
      store<u8>(BASE + at++, 0xf1);
      for (let i = 0; i < 3; i++) store<u8>(BASE + at++, <u8>(0x80 | ((x >> (8 + i)) & 63)));
    }
  }
  while (at < n) store<u8>(BASE + at++, 46);
}

function continues(at: usize, count: i32, end: usize): bool {
  if (at + count > end) return false;
  for (let i = 0; i < count; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return false;
  return true;
}

export function run(n: i32): i32 {
  const end = BASE + n;
  let at = BASE;
  let characters = 0;
  while (at < end) {
    const first = load<u8>(at++);
    characters++;
    if (first < 0x80) continue;
    let more = 0;
    if (first >= 0xc2 && first < 0xe0) more = 1;
    else if (first >= 0xe0 && first < 0xf0) {
      more = 2;
      if (first == 0xe0 && load<u8>(at) < 0xa0) return -1;
      if (first == 0xed && load<u8>(at) > 0x9f) return -1;
    } else if (first >= 0xf0 && first < 0xf5) {
      more = 3;
      if (first == 0xf0 && load<u8>(at) < 0x90) return -1;
      if (first == 0xf4 && load<u8>(at) > 0x8f) return -1;
    } else return -1;
    if (!continues(at, more, end)) return -1;
    at += more;
  }
  return characters;
}
