// What the reference says of one route: a row beside the route table. Bodies in JSON are not said here: they are the
// validators themselves (bodies.ts).

export type Verb = "get" | "head" | "options" | "post" | "put" | "patch" | "delete";

/** What an answer carries: a name in components, a media type of bytes, or nothing. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Name of a schema; the answer is JSON. */
  readonly schema?: string;
  /** Media types that are not described further. */
  readonly media?: readonly string[];
}

export interface Operation {
  readonly summary: string;
  /** Where the route's own path says too little: the path, with its parameters in braces. */
  readonly path?: string;
  /** Methods, for a route that takes all. */
  readonly methods?: readonly Verb[];
  /** Names in parameters.ts. */
  readonly query?: readonly string[];
  readonly headers?: readonly string[];
  /** Media types of a body that is no JSON shape. */
  readonly body?: readonly string[];
  readonly answers: readonly Answer[];
  /** This route answers what another does; it is not described again. */
  readonly alias?: string;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: "Done.",
  201: "Made.",
  202: "Taken; it goes on.",
  204: "Done; there is no body.",
};

/** An answer in JSON. @param schema a name in schemas.ts */
export const json = (schema: string, status = 200): Answer => ({
  status,
  schema,
  description: DESCRIPTIONS[status] ?? "Done.",
});
export const bytes = (...media: readonly string[]): Answer => ({ status: 200, media, description: "The bytes." });
export const nothing = (status = 204): Answer => ({ status, description: DESCRIPTIONS[status] ?? "Done." });

type More = Omit<Operation, "summary" | "answers">;

/** A row. */
export const op = (summary: string, answers: Answer | readonly Answer[], more: More = {}): Operation => ({
  summary,
  answers: Array.isArray(answers) ? (answers as readonly Answer[]) : [answers as Answer],
  ...more,
});

/** The same route for whoever has a UUID. */
export const alias = (of: string): Operation => ({ summary: "", answers: [], alias: of });

export const VERBS: readonly Verb[] = ["get", "post", "put", "patch", "delete"];

/** A route of the wire contract that has no meaning here. */
export const unavailable = (summary: string): Operation => ({
  summary: `${summary}: not available here, answers 404.`,
  methods: VERBS,
  answers: [],
});

export const PAGED: readonly string[] = ["limit", "marker"];
