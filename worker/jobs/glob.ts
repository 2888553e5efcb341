// Names with `*` for any letters, as a job's source has them. No regular expression: one with many stars takes time that grows
// with a power of the name's length, and a pattern is a stranger's.

/** Whether a name is what a pattern means, in time linear in the stars: each part is found as early as it stands. */
export function globOf(pattern: string): (name: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}
