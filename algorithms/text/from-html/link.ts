// A link of the page.
import { Utf8 } from "orcade";

export class Link {
  /** Where it leads, as the page says it. */
  href: Utf8 = new Utf8();
  /** Its text. */
  text: Utf8 = new Utf8();
}
