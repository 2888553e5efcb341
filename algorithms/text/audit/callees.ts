// The algorithms that an audit calls, and what of their inputs and answers it uses. Fields that they give and that are
// not here are passed over.
import { Utf8 } from "orcade";

/** The newest public version 1 of each: what they take and give does not change within it. */
export const FROM_HTML: string = "text/from-html/1";
export const TAGS: string = "text/tags/1";
export const SUMMARY: string = "text/summary/1";

export class FromHtmlInput {
  html: Utf8 = new Utf8();
}

export class FromHtmlAnswer {
  title: Utf8;
  text: Utf8;
  language: Utf8 = new Utf8();
}

export class TagsInput {
  text: Utf8 = new Utf8();
  corpus: Utf8[] = [];
  limit: i32 = 0;
}

export class Tag {
  tag: Utf8;
  score: f64;
  count: i32;
}

export class TagsAnswer {
  tags: Tag[];
  words: i32;
}

export class SummaryInput {
  text: Utf8 = new Utf8();
  sentences: i32 = 0;
  lines: bool = true;
}

export class Sentence {
  text: Utf8;
  position: i32;
}

export class SummaryAnswer {
  sentences: Sentence[];
  total: i32;
}
