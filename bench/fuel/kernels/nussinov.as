// Folding of RNA after Nussinov, i32: dynamic programming with a choice in the innermost loop. Size n: bases.
const BASE: usize = 65536;

export function setup(n: i32): void {
  let x: u32 = 12345;
  for (let i = 0; i < n; i++) {
    x = x * 1664525 + 1013904223;
    store<u8>(BASE + i, <u8>(x >> 30));
  }
}

export function run(n: i32): i32 {
  const table = BASE + ((n + 7) & ~7);
  memory.fill(table, 0, (n * n) << 2);
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) {
      const at = table + (<usize>(i * n + j) << 2);
      let best = load<i32>(at - 4);
      if (i + 1 < n) best = max(best, load<i32>(at + (<usize>n << 2)));
      if (i + 1 < n) {
        const pairs = load<u8>(BASE + i) + load<u8>(BASE + j) == 3 ? 1 : 0;
        best = max(best, load<i32>(at + (<usize>n << 2) - 4) + (i < j - 1 ? pairs : 0));
      }
      for (let k = i + 1; k < j; k++) {
        const split = load<i32>(table + (<usize>(i * n + k) << 2)) + load<i32>(table + (<usize>((k + 1) * n + j) << 2));
        best = max(best, split);
      }
      store<i32>(at, best);
    }
  }
  return load<i32>(table + (<usize>(n - 1) << 2));
}
