// What authors import: `import { argumentsLine, Call, call, callAll, data, fail, fetch, job, jobArguments, log, now, progress, random, randomBytes, Reply, Response, secret, state, Utf8, Optional } from "orcade"`.
export { data } from "./data";
export { log, now, progress, random, randomBytes } from "./say";
export { fail } from "./failure";
export { Call, call, callAll, Reply } from "./call";
export { fetch, Response, secret } from "./outside";
export { argumentsLine, job, jobArguments } from "./job";
export { state } from "./state";
export { Utf8 } from "./utf8";
export { Optional } from "./optional";
