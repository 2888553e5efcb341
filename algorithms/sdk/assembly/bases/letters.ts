// Sixteen letters at once: which are A, C, G and T, and the two bits that stand for each (A=0 C=1 G=2 T=3).

@final
export class Letters {
  /** Two bits for each upper-case letter, (b >> 1) ^ (b >> 2); what is no base gets some code too: see `plain`. */
  static codes(letters: v128): v128 {
    return v128.and(v128.xor(i8x16.shr_u(letters, 1), i8x16.shr_u(letters, 2)), i8x16.splat(3));
  }

  /** All bits set in the lanes whose letter is the one that its code stands for. */
  static plain(letters: v128, codes: v128): v128 {
    const acgt = i8x16(0x41, 0x43, 0x47, 0x54, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return i8x16.eq(i8x16.swizzle(acgt, codes), letters);
  }

  /** Letters in upper case with U as T; what is no letter changes too, but into none of A, C, G and T. */
  static normal(letters: v128): v128 {
    const upper = v128.and(letters, i8x16.splat(<i8>0xdf));
    return i8x16.add(upper, i8x16.eq(upper, i8x16.splat(0x55)));
  }

  /** 16 codes in 32 bits, the first in the most significant place. */
  static pack(codes: v128): u64 {
    const pairs = v128.and(v128.or(i16x8.shl(codes, 2), i16x8.shr_u(codes, 8)), i16x8.splat(15));
    const fours = i32x4.dot_i16x8_s(pairs, i16x8(16, 1, 16, 1, 16, 1, 16, 1));
    const packed = i8x16.swizzle(fours, i8x16(12, 8, 4, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    return <u64>(<u32>i32x4.extract_lane(packed, 0));
  }
}
