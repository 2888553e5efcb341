// The characters of a JSON string that the scanner has accepted already.

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Below this, joining characters is faster than calling the decoder. */
const SHORT = 24;

/**
 * @param start where the characters begin, after the quote
 * @param end where they end, before the closing quote
 * @param plain whether they are known to be ASCII without escapes
 * @returns the string, with its lone surrogates when it has any
 */
export function decodeString(bytes: Uint8Array, start: number, end: number, plain: boolean): string {
  if (plain && end - start <= SHORT) {
    let text = "";
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
    return text;
  }
  const text = decoder.decode(bytes.subarray(start, end));
  return plain || !text.includes("\\") ? text : (JSON.parse(`"${text}"`) as string);
}
