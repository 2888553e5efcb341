// Lists that come in pages: loop over the results, or over the pages.
import type { Transport } from "./transport.ts";

interface Page<T> {
  readonly results: readonly T[];
  readonly next_link: string | null;
}

/** A list. Each loop asks anew, a page at a time, and no further than it is read. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #transport: Transport;
  readonly #path: string;

  /** @param path of the first page */
  constructor(transport: Transport, path: string) {
    this.#transport = transport;
    this.#path = path;
  }

  /** Page by page. */
  async *pages(): AsyncGenerator<readonly T[], void, undefined> {
    for (let path: string | null = this.#path; path !== null;) {
      const page: Page<T> = await this.#transport.json<Page<T>>({ path });
      yield page.results;
      path = page.next_link;
    }
  }

  /** Result by result. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page;
  }

  /** The first results, all of them when not said how many. */
  async toArray(most = Number.POSITIVE_INFINITY): Promise<T[]> {
    const found: T[] = [];
    if (most <= 0) return found;
    for await (const each of this) {
      found.push(each);
      if (found.length >= most) break;
    }
    return found;
  }
}
