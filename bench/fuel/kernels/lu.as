// LU decomposition in place without pivots, f64, of a diagonally dominant matrix. Size n: the matrix and a copy of it.
const BASE: usize = 65536;

export function setup(n: i32): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = i == j ? <f64>(2 * n) : <f64>((i * 17 + j * 13) % 29) / 29.0;
      store<f64>(BASE + (<usize>(i * n + j) << 3), value);
    }
  }
}

export function run(n: i32): f64 {
  const a = BASE + (<usize>(n * n) << 3);
  for (let i = 0; i < n * n; i++) store<f64>(a + (<usize>i << 3), load<f64>(BASE + (<usize>i << 3)));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let value = load<f64>(a + (<usize>(i * n + j) << 3));
      for (let k = 0; k < j; k++) {
        value -= load<f64>(a + (<usize>(i * n + k) << 3)) * load<f64>(a + (<usize>(k * n + j) << 3));
      }
      store<f64>(a + (<usize>(i * n + j) << 3), value / load<f64>(a + (<usize>(j * n + j) << 3)));
    }
    for (let j = i; j < n; j++) {
      let value = load<f64>(a + (<usize>(i * n + j) << 3));
      for (let k = 0; k < i; k++) {
        value -= load<f64>(a + (<usize>(i * n + k) << 3)) * load<f64>(a + (<usize>(k * n + j) << 3));
      }
      store<f64>(a + (<usize>(i * n + j) << 3), value);
    }
  }
  let product = 0.0;
  for (let i = 0; i < n; i++) product += load<f64>(a + (<usize>(i * n + i) << 3));
  return product;
}
