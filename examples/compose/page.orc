-- What a page says: its readable text, then side by side a summary, tags and a count of words. Three authors, two languages; who
-- composes them saw none of their code.
--   arguments(): page, a file of data; counter, an algorithm that counts words
data.get(arguments().page) >html>
algo("text/from-html/1")({. html = html .}) >page>
(  algo("text/summary/1")({. text = page.text, sentences = 1, lines = true .})
 , algo("text/tags/1")({. text = page.text, limit = 3 .})
 , algo(arguments().counter)(page.text) ) >(summary, tags, counted)>
{. title = page.title, summary = head(summary.sentences).text, tags = map(lambda(each) = each.tag, tags.tags),
   counted = counted.trim() .}
