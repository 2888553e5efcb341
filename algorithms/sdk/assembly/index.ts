// What authors import: `import { fail, state, Utf8, Optional } from "orcade"`.
export { fail } from "./failure";
export { state } from "./state";
export { Utf8 } from "./utf8";
export { Optional } from "./optional";
