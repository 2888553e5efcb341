-- Starts seventeen calls of three algorithms at once, and acts when all are done. One that fails is told apart; nobody waits for it.
val texts = [
  "The tide rises twice a day. The moon pulls the sea.",
  "A compiler reads a program and writes another. It never runs the first.",
  "Bees dance to tell where the pollen is. The hive listens.",
  "A chess clock has two faces. Only one of them runs.",
  "Rain falls on the plain. The river carries it to the sea." ]

def summary(text) = ("summary", algo("text/summary/1")({. text = text, sentences = 1 .}).total)
def tags(text) = ("tags", length(algo("text/tags/1")({. text = text, limit = 3 .}).tags))
def words(text) = ("page", algo("text/from-html/1")({. html = "<p>" + text .}).text.length())
def attempt(f) = f() ; ("failed", 0)

def calls() =
    each(texts) >text> attempt(lambda() = summary(text))
  | each(texts) >text> attempt(lambda() = tags(text))
  | each(texts) >text> attempt(lambda() = words(text))
  | attempt(lambda() = algo("text/nobody/1")("an algorithm that is not there"))
  | attempt(lambda() = summary(head(texts)))

def count(_, []) = 0
def count(name, (kind, _):rest) = (if kind = name then 1 else 0) + count(name, rest)

collect(calls) >all>
{. all = length(all), summaries = count("summary", all), tags = count("tags", all),
   pages = count("page", all), failed = count("failed", all) .}
