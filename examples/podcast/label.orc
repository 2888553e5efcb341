-- Labels a podcast archive: every transcript gets the tags that are special to it against the whole archive, written beside it.
-- Two passes, each over all episodes at once: first text/tags learns every transcript, then it is asked about each. What it
-- learned is kept in its state, so that a later run only adds what is new. Transcripts never leave the server.
--   arguments(): shelf, the collection that holds transcripts, NAME.txt; name, of the corpus; limit, tags of an episode
val told = arguments()
val shelf = told.shelf

-- The names of all transcripts; a list has 1,000 at most.
def names(after) =
  data.list(shelf, after) >page>
  (if length(page) <: 1000 then page else append(page, names(last(page))))
def last(x:[]) = x
def last(_:xs) = last(xs)
def isTranscript(name) = name.endsWith(".txt")

def text(name) = data.get(shelf + "/" + name)
def ask(input) = algo("text/tags/1")(input)
-- Calls at once may meet in the corpus: one that lost tries again.
def again(0, f) = f()
def again(n, f) = f() ; Rwait(n * Random(200)) >> again(n - 1, f)

def learn(name) =
  text(name) >words>
  again(3, lambda() = ask({. text = words, name = told.name, id = name, learn = true, limit = 0 .}))

def label(name) =
  text(name) >words>
  again(3, lambda() = ask({. text = words, name = told.name, id = name, limit = told.limit .})) >answer>
  map(lambda(each) = each.tag, answer.tags) >tags>
  data.put(shelf + "/" + name.replace(".txt", ".tags.json"), tags) >>
  (name, tags)

filter(isTranscript, names("")) >episodes>
collect(lambda() = each(episodes) >name> learn(name)) >learned>
(  Ift(length(learned) <: length(episodes)) >> Println("not learned: " + (length(episodes) - length(learned))) >> stop
 | each(episodes) >name> label(name) )
