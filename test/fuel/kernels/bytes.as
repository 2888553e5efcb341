// Byte loops, SIMD and bulk memory on fixed data, without the runtime. AssemblyScript; compiled by kernels.test.ts.
const SIZE: i32 = 1 << 12;
const text: usize = memory.data(1 << 12, 16);
const table: usize = memory.data(4096 * 4, 16);
const letters: usize = memory.data<u8>([65, 67, 71, 84]);

export function init(seed: u32): void {
  let x = seed;
  for (let i = 0; i < SIZE; i++) {
    x = x * 1664525 + 1013904223;
    store<u8>(text + i, load<u8>(letters + ((x >> 24) & 3)));
  }
}

export function adler(): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  for (let i = 0; i < SIZE; i++) {
    a += load<u8>(text + i);
    if (a >= 65521) a -= 65521;
    b += a;
    if (b >= 65521) b -= 65521;
  }
  return (b << 16) | a;
}

export function kmers(k: i32): u32 {
  const mask: u32 = (1 << (2 * k)) - 1;
  memory.fill(table, 0, 4096 * 4);
  let code: u32 = 0;
  let run = 0;
  let most: u32 = 0;
  for (let i = 0; i < SIZE; i++) {
    let letter: u32;
    switch (load<u8>(text + i)) {
      case 65: letter = 0; break;
      case 67: letter = 1; break;
      case 71: letter = 2; break;
      case 84: letter = 3; break;
      default: run = 0; continue;
    }
    code = ((code << 2) | letter) & mask;
    if (++run >= k) {
      const at = table + (<usize>code << 2);
      const count = load<u32>(at) + 1;
      store<u32>(at, count);
      most = max(most, count);
    }
  }
  return most;
}

export function find(byte: i32): i32 {
  for (let i = 0; i < SIZE; i++) if (load<u8>(text + i) == byte) return i;
  return -1;
}

export function simd(): i32 {
  let sum = i32x4.splat(0);
  for (let i = 0; i < SIZE; i += 16) {
    const codes = v128.and(i8x16.shr_u(v128.load(text + i), 1), i8x16.splat(3));
    const halves = i16x8.extadd_pairwise_i8x16_u(codes);
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(halves));
  }
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

export function move(distance: i32): u32 {
  memory.copy(text + distance, text, SIZE - distance);
  return adler();
}

export function divide(n: u64, by: u64): u64 {
  let sum: u64 = 0;
  for (let i: u64 = 0; i < 100; i++) sum += (n + i) / (by - i);
  return sum;
}
