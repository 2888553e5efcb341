// Decompresses gzip, zlib and raw deflate data. Memory: 10 MiB of input, 11.25 MiB of output, some tables.
// orcade: runtime=stub
import { decompress } from "./formats";

export function apply(input: Uint8Array): Uint8Array {
  return decompress(input);
}
