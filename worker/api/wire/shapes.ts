// Shapes of the management bodies. What an algorithm's next version takes from them is publish.ts's business.
import * as z from "zod";
import { bodyOf } from "../openapi/bodies.ts";

const text = (most: number) => z.string().max(most);
/** Characters of a README, of release notes, of a line. */
const README = 60_000;
const NOTES = 16_000;
const LINE = 300;

export const details = z.object({
  summary: text(README).optional(),
  label: text(LINE).optional(),
  tagline: text(LINE).optional(),
});
export type DraftDetails = { readonly [Name in keyof z.infer<typeof details>]: string | undefined };

export const settings = z.object({
  algorithm_callability: z.enum(["public", "private"]).optional(),
  source_visibility: z.enum(["open", "closed"]).optional(),
  license: z.enum(["apl", "apache2", "gpl3", "mit"]).optional(),
  royalty_microcredits: z.int().min(0).max(1_000_000_000_000).optional(),
  /** Runtimes of Algorithmia's: remembered and shown, and nothing else. */
  language: text(LINE).optional(),
  environment: text(LINE).optional(),
  package_set: text(LINE).optional(),
  algorithm_environment: text(LINE).optional(),
  insights_enabled: z.boolean().optional(),
});
export type DraftSettings = z.infer<typeof settings>;

export const createBody = bodyOf(
  "POST /v1/algorithms/:owner",
  z.object({
    name: z.string(),
    details: details.default({}),
    settings: settings.default({}),
  }),
);
export const updateBody = bodyOf(
  "PUT /v1/algorithms/:owner/:name",
  z.object({ details: details.default({}), settings: settings.default({}) }),
);
export const compileBody = bodyOf(
  "POST /v1/algorithms/:owner/:name/compile",
  z.object({ commitSha: text(64).optional() }),
);
export const publishBody = bodyOf(
  ["POST /v1/algorithms/:owner/:name/versions", "POST /v1/algorithms/:owner/:name/version"],
  z.object({
    details: details.default({}),
    settings: settings.default({}),
    version_info: z
      .object({
        version_type: z.enum(["major", "minor", "revision", "patch"]).default("minor"),
        release_notes: text(NOTES).default(""),
        sample_input: z.unknown().optional(),
      })
      .default({ version_type: "minor", release_notes: "" }),
  }),
);

/** Only what is said. */
export const said = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
