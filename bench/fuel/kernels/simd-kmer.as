// Compares 16 letters at a time with a pattern of 6 and counts the matches. Size n: letters.
const BASE: usize = 65536;
const LETTERS: usize = memory.data<u8>([65, 67, 71, 84]);

export function setup(n: i32): void {
  let x: u32 = 99;
  for (let i = 0; i < n + 32; i++) {
    x = x * 1664525 + 1013904223;
    store<u8>(BASE + i, load<u8>(LETTERS + (x >> 30)));
  }
}

export function run(n: i32): i32 {
  const a = i8x16.splat(65);
  const c = i8x16.splat(67);
  const g = i8x16.splat(71);
  const t = i8x16.splat(84);
  let counts = i32x4.splat(0);
  for (let i = 0; i < n; i += 16) {
    const at = BASE + i;
    let same = i8x16.eq(v128.load(at), g);
    same = v128.and(same, i8x16.eq(v128.load(at, 1), a));
    same = v128.and(same, i8x16.eq(v128.load(at, 2), t));
    same = v128.and(same, i8x16.eq(v128.load(at, 3), t));
    same = v128.and(same, i8x16.eq(v128.load(at, 4), a));
    same = v128.and(same, i8x16.eq(v128.load(at, 5), c));
    const ones = v128.and(same, i8x16.splat(1));
    counts = i32x4.add(counts, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(ones)));
  }
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}
