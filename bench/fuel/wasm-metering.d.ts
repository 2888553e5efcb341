// What the bench uses of the npm package: bytes in, bytes out that call `metering.usegas` in each block.
declare module "wasm-metering" {
  const metering: { meterWASM(module: Buffer, options: { meterType: "i32" | "i64" }): Buffer };
  export default metering;
}
