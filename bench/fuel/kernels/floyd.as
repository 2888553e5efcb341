// Floyd-Warshall, i32: shortest paths between all pairs. Size n: the distances and a copy of them.
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const far = (i * 7 + j * 11) % 13 > 3 && i != j;
      store<i32>(BASE + (<usize>(i * n + j) << 2), far ? 999 : (i * j) % 7 + 1);
    }
  }
}

export function run(n: i32): i32 {
  const d = BASE + (<usize>(n * n) << 2);
  for (let i = 0; i < n * n; i++) store<i32>(d + (<usize>i << 2), load<i32>(BASE + (<usize>i << 2)));
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const through = load<i32>(d + (<usize>(i * n + k) << 2)) + load<i32>(d + (<usize>(k * n + j) << 2));
        const at = d + (<usize>(i * n + j) << 2);
        const known = load<i32>(at);
        store<i32>(at, known < through ? known : through);
      }
    }
  }
  let sum = 0;
  for (let i = 0; i < n * n; i++) sum += load<i32>(d + (<usize>i << 2));
  return sum;
}
