// The catalogue, and algorithms one by one.
import { Pages } from "./pages.ts";
import { type Transport, queryOf, segments } from "./transport.ts";
import type { Algorithm, ListedAlgorithm, Quote } from "./types.ts";

export interface CatalogueFilter {
  /** Words to search for. */
  readonly q?: string;
  readonly tag?: string;
  readonly owner?: string;
  readonly language?: string;
  /** Microcredits a call may cost beside its fuel. */
  readonly max_price?: number;
}

export class Algorithms {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(filter: CatalogueFilter = {}): Pages<ListedAlgorithm> {
    return new Pages(this.#transport, `/v1/algorithms${queryOf({ limit: 100, ...filter })}`);
  }

  /** @param name `owner/name`, or an id */
  get(name: string): Promise<Algorithm> {
    return this.#transport.json<Algorithm>({ path: `/v1/algorithms/${segments(name)}` });
  }

  /** Newest first. */
  versions(name: string): Pages<Algorithm> {
    return new Pages(this.#transport, `/v1/algorithms/${segments(name)}/versions?limit=100`);
  }

  /** The README, in Markdown. */
  async readme(name: string, version?: string): Promise<string> {
    const path = `/v1/algorithms/${segments(name)}/readme${queryOf({ version })}`;
    return (await this.#transport.send({ path })).text();
  }

  /** What a call with an input of so many bytes would cost. */
  quote(name: string, bytes: number, version?: string): Promise<Quote> {
    return this.#transport.post<Quote>(`/v1/quote/${segments(name)}${queryOf({ bytes, version })}`, {});
  }
}
