// Every way in which a module or a call of an author's can be refused, once: the code a program reads, and the sentence a
// person reads, which says what to do. Closed: a new way to fail begins here. Whose fault it is, the HTTP status and
// whether to try again are failure.ts's business. Numbers that are limits are taken from limits.ts.
import { LIMITS } from "../limits.ts";

const MiB = 1_048_576;
const count = (value: number): string => value.toLocaleString("en-US");

/** Why a publish is refused: the `code` of its problem document. */
export const PUBLISH_CODES = {
  "not-wasm": "The upload is not a WebAssembly module: send the module.wasm that `orcade build` made.",
  "invalid-module":
    "The module is cut short or not valid WebAssembly: build it again with a current compiler, and upload the whole file.",
  "module-too-large": `The module is over ${LIMITS.moduleBytes / MiB} MiB: leave out debug information and data, or pass data as input.`,
  "metered-too-large": `The module with its fuel counter is over ${LIMITS.meteredBytes / MiB} MiB: make the code smaller.`,
  "unsupported-feature": "The module uses a WebAssembly feature that is not accepted here: compile without it.",
  "no-apply": "The module exports no function `apply`: write `export function apply(input: ...)` and build again.",
  "no-start": "The module imports WASI and exports no `_start`: build it as a command, for the target wasm32-wasip1.",
  "no-entry": 'The plug-in exports no function to call it by, or several: name one as "entry" in algorithm.json.',
  "apply-signature": "`apply` must take no parameters and give no result: read with input_read, answer with output.",
  "no-memory": "The module exports no memory: export its memory under the name `memory`.",
  "unknown-import":
    "The module imports a function that the orcade ABI does not have: see docs/architecture.md for the list.",
  "import-kind": "The module may only import functions: define its memory, tables and globals itself.",
  "import-signature": "The module imports a host function with other parameters than it has: rebuild against this SDK.",
  "reserved-name": "Names beginning `orcade:` are the platform's: rename the import or export.",
  "permission-missing": 'The module uses a capability its manifest does not name: add it to "permissions".',
  "memory-too-large": `The module needs more memory than its manifest grants: raise "memory" (${LIMITS.memoryMiBMax} MiB at most) or use less.`,
  "function-too-large":
    "A function of the module is too large to be metered: it may have 50,000 parameters and locals and 1,000,000 branches and calls.",
  "table-too-large": "The module needs a larger table than is granted: tables hold functions, keep data in memory.",
  "start-exhausted": "The module's start function did not end within its fuel: move the work into `apply`.",
  "start-failed": "The module's start function failed: make sure that it neither traps nor calls `fail`.",
} as const;

/** Why a call failed after its module began to run: the `error_type` of the envelope. An author's `fail` cannot use these. */
export const CALL_ERRORS = {
  FuelExhausted: "The call used all fuel it may use: send less input, or raise its limit.",
  BudgetExceeded: "The call would cost more than X-Orcade-Max-Cost allows: raise it, or send less input.",
  InsufficientCredits:
    "The account's credits, or its key's limit, ran out while the call ran: add credits and try again.",
  Cancelled: "The call was cancelled before it ended.",
  TimeoutError: `The call ran longer than its timeout: raise ?timeout= (${count(LIMITS.timeoutSecondsMax)} s at most), or send less input.`,
  StateConflict: "The state this call read was changed by others each time it was tried: try again.",
  StackOverflow: "The call nested functions too deeply: make the recursion shallower or use a loop.",
  Trap: "The module trapped, for example on a division by zero, `unreachable` or an access outside its memory.",
  BadPointer: "The module handed over a span outside its memory.",
  BadKind: "The module answered with a kind that does not exist: 0 is text, 1 JSON, 2 bytes, 3 void.",
  BadAnswer:
    "The module's answer is not what its manifest says: the kind is the manifest's, text is UTF-8, JSON one valid value.",
  AnswerTooLarge: `The answer is over ${LIMITS.answerBytes / MiB} MiB as encoded: answer with less, or in several calls.`,
  StateLimit:
    `The call passed a limit of \`state\`: at most ${count(LIMITS.stateOperations)} operations, keys of ` +
    `${LIMITS.stateKeyBytes} bytes, values of ${LIMITS.stateValueBytes / MiB} MiB, ` +
    `${LIMITS.stateWriteBytes / MiB} MiB of writes, lists of ${count(LIMITS.stateListKeys)} keys.`,
  CallLimit:
    `The module called another algorithm in a way that is not possible: a name has at most ${LIMITS.calleeBytes} bytes, ` +
    `an input ${LIMITS.inputBytes / MiB} MiB.`,
  HostLimit: `The call asked its host more than ${count(LIMITS.hostCalls)} times: keep what was answered, or ask for more at once.`,
  DataLimit:
    `The call passed a limit of \`data\`: at most ${count(LIMITS.dataOperations)} operations, paths of ${LIMITS.dataPathBytes} bytes, ` +
    `${LIMITS.dataReadBytes / MiB} MiB at once, ${LIMITS.dataWrittenBytes / MiB} MiB written, lists of ${count(LIMITS.dataListFiles)} files.`,
  DataFull:
    "The data that the call wrote does not fit the account's quota or the collection: delete files, and try again.",
  FetchLimit:
    `The call passed a limit of \`fetch\`: at most ${LIMITS.fetches} requests, heads of ${LIMITS.fetchHeadBytes} bytes, ` +
    `bodies of ${LIMITS.fetchBodyBytes / MiB} MiB; or of secrets: at most ${LIMITS.secretReads}.`,
  CallDepth: `Calls nest at most ${LIMITS.callDepth} deep: call fewer algorithms through one another.`,
  CallCount: `One call tree holds at most ${count(LIMITS.treeCalls)} calls: do more in each.`,
  UnknownAlgorithm: "There is no such algorithm, or the caller may not call it.",
  UnknownVersion: "The algorithm has no such version.",
  SuspendedVersion: "The version is suspended.",
  InvalidInput: "The input does not fit what the callee takes.",
  Unavailable: "The callee could not be run just now: try again.",
  StateFull: `The algorithm's state for this account is full at ${LIMITS.stateStoreBytes / MiB} MiB: delete from it before writing more.`,
} as const;

export type PublishCode = keyof typeof PUBLISH_CODES;
export type CallErrorType = keyof typeof CALL_ERRORS;
