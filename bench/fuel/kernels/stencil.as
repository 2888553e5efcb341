// Two-dimensional five-point stencil, f64, eight sweeps back and forth. Size n: two grids of n x n.
const BASE: usize = 65536;

function fill(n: i32): void {
  for (let i = 0; i < n * n; i++) {
    store<f64>(BASE + (<usize>i << 3), <f64>((i * 31) % 97));
    store<f64>(BASE + (<usize>(n * n + i) << 3), 0.0);
  }
}

export function setup(n: i32): void {
  fill(n);
}

function sweep(from: usize, to: usize, n: i32): void {
  const row = <usize>n << 3;
  for (let i = 1; i < n - 1; i++) {
    for (let j = 1; j < n - 1; j++) {
      const at = from + (<usize>(i * n + j) << 3);
      const sum = load<f64>(at) + load<f64>(at - 8) + load<f64>(at + 8) + load<f64>(at - row) + load<f64>(at + row);
      store<f64>(to + (<usize>(i * n + j) << 3), 0.2 * sum);
    }
  }
}

export function run(n: i32): f64 {
  fill(n);
  const other = BASE + (<usize>(n * n) << 3);
  for (let step = 0; step < 4; step++) {
    sweep(BASE, other, n);
    sweep(other, BASE, n);
  }
  return load<f64>(BASE + (<usize>(n * (n / 2) + n / 2) << 3));
}
