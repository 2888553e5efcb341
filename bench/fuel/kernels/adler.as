// Adler-32 with a reduction at every byte. Size n: bytes.
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(BASE + i, <u8>(i * 31 + (i >> 7)));
}

export function run(n: i32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  for (let i = 0; i < n; i++) {
    a += load<u8>(BASE + i);
    if (a >= 65521) a -= 65521;
    b += a;
    if (b >= 65521) b -= 65521;
  }
  return (b << 16) | a;
}
