// What is measured: each kernel with its class, size of a run and flags. Sources lie in kernels/: .as is AssemblyScript,
// .wat WebAssembly's text. Each exports `setup(size)`, which makes the input, and `run(size)`, which must give the same
// answer every time.

export type KernelClass = "numeric" | "bytes" | "calls" | "gc" | "simd";

export interface Kernel {
  readonly name: string;
  readonly class: KernelClass;
  /** The size of a run that takes about 2 to 5 ms raw. */
  readonly size: number;
  /** Pages of memory, initially and (where it is fixed) at most. */
  readonly pages: number;
  readonly language: "as" | "wat";
}

/** Upper bounds of the ratio to raw in workerd, warmed, fixed memory, exact policy, 3 ms slices. */
export const TARGETS: Readonly<Record<KernelClass, { readonly geomean: number; readonly worst: number } | null>> = {
  numeric: { geomean: 1.02, worst: 1.06 },
  bytes: { geomean: 1.09, worst: 1.3 },
  calls: { geomean: 1.05, worst: Infinity },
  gc: { geomean: 1.12, worst: Infinity },
  simd: null,
};

const as = (name: string, of: KernelClass, size: number, pages = 64): Kernel => ({
  name,
  class: of,
  size,
  pages,
  language: "as",
});
const wat = (name: string, size: number): Kernel => ({ name, class: "calls", size, pages: 1, language: "wat" });

export const KERNELS: readonly Kernel[] = [
  as("matmul", "numeric", 160),
  as("stencil", "numeric", 320),
  as("lu", "numeric", 200),
  as("floyd", "numeric", 160),
  as("nussinov", "numeric", 280),
  as("adler", "bytes", 1 << 20),
  as("fnv", "bytes", 1 << 20),
  as("histogram", "bytes", 1 << 21),
  as("kmer", "bytes", 1 << 19),
  as("memchr", "bytes", 1 << 21),
  as("words", "bytes", 1 << 20),
  as("utf8", "bytes", 1 << 19),
  as("base64", "bytes", 3 << 18),
  wat("fib", 27),
  wat("tak", 14),
  wat("ackermann", 600),
  wat("indirect", 400_000),
  as("tfidf", "gc", 800, 256),
  as("json", "gc", 1_500, 256),
  as("simd-kmer", "simd", 1 << 21),
  as("simd-bits", "simd", 1 << 21),
];
