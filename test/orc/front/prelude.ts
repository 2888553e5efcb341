// The few names the cases of the front need: sites without meaning, since nothing is run.
import type { PreludeText } from "../../../worker/orc/core/prelude.ts";

const OPERATORS = "+ - * / % ** && || ~ = <: :> <= >= /= : 0- :=".split(" ");
const SITES = [
  "Println",
  "Rwait",
  "Let",
  "Channel",
  "Ref",
  "Vclock",
  "Vawait",
  "IntegerTimeOrder",
  "MakeSite",
  "Match",
];

export const SMALL_PRELUDE: readonly PreludeText[] = [
  {
    name: "small.orc",
    source: [
      ...OPERATORS.map((operator) => `import site (${operator}) = "${operator}"`),
      ...SITES.map((site) => `import site ${site} = "${site}"`),
      "type Option = Some(_) | None()",
      "def (?)(r) = r.read()",
    ].join("\n"),
  },
];
