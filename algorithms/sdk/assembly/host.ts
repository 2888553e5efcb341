// The orcade ABI, version 1, as it is spelled in docs/architecture.md. Nothing else may declare an import.
// All numbers are i32; a (pointer, length) pair is a span of this module's memory.

/** @returns the kind of the input: 0 text, 1 JSON, 2 bytes */
@external("orcade", "input_type")
export declare function inputType(): i32;

/** @returns the length of the input in bytes */
@external("orcade", "input_size")
export declare function inputSize(): i32;

/** Copies `length` bytes of the input from `offset` to `pointer`. */
@external("orcade", "input_read")
export declare function inputRead(pointer: usize, offset: i32, length: i32): void;

/** Sets the answer: 0 text, 1 JSON, 2 bytes, 3 void. The last call wins. */
@external("orcade", "output")
export declare function output(kind: i32, pointer: usize, length: i32): void;

/** Ends the call with a typed error; does not return. */
@external("orcade", "fail")
export declare function hostFail(type: usize, typeLength: i32, message: usize, messageLength: i32): void;

/** A line of the log: 0 debug, 1 info, 2 warn, 3 error. */
@external("orcade", "log")
export declare function hostLog(level: i32, text: usize, length: i32): void;

/** How far the call is, from 0 to 1, and a note. */
@external("orcade", "progress")
export declare function hostProgress(fraction: f64, note: usize, length: i32): void;

/** Fills a span with bytes of chance. */
@external("orcade", "random")
export declare function hostRandom(pointer: usize, length: i32): void;

/** @returns nanoseconds since 1970 */
@external("orcade", "now")
export declare function hostNow(): i64;

/** @returns the length of the value now in the answer buffer, -1 when the key is absent */
@external("orcade", "state_get")
export declare function stateGet(key: usize, keyLength: i32): i32;

@external("orcade", "state_put")
export declare function statePut(key: usize, keyLength: i32, value: usize, valueLength: i32): void;

@external("orcade", "state_delete")
export declare function stateDelete(key: usize, keyLength: i32): void;

/** @returns the length of the answer buffer: for each key a little-endian u32 length and its bytes */
@external("orcade", "state_list")
export declare function stateList(
  prefix: usize,
  prefixLength: i32,
  after: usize,
  afterLength: i32,
  limit: i32,
): i32;

/**
 * Calls another algorithm: its name, the kind of its input (0 text, 1 JSON, 2 bytes) and the input.
 * @returns the length of its answer, now in the answer buffer; -1 - the length of its error there, which is JSON
 */
@external("orcade", "call")
export declare function hostCall(name: usize, nameLength: i32, kind: i32, input: usize, inputLength: i32): i32;

/** Puts a call on the list of those that are made together. */
@external("orcade", "call_add")
export declare function hostCallAdd(name: usize, nameLength: i32, kind: i32, input: usize, inputLength: i32): void;

/** Makes the calls of the list. @returns how many there were */
@external("orcade", "call_all")
export declare function hostCallAll(): i32;

/** @returns as hostCall, of the next call of the list */
@external("orcade", "call_next")
export declare function hostCallNext(): i32;

/** @returns the length of the file now in the answer buffer, -1 when there is none */
@external("orcade", "data_get")
export declare function dataGet(path: usize, pathLength: i32): i32;

/** @returns the length of the bytes now in the answer buffer, -1 when there is no such file */
@external("orcade", "data_range")
export declare function dataRange(path: usize, pathLength: i32, from: i64, count: i32): i32;

/** @returns the size of a file in bytes, -1 when there is none */
@external("orcade", "data_size")
export declare function dataSize(path: usize, pathLength: i32): i64;

/** @returns the length of the answer buffer, as of state_list, -1 when there is no such collection */
@external("orcade", "data_list")
export declare function dataList(path: usize, pathLength: i32, after: usize, afterLength: i32, limit: i32): i32;

/** @returns 0 when the file will be written once the call has settled, -1 when there is no such place to write to */
@external("orcade", "data_put")
export declare function dataPut(path: usize, pathLength: i32, bytes: usize, length: i32): i32;

/** @returns 0 when the file will be gone once the call has settled, -1 when there is none that may be deleted */
@external("orcade", "data_delete")
export declare function dataDelete(path: usize, pathLength: i32): i32;

/**
 * Sends a request: `METHOD URL` and lines `Name: value`, and a body.
 * @returns the length of the answer's body, now in the answer buffer; -1 - the length of the error there, which is JSON
 */
@external("orcade", "fetch")
export declare function hostFetch(head: usize, headLength: i32, body: usize, bodyLength: i32): i32;

/** @returns the status of the last answer, 0 when there is none */
@external("orcade", "fetch_status")
export declare function fetchStatus(): i32;

/** @returns the length of the last answer's headers, now in the answer buffer: a line `name: value` for each */
@external("orcade", "fetch_headers")
export declare function fetchHeaders(): i32;

/** @returns the length of the secret now in the answer buffer, -1 when there is none */
@external("orcade", "secret_get")
export declare function secretGet(name: usize, nameLength: i32): i32;

/** @returns the kind of what is in the answer buffer: 0 text, 1 JSON, 2 bytes, 3 void */
@external("orcade", "answer_kind")
export declare function answerKind(): i32;

/** Copies `length` bytes of the answer buffer from `offset` to `pointer`. */
@external("orcade", "answer_read")
export declare function answerRead(pointer: usize, offset: i32, length: i32): void;

/** @returns bytes of the facts of the job's task that this is, which are JSON; 0 outside a job */
@external("orcade", "job_size")
export declare function jobSize(): i32;

/** Copies bytes of those facts. */
@external("orcade", "job_read")
export declare function jobRead(pointer: usize, offset: i32, length: i32): void;

/** The input up to `upto` is finished and came to this partial answer. */
@external("orcade", "job_done")
export declare function hostJobDone(upto: i64, kind: i32, pointer: usize, length: i32): void;
