// The Internet and secrets. `fetch` needs the permission "internet" in algorithm.json and a caller's key that does not forbid it;
// `secret` needs "secrets". A request is sent when it is made: unlike state and data, what it does stays, whatever becomes of the
// call.
import { Reply } from "./call";
import { answerRead, fetchHeaders, fetchStatus, hostFetch, secretGet } from "./host";
import { beginAnswer, finish } from "./json/read";
import { read } from "./json/values";
import { decode, encode, REPLACE } from "./text";

/** Zero bytes after what the reader of JSON reads, so that it may look ahead. */
const PADDING: usize = 16;

/** What a server answered. */
export class Response {
  constructor(
    public status: i32,
    /** Names in lower case; a name that comes twice has its values with ", " between them. */
    public headers: Map<string, string>,
    public body: Uint8Array,
  ) {}

  /** The body as text; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    return decode(this.body.dataStart, this.body.length);
  }
}

let lentLength: i32 = 0;

/** Encodes a string outside the collector; free it with `heap.free`. @returns its address */
function lend(text: string): usize {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  lentLength = encode(text, pointer, REPLACE);
  return pointer;
}

/** Copies the answer buffer; free it with `heap.free`. @returns its address */
function buffered(length: i32): usize {
  let pointer = heap.alloc(<usize>length + PADDING);
  answerRead(pointer, 0, length);
  memory.fill(pointer + <usize>length, 0, PADDING);
  return pointer;
}

function headersOf(text: string): Map<string, string> {
  let headers = new Map<string, string>();
  let lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    let colon = lines[i].indexOf(":");
    if (colon < 1) continue;
    let name = lines[i].substring(0, colon);
    let value = lines[i].substring(colon + 1).trim();
    headers.set(name, headers.has(name) ? headers.get(name) + ", " + value : value);
  }
  return headers;
}

/**
 * Sends a request and waits for the whole answer, 8 MiB at most. Every status is an answer; an error is what kept the request from
 * being answered: "FetchRefused" (not https, not on the public Internet ...), "FetchFailed" (unreachable, late, too long),
 * "NoInternet" (the caller's key forbids it).
 * @param headers one "Name: value" each
 */
export function fetch(
  url: string,
  method: string = "GET",
  headers: string[] = [],
  body: Uint8Array | null = null,
): Reply<Response> {
  let head = lend(method + " " + url + "\n" + headers.join("\n"));
  let headLength = lentLength;
  let length =
    body === null ? hostFetch(head, headLength, 0, 0) : hostFetch(head, headLength, body.dataStart, body.length);
  heap.free(head);
  if (length < 0) return failed(-1 - length);
  let bytes = new Uint8Array(length);
  answerRead(bytes.dataStart, 0, length);
  let status = fetchStatus();
  let size = fetchHeaders();
  let lines = buffered(size);
  let response = new Response(status, headersOf(decode(lines, size)), bytes);
  heap.free(lines);
  return new Reply<Response>(true, response, "", "");
}

function failed(length: i32): Reply<Response> {
  let pointer = buffered(length);
  beginAnswer(pointer, length, "the host");
  let fields = read<Map<string, string>>();
  finish();
  heap.free(pointer);
  return new Reply<Response>(false, changetype<Response>(0), fields.get("error_type"), fields.get("message"));
}

/** A secret that its author keeps for this algorithm; null when there is none. Do not log or answer it. */
export function secret(name: string): string | null {
  let pointer = lend(name);
  let length = secretGet(pointer, lentLength);
  heap.free(pointer);
  if (length < 0) return null;
  let value = buffered(length);
  let text = decode(value, length);
  heap.free(value);
  return text;
}
