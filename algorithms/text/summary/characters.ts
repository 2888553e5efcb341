// What characters mean to the end of a sentence.
import { fold, isLetter } from "../tags/unicode";

/** A stop that ends a sentence before white space, and one that always does. */
export const SOMETIMES: u32 = 1;
export const ALWAYS: u32 = 2;

/** What kind of stop a character is; 0 is none. */
export function stopOf(code: u32): u32 {
  if (code < 0x80) return code == 0x2e || code == 0x21 || code == 0x3f ? SOMETIMES : 0;
  // … ‼ ⁇ ⁈ ⁉ ․ ։
  if (code == 0x2026 || code == 0x203c || code - 0x2047 < 3 || code == 0x589) return SOMETIMES;
  // 。 ！ ？ ． ｡
  if (code == 0x3002 || code == 0xff01 || code == 0xff1f || code == 0xff0e || code == 0xff61) return ALWAYS;
  // ؟ ۔ । ॥ ။ ። ፧ ។
  if (code == 0x61f || code == 0x6d4 || code - 0x964 < 2 || code == 0x104b) return ALWAYS;
  return code == 0x1362 || code == 0x1367 || code == 0x17d4 ? ALWAYS : 0;
}

/** Whether a character may stand between a stop and the end of its sentence. */
export function closes(code: u32): bool {
  if (code < 0x80) return code == 0x22 || code == 0x27 || code == 0x29 || code == 0x5d || code == 0x7d;
  // » ’ ” › and those of Chinese and Japanese; “ closes in German.
  if (code == 0xbb || code == 0x2019 || code - 0x201c < 2 || code == 0x203a || code == 0xab) return true;
  return quote(code) == CLOSES_QUOTE || code == 0xff02 || code == 0xff07;
}

/** Whether a character may stand before the first word of a sentence. */
export function opens(code: u32): bool {
  if (code < 0x80) return code == 0x22 || code == 0x27 || code == 0x28 || code == 0x5b || code == 0x7b;
  // ¡ ¿ « » ‘ ‚ “ „ ‹ –
  if (code == 0xa1 || code == 0xbf || code == 0xab || code == 0xbb || code - 0x2018 < 7 || code == 0x2039) return true;
  return code - 0x2013 < 2 || quote(code) == OPENS_QUOTE;
}

export const OPENS_QUOTE: u32 = 1;
export const CLOSES_QUOTE: u32 = 2;

/** Whether a character is a bracket of Chinese and Japanese, in which stops end no sentence. */
export function quote(code: u32): u32 {
  // 〈〉《》「」『』【】 〔〕〖〗〘〙〚〛
  if (code - 0x3008 < 10 || code - 0x3014 < 8) return code & 1 ? CLOSES_QUOTE : OPENS_QUOTE;
  if (code == 0xff08 || code == 0xff62) return OPENS_QUOTE;
  return code == 0xff09 || code == 0xff63 ? CLOSES_QUOTE : 0;
}

export function isBlank(code: u32): bool {
  if (code < 0x80) return code == 0x20 || code - 9 < 5;
  return code == 0xa0 || code - 0x2000 < 11 || code - 0x2028 < 2 || code == 0x3000;
}

/** Whether a letter is a small one, in the scripts that have capitals and are in common use. */
export function isLower(code: u32): bool {
  if (code < 0x80) return code - 0x61 < 26;
  return code < 0x590 && isLetter(code) && fold(code) == code;
}
