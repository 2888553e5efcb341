// Powers of ten as 128-bit numbers, from two small tables: 10^q = 10^(27 i) 5^j 2^j with q = 27 i + j, 0 <= j < 27.
// The first table holds 192 bits of 10^(27 i), rounded up; with that much to spare the 128 bits that `power` makes are
// the least that are not below 10^q, for every q in -351..350. A test computes them anew and compares.

/** 2^191 <= entry < 2^192: three words, the highest first. */
// @ts-ignore: decorator
@lazy
const TENS = memory.data<u64>([
  0x8049a4ac0c5811ae, 0x205b896d777d6278, 0xac261e9f5141430c, // 10^-351
  0xcf42894a5dce35ea, 0x52064cac828675b9, 0x475f2b7d7df1ad7b, // 10^-324
  0xa76c582338ed2621, 0xaf2af2b80af6f24e, 0x657c8f4d43323a37, // 10^-297
  0x873e4f75e2224e68, 0x5a7744a6e804a291, 0xcc35eddfcf0996d8, // 10^-270
  0xda7f5bf590966848, 0xaf39a475506a899e, 0xa30294cc2934e663, // 10^-243
  0xb080392cc4349dec, 0xbd8d794d96aacfb3, 0xfe13a5c86af64419, // 10^-216
  0x8e938662882af53e, 0x547eb47b7282ee9c, 0x41b0230e1421487e, // 10^-189
  0xe65829b3046b0afa, 0x0cb4a5a3112a5112, 0xa3b561b1cb208397, // 10^-162
  0xba121a4650e4ddeb, 0x92f34d62616ce413, 0x21a0183e10583cd4, // 10^-135
  0x964e858c91ba2655, 0x3a6a07f8d510f86f, 0xe9082f25e9c5e9ed, // 10^-108
  0xf2d56790ab41c2a2, 0xfae27299423fb9c3, 0x3695dad7e8858902, // 10^-81
  0xc428d05aa4751e4c, 0xaa97e14c3c26b886, 0x96842dc95323f5a9, // 10^-54
  0x9e74d1b791e07e48, 0x775ea264cf55347d, 0xca49f1c05120c9c8, // 10^-27
  0x8000000000000000, 0x0000000000000000, 0x0000000000000000, // 10^0
  0xcecb8f27f4200f3a, 0x0000000000000000, 0x0000000000000000, // 10^27
  0xa70c3c40a64e6c51, 0x999090b65f67d924, 0x0000000000000000, // 10^54
  0x86f0ac99b4e8dafd, 0x69a028bb3ded71a3, 0xdf9f915627c04e28, // 10^81
  0xda01ee641a708de9, 0xe80e6f4820cc9495, 0xd74baad03bc1d8d4, // 10^108
  0xb01ae745b101e9e4, 0x5ec05dcff72e7f8f, 0xc04c79ffe3243020, // 10^135
  0x8e41ade9fbebc27d, 0x14588f13be847307, 0x23bd6a2059c002f6, // 10^162
  0xe5d3ef282a242e81, 0x8f1668c8a86da5fa, 0xf0b5ccf5176ecc7d, // 10^189
  0xb9a74a0637ce2ee1, 0x6d953e2bd7173692, 0x88efb0037ac08bdf, // 10^216
  0x95f83d0a1fb69cd9, 0x4abdaf101564f98e, 0x0d5a4af7b3a98e48, // 10^243
  0xf24a01a73cf2dccf, 0xbc633b39673c8cec, 0x3d9c44cd2f36917d, // 10^270
  0xc3b8358109e84f07, 0x0a862f80ec4700c8, 0x02606ea01029dc38, // 10^297
  0x9e19db92b4e31ba9, 0x6c07a2c26a8346d1, 0x4944d9f52cd0dec3, // 10^324
]);

// @ts-ignore: decorator
@lazy
const FIVES = memory.data<u64>([
  0x0000000000000001, 0x0000000000000005, 0x0000000000000019, 0x000000000000007d,
  0x0000000000000271, 0x0000000000000c35, 0x0000000000003d09, 0x000000000001312d,
  0x000000000005f5e1, 0x00000000001dcd65, 0x00000000009502f9, 0x0000000002e90edd,
  0x000000000e8d4a51, 0x0000000048c27395, 0x000000016bcc41e9, 0x000000071afd498d,
  0x0000002386f26fc1, 0x000000b1a2bc2ec5, 0x000003782dace9d9, 0x00001158e460913d,
  0x000056bc75e2d631, 0x0001b1ae4d6e2ef5, 0x000878678326eac9, 0x002a5a058fc295ed,
  0x00d3c21bcecceda1, 0x0422ca8b0a00a425, 0x14adf4b7320334b9,
]);

/** The two words of the last `power`. */
export let high: u64 = 0;
export let low: u64 = 0;
/** The high word of the last `multiply`. */
export let carry: u64 = 0;

/** The full product of two words. @returns its low word; its high word is in `carry` */
export function multiply(a: u64, b: u64): u64 {
  let a0 = a & 0xffffffff;
  let a1 = a >> 32;
  let b0 = b & 0xffffffff;
  let b1 = b >> 32;
  let t = a0 * b0;
  let u = a1 * b0 + (t >> 32);
  let v = a0 * b1 + (u & 0xffffffff);
  carry = a1 * b1 + (u >> 32) + (v >> 32);
  return (v << 32) | (t & 0xffffffff);
}

/** floor(log2(10^q)) for |q| <= 1,233 */
export function log2Power(q: i32): i32 {
  return (q * 1741647) >> 19;
}

/** Sets `high` and `low` to the least 128-bit number g, 2^127 <= g, with g >= 10^q 2^(127 - log2Power(q)). */
export function power(q: i32): void {
  let i = (q + 351) / 27;
  let j = q + 351 - 27 * i;
  let entry = TENS + <usize>(i * 24);
  let five = load<u64>(FIVES + <usize>(j << 3));
  let w0 = multiply(load<u64>(entry, 16), five);
  let w1 = carry;
  let p = multiply(load<u64>(entry, 8), five);
  w1 += p;
  let w2 = carry + u64(w1 < p);
  p = multiply(load<u64>(entry), five);
  w2 += p;
  let w3 = carry + u64(w2 < p);
  // The product has 192 bits and as many more as `five`, or one fewer: move its leading bit to the top of w3, w2.
  while (!w3) {
    w3 = w2;
    w2 = w1;
    w1 = w0;
    w0 = 0;
  }
  let shift = <i32>clz(w3);
  let rest = (w1 << shift) | w0;
  if (shift) {
    w3 = (w3 << shift) | (w2 >> (64 - shift));
    w2 = (w2 << shift) | (w1 >> (64 - shift));
  }
  low = w2 + u64(rest != 0);
  high = w3 + u64(low == 0 && rest != 0);
}
