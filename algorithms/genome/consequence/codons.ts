// The standard genetic code (table 1 of https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi), and letters of DNA.

/** Amino acids of the codons TTT, TTC, TTA, TTG, TCT and so on: letters in the order T, C, A, G. */
const AMINO_ACIDS: string = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";
const ORDER: string = "TCAG";

/** The amino acids of codons; "*" for a stop, "X" where a letter is no base. Letters beyond the last whole codon are passed over. */
export function translate(letters: string): string {
  let text = "";
  for (let i = 0; i + 3 <= letters.length; i += 3) {
    const a = ORDER.indexOf(letters.charAt(i));
    const b = ORDER.indexOf(letters.charAt(i + 1));
    const c = ORDER.indexOf(letters.charAt(i + 2));
    text += a < 0 || b < 0 || c < 0 ? "X" : AMINO_ACIDS.charAt((a << 4) | (b << 2) | c);
  }
  return text;
}

/** The letter of the other strand; "N" for what is no base. */
export function complement(letter: string): string {
  const place = "ACGT".indexOf(letter);
  return place < 0 ? "N" : "TGCA".charAt(place);
}
