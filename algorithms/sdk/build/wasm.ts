// Compiles a module at once. The types in force are those of Workers, where that is not possible; here is Node.
const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

export const moduleOf = (bytes: Uint8Array): WebAssembly.Module => new Module(bytes);
