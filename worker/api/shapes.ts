// Shapes that the bodies of several routes share.
import * as z from "zod";
import { OWNER_NAME } from "../market/manifest.ts";

/** The name of an account or organisation. */
export const name = z.string().regex(OWNER_NAME, "a letter, then letters, digits or _, at most 30");
/** SHA-256 of an API key. */
export const keyHash = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits");

/** One line of text for lists and statements. */
export const plain = (most: number): z.ZodString =>
  z
    .string()
    .max(most, `at most ${most} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "no control characters, no half of a pair");

/** A time to come, ISO 8601 with its offset; null: never. */
export const expiry = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) > Date.now(), "a time to come")
  .nullable();
