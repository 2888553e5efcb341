// Which characters are what (orc.md §1). No state, no I/O.

/** TAB VT space U+200E U+200F and the line ends LF FF CR NEL U+2028 U+2029. A byte order mark counts as white space too. */
export function isBlank(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code === 0x85 || code === 0x200e || code === 0x200f || code === 0xfeff || code === 0x2028 || code === 0x2029;
}

/** LF FF CR NEL U+2028 U+2029: ends a `--` comment, may not stand in a string, begins a new line for positions. */
export const isLineEnd = (code: number): boolean =>
  code === 0x0a || code === 0x0c || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

const isAsciiLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;

export const continuesAsciiName = (code: number): boolean =>
  isAsciiLetter(code) || isDigit(code) || code === 0x5f || code === 0x27;

const ID_START = /^\p{ID_Start}$/u;
const ID_CONTINUE = /^\p{ID_Continue}$/u;

/** @param code a code point */
export const startsName = (code: number): boolean =>
  code < 0x80 ? isAsciiLetter(code) : ID_START.test(String.fromCodePoint(code));

/** @param code a code point */
export const continuesName = (code: number): boolean =>
  code < 0x80 ? continuesAsciiName(code) : ID_CONTINUE.test(String.fromCodePoint(code));

/** How a sentence shows a character: itself, or its number when it cannot be seen. */
export function shown(code: number): string {
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(code)) ? `\`${String.fromCodePoint(code)}\`` : number;
}
