-- Five books: list titles, choose one, fetch the compressed text, decompress it, take the first 1,000 words, spell-check each in
-- parallel. Publications are the doubtful words with suggestions.
include "sites.inc"

def first(n, list) = take(min(n, length(list)), list)

Titles() >titles>
Choose(titles) >title>
Fetch(title) >packed>
Decompress(packed) >text>
each(first(1000, words(text))) >word>
Spell(word) >suggestions>
(word, suggestions)
