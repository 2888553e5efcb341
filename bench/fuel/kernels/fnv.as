// FNV-1a of 32 and of 64 bits, one loop each. Size n: bytes.
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(BASE + i, <u8>(i * 131 + (i >> 5)));
}

export function run(n: i32): u32 {
  let short: u32 = 0x811c9dc5;
  for (let i = 0; i < n; i++) short = (short ^ load<u8>(BASE + i)) * 0x01000193;
  let long: u64 = 0xcbf29ce484222325;
  for (let i = 0; i < n; i++) long = (long ^ load<u8>(BASE + i)) * 0x100000001b3;
  return short ^ <u32>(long >> 32) ^ <u32>long;
}
