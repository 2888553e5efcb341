// A corpus that came with the call: in how many of its documents each term of ours occurs.
import { Utf8 } from "orcade";
import { stopLanguages } from "./language";
import { Forms, Terms } from "./terms";

/**
 * Counts the documents of each term, in its `documents`. A document that is the text itself, byte for byte, is left
 * out: the text counts once, wherever it stands.
 * @returns how many documents were counted
 */
export function countIn(corpus: Utf8[], text: Utf8, terms: Terms): u32 {
  let documents: u32 = 0;
  for (let i = 0; i < corpus.length; i++) {
    const document = unchecked(corpus[i]);
    if (document == text) continue;
    documents++;
    countOne(document, documents, terms);
  }
  return documents;
}

/** @param number what marks the terms that were met in this document */
function countOne(document: Utf8, number: u32, terms: Terms): void {
  const forms = new Forms(document.dataStart, document.length, terms.language);
  while (forms.next()) {
    const term = terms.table.find(forms.term());
    if (term === null || term.mark == number) continue;
    // A stop word whose singular is a term of ours is no form of it.
    if (stopLanguages(forms.key) & terms.language) continue;
    term.mark = number;
    term.documents++;
  }
}
