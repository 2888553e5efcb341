// What crosses between the API and a collection's object.
import type { ReadAcl, Reader } from "../../data/acl.ts";
import type { Span } from "../../data/range.ts";

export interface FileFacts {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** 32 hex digits. */
  readonly md5: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface CollectionFacts {
  readonly owner: string;
  readonly name: string;
  /** null: a special collection, which has none. */
  readonly acl: ReadAcl | null;
}

/** absent: there is no such thing, or the reader may not know of it. */
export type ReadError = "absent";
export type WriteError =
  | "absent"
  | "forbidden"
  | "precondition-failed"
  | "checksum"
  | "length"
  | "too-large"
  | "too-many-files"
  | { readonly quota: number };

/** A request's conditions and wishes, as plain data. */
export interface Wanted {
  /** The headers of RFC 9110 §13 and §14, as they came. */
  readonly headers: readonly (readonly [string, string])[];
}

export interface Put extends Wanted {
  readonly reader: Reader;
  readonly file: string;
  /** Bytes announced; null when the body is chunked. */
  readonly length: number | null;
  /** MD5 that the body must have, 32 hex digits. */
  readonly md5: string | null;
}

/** Bytes of one answer that pass as a value; longer ones as a stream. */
export const WHOLE_BYTES = 1024 * 1024;

export type Read =
  | { readonly kind: "not-modified" | "precondition-failed" | "unsatisfiable"; readonly file: FileFacts }
  | {
      readonly kind: "bytes";
      readonly file: FileFacts;
      /** null: the whole file. */
      readonly span: Span | null;
      readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
    };

export interface PartFacts {
  readonly number: number;
  readonly bytes: number;
  readonly md5: string;
}

export interface UploadFacts {
  readonly id: number;
  readonly file: string;
  readonly parts: readonly PartFacts[];
  /** Milliseconds since 1970 when it is given up, unless another part comes. */
  readonly until: number;
}

/** Bytes that a call tree wrote and that are nobody's file yet. */
export interface Held {
  readonly upload: number;
  /** Bytes. */
  readonly size: number;
}

/** How a file was when it was first looked at; null: it was not there. */
export type Seen = string | null;

export const seenOf = ({ md5, modified }: Pick<FileFacts, "md5" | "modified">): Seen => `${md5} ${modified}`;

/** What two looks of one invocation come to that differ: how no file can be. */
export const CHANGED: Seen = "changed";

/** Files that a call tree looked at, each once. */
export type FilesLooks = readonly { readonly file: string; readonly seen: Seen }[];

/** What a call tree did with one collection. */
export interface FilesCommit {
  /** Id of the tree's root call. */
  readonly call: string;
  /** The account that pays for it: who knows whether it settled. */
  readonly account: string;
  /** Files that must be as they were. */
  readonly reads: FilesLooks;
  /** Each file once; null deletes. */
  readonly writes: readonly { readonly file: string; readonly upload: number | null }[];
}
