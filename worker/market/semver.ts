// Versions: how they are read, compared, chosen by a caller and admitted at publish. Pure rules; no clock, no I/O.
// A version is MAJOR.MINOR.PATCH without pre-release or build parts (https://semver.org/spec/v2.0.0.html §2); the ways
// to ask for one are the wire contract's (§3).
import { err, ok, type Result } from "./result.ts";

/** Major, minor and patch, each below 10^6. */
export type Version = readonly [major: number, minor: number, patch: number];

/** One published version, as the algorithm's object knows it. `build` is 64 lower-case hexadecimal digits. */
export interface VersionEntry {
  readonly version: string;
  readonly build: string;
  readonly public: boolean;
  readonly yanked: boolean;
  /** Suspended versions stand, but nobody may call them: only an exact pin still finds them, to be told so. */
  readonly suspended?: boolean;
}

/** What a caller may ask for. A range names 1 or 2 numbers and stands for its newest public version. */
export type Selector =
  | { readonly kind: "latest" }
  | { readonly kind: "latest-private" }
  | { readonly kind: "exact"; readonly version: Version }
  | { readonly kind: "range"; readonly prefix: readonly [number] | readonly [number, number] }
  | { readonly kind: "build"; readonly hash: string };

export interface VersionError {
  readonly reason: "bad-version" | "no-such-version" | "version-exists" | "version-zero" | "royalty-rule";
  readonly message: string;
}

const NUMBER = /^(?:0|[1-9]\d{0,5})$/;
const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const WILD = new Set(["*", "x", "X"]);
/** The longest selector is a build hash; anything longer is refused unread. */
const SELECTOR_LENGTH = 64;

/** @returns the three numbers of `MAJOR.MINOR.PATCH`, or `bad-version` */
export function parseVersion(text: string): Result<Version, VersionError> {
  const numbers = numbersOf(text);
  const [major, minor, patch] = numbers ?? [];
  if (numbers?.length !== 3 || major === undefined || minor === undefined || patch === undefined) {
    return badVersion(text, "A version is MAJOR.MINOR.PATCH, for example 1.0.0, each number below 1,000,000");
  }
  return ok([major, minor, patch]);
}

/** @returns `MAJOR.MINOR.PATCH` */
export function formatVersion(version: Version): string {
  return version.join(".");
}

/** @returns below 0, 0 or above 0 as `a` is older than, the same as or newer than `b` (SemVer §11, numbers only) */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/**
 * Reads what a caller wrote after the algorithm's name: nothing or `latest`, `latestPrivate`, `1`, `1.*`, `1.x`, `1.2`,
 * `1.2.*`, `1.2.x`, `1.*.*`, `1.2.3`, or a build hash of 64 hexadecimal digits or its first 40.
 */
export function parseSelector(text: string): Result<Selector, VersionError> {
  if (text === "" || text === "latest") return ok({ kind: "latest" });
  if (text === "latestPrivate") return ok({ kind: "latest-private" });
  const hash = text.length <= SELECTOR_LENGTH ? text.toLowerCase() : "";
  if (HASH.test(hash)) return ok({ kind: "build", hash });
  return parseNumbers(text);
}

/**
 * Chooses a version. Ranges, `latest` and the empty selector choose the newest public one that is not yanked; `1.2.3` and
 * a build hash are pins: they also find yanked and, for those who may see them, private ones. `latestPrivate` is the
 * newest of all, private or public, and only for those who may see private ones. While an algorithm has no public
 * version at all, `latest` and the empty selector mean `latestPrivate`, so that its owner can call what was just published.
 * A private version and one that does not exist give the same answer to a stranger. One pass over `versions`.
 *
 * @param maySeePrivate whether the caller owns the algorithm or belongs to its organisation
 */
export function resolve(
  selector: string,
  versions: readonly VersionEntry[],
  maySeePrivate: boolean,
): Result<VersionEntry, VersionError> {
  const parsed = parseSelector(selector);
  if (!parsed.ok) return parsed;
  const chosen = choose(parsed.value, versions, maySeePrivate);
  return chosen === undefined ? noSuchVersion(selector) : ok(chosen);
}

/**
 * Whether `next` may be published beside `versions`: it must be above 0.0.0 and new. It may be lower than the newest,
 * because an old line gets patches too.
 */
export function checkPublishable(
  versions: readonly Pick<VersionEntry, "version">[],
  next: string,
): Result<Version, VersionError> {
  const parsed = parseVersion(next);
  if (!parsed.ok) return parsed;
  if (compareVersions(parsed.value, [0, 0, 0]) === 0) {
    return err({ reason: "version-zero", message: "A version must be above 0.0.0; begin with 0.1.0 or 1.0.0." });
  }
  if (!versions.some((entry) => entry.version === next)) return parsed;
  const message = `Version ${next} is published already and never changes; publish under a higher number.`;
  return err({ reason: "version-exists", message });
}

/**
 * A price never rises in place (design §5). A version's own never changes; and whoever calls `1` must not find a price
 * one day, nor whoever calls `1.2` a higher one. So a version with a royalty is refused when its major line holds a free
 * one, and one that is dearer than any of its minor line; yanked and private ones included.
 *
 * @param previous every version published so far, with its royalty in microcredits a call
 */
