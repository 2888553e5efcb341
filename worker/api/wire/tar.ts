// A tar of a few small files (POSIX.1-1988 ustar), gzipped. Pure.

export interface TarFile {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;
const encoder = new TextEncoder();
const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;

function header(name: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => void encoder.encodeInto(text, block.subarray(at));
  put(name, 0);
  put(octal(0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put("        ", 148);
  put("0", 156);
  put("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)} `, 148);
  return block;
}

/** The archive: each file's header and bytes, filled up to blocks, and two empty blocks. */
export function tar(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  const parts = files.flatMap(({ name, text }) => {
    const bytes = encoder.encode(text);
    const filled = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
    filled.set(bytes);
    return [header(name, bytes.length), filled];
  });
  return new Uint8Array(Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]));
}

export const gzip = (bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> =>
  new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
