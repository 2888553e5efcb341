// Encodes bytes as base64 and decodes them again by a table. Size n: bytes, a multiple of 3.
const TABLE: usize = 32768;
const BACK: usize = 33024;
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(BASE + i, <u8>(i * 37 + (i >> 6)));
  for (let i = 0; i < 26; i++) {
    store<u8>(TABLE + i, <u8>(65 + i));
    store<u8>(TABLE + 26 + i, <u8>(97 + i));
  }
  for (let i = 0; i < 10; i++) store<u8>(TABLE + 52 + i, <u8>(48 + i));
  store<u8>(TABLE + 62, 43);
  store<u8>(TABLE + 63, 47);
  for (let i = 0; i < 64; i++) store<u8>(BACK + load<u8>(TABLE + i), <u8>i);
}

function encode(from: usize, end: usize, to: usize): usize {
  while (from < end) {
    const bits = (<u32>load<u8>(from) << 16) | (<u32>load<u8>(from + 1) << 8) | load<u8>(from + 2);
    store<u8>(to, load<u8>(TABLE + (bits >> 18)));
    store<u8>(to + 1, load<u8>(TABLE + ((bits >> 12) & 63)));
    store<u8>(to + 2, load<u8>(TABLE + ((bits >> 6) & 63)));
    store<u8>(to + 3, load<u8>(TABLE + (bits & 63)));
    from += 3;
    to += 4;
  }
  return to;
}

export function run(n: i32): u32 {
  const text = BASE + n;
  const end = encode(BASE, BASE + n, text);
  let sum: u32 = 0;
  for (let at = text; at < end; at += 4) {
    let bits: u32 = 0;
    for (let i = 0; i < 4; i++) bits = (bits << 6) | load<u8>(BACK + load<u8>(at + i));
    sum = (sum ^ bits) * 16777619;
  }
  return sum;
}
