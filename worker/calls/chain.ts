// The chain of algorithms that led to a call which may not begin, for the message that says so. It is read by the module that
// called: it names what is public and what is of the same owner as that module, and nothing else. Who pays sees all of it in
// the call's tree. Pure.
import type { Release } from "../market/release.ts";

/** Characters of a chain; what is longer loses its middle. */
const LONGEST = 600;
const ARROW = " > ";

interface Link {
  readonly release: Pick<Release, "algorithm" | "manifest">;
  readonly parent: Link | null;
}

const ownerOf = (algorithm: string): string => (algorithm.split("/")[0] ?? "").toLowerCase();

/** `a/b > (a private algorithm) > c/d`: the root first, then down to who called, and whom. */
export function chainOf(caller: Link, callee: string): string {
  const reader = ownerOf(caller.release.algorithm);
  const names = [callee];
  for (let link: Link | null = caller; link !== null; link = link.parent) {
    const { algorithm, manifest } = link.release;
    const known = manifest.visibility === "public" || ownerOf(algorithm) === reader;
    names.unshift(known ? algorithm : "(a private algorithm)");
  }
  return shortened(names);
}

/** The first name and as many of the last as there is room for. */
function shortened(names: readonly string[]): string {
  const whole = names.join(ARROW);
  const [first = "", ...rest] = names;
  if (whole.length <= LONGEST) return whole;
  let left = 1;
  const text = (): string => [first, `(${left} more)`, ...rest.slice(left)].join(ARROW);
  while (text().length > LONGEST && left < rest.length) left++;
  return text();
}
