// What an audit says.
import { Utf8 } from "orcade";
import { Tag } from "./callees";

/** What one of the algorithms did not do for a page. */
export class Failure {
  /** The algorithm. */
  algorithm: string = "";
  /** The type of its error. */
  type: string = "";
  message: string = "";
}

export class PageReport {
  url: Utf8 = new Utf8();
  title: Utf8 = new Utf8();
  /** The language that the page says it is in; empty when it says none. */
  language: Utf8 = new Utf8();
  /** Words of its readable text. */
  words: i32 = 0;
  /** Sentences of it. */
  sentences: i32 = 0;
  /** What is special to the page among the others, the most special first. */
  tags: Tag[] = [];
  /** The sentences that say most of it, in its order. */
  summary: Utf8[] = [];
  /** What failed for this page; what other algorithms found out of it is there. */
  failures: Failure[] = [];
}

export class Totals {
  pages: i32 = 0;
  /** Pages for which something failed. */
  failed: i32 = 0;
  words: i32 = 0;
  sentences: i32 = 0;
  /** Calls of other algorithms. */
  calls: i32 = 0;
}
