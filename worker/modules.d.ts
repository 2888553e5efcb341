// What the bundler makes of files that are not TypeScript.
declare module "*.txt" {
  const text: string;
  export default text;
}
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
// JavaScript Promise Integration (WebAssembly JSPI proposal, phase 4), not yet in the type packages.
declare namespace WebAssembly {
  const Suspending: new (host: (...args: never[]) => unknown) => object;
  // oxlint-disable-next-line typescript/no-explicit-any -- mirrors the proposal's own signature
  function promising<T extends (...args: never[]) => unknown>(
    exported: T,
  ): (...args: Parameters<T>) => Promise<ReturnType<T>>;
}
