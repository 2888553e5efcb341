// Audits pages by what other algorithms say of each: their text, then their tags against the texts of the others, and
// their summaries, those of all pages side by side. What fails for a page is said of that page, no other hears of it.
// Nothing that a call takes of memory is given back.
// orcade: runtime=stub
import { Call, callAll, Reply, Utf8 } from "orcade";
import {
  FROM_HTML, FromHtmlAnswer, FromHtmlInput, Sentence, SUMMARY, SummaryAnswer, SummaryInput, Tag, TAGS, TagsAnswer,
  TagsInput,
} from "./callees";
import { Failure, PageReport, Totals } from "./report";

/** Bytes of the longest page, and of the texts together that each is compared with. */
const LONGEST_PAGE: i32 = 2 << 20;
const LONGEST_CORPUS: i32 = 256 << 10;

/** Calls that are made side by side, and bytes of text in them: as JSON at most six times as many, so 10 MiB. */
const BATCH_CALLS: i32 = 100;
const BATCH_BYTES: i32 = 1600 << 10;

class Page {
  /** Where the page is from: what the report calls it by. */
  url: Utf8;
  /** The page. */
  html: Utf8;
}

class Input {
  /** The pages. One call tree holds 1,000 calls, and each page takes three.
   * @maxItems 300 */
  pages: Page[];
  /** The most tags for each.
   * @minimum 0
   * @maximum 100 */
  tags: i32 = 8;
  /** The most sentences for each.
   * @minimum 1
   * @maximum 100 */
  sentences: i32 = 3;
}

class Output {
  /** A report for each page, in the order of the input. */
  pages: PageReport[] = [];
  totals: Totals = new Totals();
}

export function apply(input: Input): Output {
  const output = new Output();
  for (let i = 0; i < input.pages.length; i++) {
    const report = new PageReport();
    report.url = input.pages[i].url;
    output.pages.push(report);
  }
  const texts = readAll(input.pages, output);
  const read: i32[] = [];
  for (let i = 0; i < texts.length; i++) if (!output.pages[i].failures.length) read.push(i);
  tagAll(texts, read, input.tags, output);
  summarizeAll(texts, read, input.sentences, output);
  for (let i = 0; i < texts.length; i++) add(output.pages[i], output.totals);
  return output;
}

/** Where a list of calls that begins at `from` ends: as many as fit. @param sizes bytes of text in each call */
function batchEnd(sizes: i32[], from: i32): i32 {
  let end = from;
  let room = BATCH_BYTES;
  while (end < sizes.length && end - from < BATCH_CALLS && (end == from || sizes[end] <= room)) room -= sizes[end++];
  return end;
}

/** Notes what a callee did not answer. */
function note<T>(reply: Reply<T>, algorithm: string, report: PageReport): void {
  const failure = new Failure();
  failure.algorithm = algorithm;
  failure.type = reply.errorType;
  failure.message = reply.message;
  report.failures.push(failure);
}

/** @returns the text of each page; none of one that failed */
function readAll(pages: Page[], output: Output): Utf8[] {
  const calls: Call<FromHtmlInput>[] = [];
  const sizes: i32[] = [];
  const asked: i32[] = [];
  const texts: Utf8[] = [];
  for (let i = 0; i < pages.length; i++) {
    texts.push(new Utf8());
    const html = pages[i].html;
    if (html.length > LONGEST_PAGE) {
      tooLarge(output.pages[i]);
      continue;
    }
    const input = new FromHtmlInput();
    input.html = html;
    calls.push(new Call<FromHtmlInput>(FROM_HTML, input));
    sizes.push(html.length);
    asked.push(i);
  }
  output.totals.calls += calls.length;
  let next = 0;
  while (next < calls.length) {
    const end = batchEnd(sizes, next);
    const replies = callAll<FromHtmlInput, FromHtmlAnswer>(calls.slice(next, end));
    for (let n = next; n < end; n++) {
      const reply = replies[n - next];
      const report = output.pages[asked[n]];
      if (reply.ok) {
        report.title = reply.value.title;
        report.language = reply.value.language;
        texts[asked[n]] = reply.value.text;
      } else note<FromHtmlAnswer>(reply, FROM_HTML, report);
    }
    next = end;
  }
  return texts;
}

function tooLarge(report: PageReport): void {
  const failure = new Failure();
  failure.algorithm = "text/audit";
  failure.type = "PageTooLarge";
  failure.message = "the page has more than 2 MiB";
  report.failures.push(failure);
}

/** The texts that pages are compared with: the first ones, as far as they fit. */
function corpusOf(texts: Utf8[]): Utf8[] {
  const corpus: Utf8[] = [];
  let room = LONGEST_CORPUS;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i];
    if (!text.length || text.length > room) continue;
    room -= text.length;
    corpus.push(text);
  }
  return corpus;
}

/** Finds out the tags of the texts that were read. @param read their places */
function tagAll(texts: Utf8[], read: i32[], limit: i32, output: Output): void {
  const corpus = corpusOf(texts);
  let compared = 0;
  for (let i = 0; i < corpus.length; i++) compared += corpus[i].length;
  const calls: Call<TagsInput>[] = [];
  const sizes: i32[] = [];
  for (let n = 0; n < read.length; n++) {
    const input = new TagsInput();
    input.text = texts[read[n]];
    input.corpus = corpus;
    input.limit = limit;
    calls.push(new Call<TagsInput>(TAGS, input));
    sizes.push(input.text.length + compared);
  }
  output.totals.calls += calls.length;
  let next = 0;
  while (next < calls.length) {
    const end = batchEnd(sizes, next);
    const replies = callAll<TagsInput, TagsAnswer>(calls.slice(next, end));
    for (let n = next; n < end; n++) {
      const reply = replies[n - next];
      const report = output.pages[read[n]];
      if (reply.ok) {
        report.tags = reply.value.tags;
        report.words = reply.value.words;
      } else note<TagsAnswer>(reply, TAGS, report);
    }
    next = end;
  }
}

/** The same for their summaries. */
function summarizeAll(texts: Utf8[], read: i32[], most: i32, output: Output): void {
  const calls: Call<SummaryInput>[] = [];
  const sizes: i32[] = [];
  for (let n = 0; n < read.length; n++) {
    const input = new SummaryInput();
    input.text = texts[read[n]];
    input.sentences = most;
    calls.push(new Call<SummaryInput>(SUMMARY, input));
    sizes.push(input.text.length);
  }
  output.totals.calls += calls.length;
  let next = 0;
  while (next < calls.length) {
    const end = batchEnd(sizes, next);
    const replies = callAll<SummaryInput, SummaryAnswer>(calls.slice(next, end));
    for (let n = next; n < end; n++) {
      const reply = replies[n - next];
      const report = output.pages[read[n]];
      if (reply.ok) {
        const sentences = reply.value.sentences;
        for (let i = 0; i < sentences.length; i++) report.summary.push(sentences[i].text);
        report.sentences = reply.value.total;
      } else note<SummaryAnswer>(reply, SUMMARY, report);
    }
    next = end;
  }
}

/** Adds a page to the totals. */
function add(report: PageReport, totals: Totals): void {
  totals.pages++;
  totals.words += report.words;
  totals.sentences += report.sentences;
  if (report.failures.length) totals.failed++;
}
