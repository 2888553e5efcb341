// JSON paths as people read them: `$.records[3].id`, `$["odd key"]`.

/** Names are an author's or a caller's: a path shows this many characters of each. */
const SHOWN = 60;
const PLAIN = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;

/** @returns what `step` adds to a path */
export function pathStep(step: string | number): string {
  if (typeof step === "number") return `[${step}]`;
  const shown = cut(step);
  return shown === step && PLAIN.test(step) ? `.${step}` : `[${JSON.stringify(shown)}]`;
}

/** @returns the beginning of a text that may be long */
export function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
