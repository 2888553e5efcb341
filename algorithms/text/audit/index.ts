// Audits pages by what other algorithms say of each: their text, then their tags against the texts of the others, and
// their summaries. What fails for a page is said of that page, and no other hears of it. Nothing that a call takes of
// memory is given back.
// orcade: runtime=stub
import { call, Reply, Utf8 } from "orcade";
import {
  FROM_HTML, FromHtmlAnswer, FromHtmlInput, Sentence, SUMMARY, SummaryAnswer, SummaryInput, Tag, TAGS, TagsAnswer,
  TagsInput,
} from "./callees";
import { Failure, PageReport, Totals } from "./report";

/** Bytes of the longest page, and of the texts together that each is compared with. */
const LONGEST_PAGE: i32 = 2 << 20;
const LONGEST_CORPUS: i32 = 256 << 10;

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
  const texts: Utf8[] = [];
  for (let i = 0; i < input.pages.length; i++) {
    const report = new PageReport();
    report.url = input.pages[i].url;
    output.pages.push(report);
    texts.push(readPage(input.pages[i].html, report, output.totals));
  }
  const corpus = corpusOf(texts);
  for (let i = 0; i < texts.length; i++) {
    const report = output.pages[i];
    if (!report.failures.length) describe(texts[i], corpus, input, report, output.totals);
    add(report, output.totals);
  }
  return output;
}

/** Notes what a callee did not answer. */
function note<T>(reply: Reply<T>, algorithm: string, report: PageReport): void {
  const failure = new Failure();
  failure.algorithm = algorithm;
  failure.type = reply.errorType;
  failure.message = reply.message;
  report.failures.push(failure);
}

/** @returns the text of a page; none when it failed */
function readPage(html: Utf8, report: PageReport, totals: Totals): Utf8 {
  if (html.length > LONGEST_PAGE) {
    const failure = new Failure();
    failure.algorithm = "text/audit";
    failure.type = "PageTooLarge";
    failure.message = "the page has more than 2 MiB";
    report.failures.push(failure);
    return new Utf8();
  }
  const input = new FromHtmlInput();
  input.html = html;
  const reply = call<FromHtmlInput, FromHtmlAnswer>(FROM_HTML, input);
  totals.calls++;
  if (!reply.ok) {
    note<FromHtmlAnswer>(reply, FROM_HTML, report);
    return new Utf8();
  }
  report.title = reply.value.title;
  report.language = reply.value.language;
  return reply.value.text;
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

/** Finds out the tags and the summary of a text. */
function describe(text: Utf8, corpus: Utf8[], input: Input, report: PageReport, totals: Totals): void {
  const tagsInput = new TagsInput();
  tagsInput.text = text;
  tagsInput.corpus = corpus;
  tagsInput.limit = input.tags;
  const tags = call<TagsInput, TagsAnswer>(TAGS, tagsInput);
  if (tags.ok) {
    report.tags = tags.value.tags;
    report.words = tags.value.words;
  } else note<TagsAnswer>(tags, TAGS, report);
  const summaryInput = new SummaryInput();
  summaryInput.text = text;
  summaryInput.sentences = input.sentences;
  const summary = call<SummaryInput, SummaryAnswer>(SUMMARY, summaryInput);
  if (summary.ok) {
    const sentences = summary.value.sentences;
    for (let i = 0; i < sentences.length; i++) report.summary.push(sentences[i].text);
    report.sentences = summary.value.total;
  } else note<SummaryAnswer>(summary, SUMMARY, report);
  totals.calls += 2;
}

/** Adds a page to the totals. */
function add(report: PageReport, totals: Totals): void {
  totals.pages++;
  totals.words += report.words;
  totals.sentences += report.sentences;
  if (report.failures.length) totals.failed++;
}