export function checkRoyaltyRule(
  previous: readonly { readonly version: string; readonly royalty: number }[],
  next: { readonly version: string; readonly royalty: number },
): Result<void, VersionError> {
  if (next.royalty === 0) return ok(undefined);
  const major = majorOf(next.version);
  const free = previous.find((entry) => entry.royalty === 0 && majorOf(entry.version) === major);
  if (free === undefined) return checkMinorLine(previous, next);
  const newest = previous.reduce((highest, entry) => Math.max(highest, majorOf(entry.version)), 0);
  const message =
    `Version ${free.version} is free, so a version that charges needs a new major number: ` +
    `publish this as ${newest + 1}.0.0, or without a royalty.`;
  return err({ reason: "royalty-rule", message });
}

function checkMinorLine(
  previous: readonly { readonly version: string; readonly royalty: number }[],
  next: { readonly version: string; readonly royalty: number },
): Result<void, VersionError> {
  const line = next.version.slice(0, next.version.lastIndexOf(".") + 1);
  const cheaper = previous.find((entry) => entry.version.startsWith(line) && entry.royalty < next.royalty);
  if (cheaper === undefined) return ok(undefined);
  const message =
    `Version ${cheaper.version} costs ${cheaper.royalty} microcredits, and a patch may not cost more: ` +
    `publish a higher price under a new minor number.`;
  return err({ reason: "royalty-rule", message });
}

/** @returns 1 to 3 numbers separated by dots, or undefined when `text` is anything else */
function numbersOf(text: string): readonly number[] | undefined {
  if (text.length > SELECTOR_LENGTH) return undefined;
  const parts = text.split(".");
  return parts.length <= 3 && parts.every((part) => NUMBER.test(part)) ? parts.map(Number) : undefined;
}

function majorOf(version: string): number {
  return Number(version.slice(0, version.indexOf(".")));
}

/** Reads `1`, `1.2`, `1.2.3` and the forms with wildcards, which may only stand at the end. */
function parseNumbers(text: string): Result<Selector, VersionError> {
  const parts = text.length <= SELECTOR_LENGTH ? text.split(".") : [];
  const wild = parts.findIndex((part) => WILD.has(part));
  const isTail = wild < 0 || (wild > 0 && parts.length <= 3 && parts.slice(wild).every((part) => WILD.has(part)));
  const numbers = isTail ? numbersOf((wild < 0 ? parts : parts.slice(0, wild)).join(".")) : undefined;
  const [major, minor, patch] = numbers ?? [];
  if (major === undefined) {
    return badVersion(text, "Ask for a version as 1, 1.2, 1.2.3, 1.2.*, latest, latestPrivate or a build hash");
  }
  if (minor === undefined) return ok({ kind: "range", prefix: [major] });
  if (patch === undefined) return ok({ kind: "range", prefix: [major, minor] });
  return ok({ kind: "exact", version: [major, minor, patch] });
}

/** Whether ranges and `latest` may choose it. */
const isOffered = (entry: VersionEntry): boolean => !entry.yanked && entry.suspended !== true;

function choose(
  selector: Selector,
  versions: readonly VersionEntry[],
  maySeePrivate: boolean,
): VersionEntry | undefined {
  const pinned = (entry: VersionEntry): boolean => entry.public || maySeePrivate;
  const offered = (entry: VersionEntry): boolean => entry.public && isOffered(entry);
  const owned = (entry: VersionEntry): boolean => maySeePrivate && isOffered(entry);
  switch (selector.kind) {
    case "latest":
      return versions.some((entry) => entry.public) ? newest(versions, offered) : newest(versions, owned);
    case "latest-private":
      return newest(versions, owned);
    case "exact": {
      const text = formatVersion(selector.version);
      return versions.find((entry) => entry.version === text && pinned(entry));
    }
    case "range": {
      const start = `${selector.prefix.join(".")}.`;
      return newest(versions, (entry) => offered(entry) && entry.version.startsWith(start));
    }
    case "build":
      return newest(versions, (entry) => pinned(entry) && entry.build.startsWith(selector.hash));
  }
}

/** @returns the highest version among those that `fits` accepts */
function newest(versions: readonly VersionEntry[], fits: (entry: VersionEntry) => boolean): VersionEntry | undefined {
  let best: { readonly entry: VersionEntry; readonly version: Version } | undefined;
  for (const entry of versions) {
    const parsed = fits(entry) ? parseVersion(entry.version) : undefined;
    if (parsed?.ok !== true) continue;
    if (best === undefined || compareVersions(parsed.value, best.version) > 0) best = { entry, version: parsed.value };
  }
  return best?.entry;
}

function badVersion(text: string, rule: string): Result<never, VersionError> {
  return err({ reason: "bad-version", message: `${rule}; this is ${JSON.stringify(text.slice(0, SELECTOR_LENGTH))}.` });
}

function noSuchVersion(selector: string): Result<never, VersionError> {
  const wanted = selector === "" || selector === "latest" ? "no public version" : `no version ${selector}`;
  return err({ reason: "no-such-version", message: `The algorithm has ${wanted} that this key may call.` });
}
