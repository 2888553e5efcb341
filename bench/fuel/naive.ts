// What metering costs when it is done plainly: a mutable global, decremented and tested at the beginning of each straight
// stretch of code, and a trap when it is negative. The peer that `bench -- fuel` compares with; written on the text.

export const NAIVE_EXPORT = "naive:fuel";
/** The balance at first: a start function runs before anybody could set it. */
const MUCH = 2n ** 60n;

const ENDS = new Set(["br", "br_if", "br_table", "return", "return_call", "return_call_indirect", "unreachable"]);
for (const name of ["loop", "if", "else", "end", "block"]) ENDS.add(name);

/** Charges `count` instructions; the local keeps the new balance for the test. */
const charge = (count: number): string =>
  `global.get $naive i64.const ${count} i64.sub local.tee $naive global.set $naive ` +
  "local.get $naive i64.const 0 i64.lt_s if unreachable end";

/** @param body the instructions of one function, one a line */
function instrument(body: readonly string[]): string[] {
  const out: string[] = [];
  let stretch: string[] = [];
  const finish = (): void => {
    if (stretch.length > 0) out.push(charge(stretch.length), ...stretch);
    stretch = [];
  };
  for (const line of body) {
    const name = line.trim().split(/[\s(]/)[0] ?? "";
    // A label or an arm ends what came before it, and belongs to nothing: it does no work.
    if (["loop", "else", "end", "block"].includes(name)) {
      finish();
      out.push(line);
      continue;
    }
    stretch.push(line);
    if (ENDS.has(name)) finish();
  }
  finish();
  return out;
}

/** @param text a module as wabt writes it, not folded */
export function meterNaively(text: string): string {
  const out: string[] = [];
  let body: string[] | undefined;
  for (const line of text.trimEnd().split("\n")) {
    if (/^ {2}\(func /.test(line) && !line.endsWith(")))") && !/^ {2}\(func .*\)\)$/.test(line)) {
      out.push(line, "(local $naive i64)");
      body = [];
    } else if (body === undefined || /^ {4}\(local /.test(line)) {
      // Our local comes after the function's own.
      if (/^ {4}\(local /.test(line)) out.splice(-1, 0, line);
      else out.push(line);
    } else if (/^ {4}/.test(line)) {
      const last = line.endsWith(")") && closes(line);
      body.push(last ? line.slice(0, -1) : line);
      if (!last) continue;
      out.push(...instrument(body), ")");
      body = undefined;
    }
  }
  const end = out.pop() ?? "";
  out.push(`(global $naive (mut i64) (i64.const ${MUCH})) (export "${NAIVE_EXPORT}" (global $naive))`, end);
  return out.join("\n");
}

/** Whether a line has one parenthesis more that closes than opens. */
const closes = (line: string): boolean => line.split(")").length > line.split("(").length;
