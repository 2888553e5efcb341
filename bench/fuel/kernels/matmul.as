// Matrix product, f64, row by row. Size n: three matrices of n x n.
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < 2 * n * n; i++) store<f64>(BASE + (<usize>i << 3), <f64>((i * 7919) % 1013) / 1013.0);
}

export function run(n: i32): f64 {
  const a = BASE;
  const b = a + (<usize>(n * n) << 3);
  const c = b + (<usize>(n * n) << 3);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) store<f64>(c + (<usize>(i * n + j) << 3), 0.0);
    for (let k = 0; k < n; k++) {
      const factor = load<f64>(a + (<usize>(i * n + k) << 3));
      for (let j = 0; j < n; j++) {
        const to = c + (<usize>(i * n + j) << 3);
        store<f64>(to, load<f64>(to) + factor * load<f64>(b + (<usize>(k * n + j) << 3)));
      }
    }
  }
  let trace = 0.0;
  for (let i = 0; i < n; i++) trace += load<f64>(c + (<usize>(i * n + i) << 3));
  return trace;
}
