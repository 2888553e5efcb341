// The readable text of an HTML page, in one pass over its bytes. Nothing that a call takes of memory is given back.
// orcade: runtime=stub
import { Optional, Utf8 } from "orcade";
import { Link } from "./link";
import { Page } from "./page";

class Input {
  /** The page, or a piece of one. */
  html: Utf8;
  /** Whether to list its links. */
  links: bool = false;
}

class Output {
  /** What the page calls itself: its title, else its first heading of the first level. */
  title: Utf8 = new Utf8();
  /** Its readable text: paragraphs parted by empty lines, items and rows of tables on lines of their own. */
  text: Utf8 = new Utf8();
  /** The links in that text. */
  links: Link[] = [];
  /** The language it says that it is in, such as "en-GB". */
  language: Optional<Utf8> = new Optional<Utf8>();
}

export function apply(input: Input): Output {
  const page = new Page(input.html.dataStart, input.html.length, input.links);
  page.read();
  const output = new Output();
  output.text = page.text();
  output.links = page.links();
  output.title = page.title();
  const language = page.language();
  if (language.length) output.language.set(language);
  return output;
}
