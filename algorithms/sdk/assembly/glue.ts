// What the entry point made by the build calls: the input as a typed value, the result as the output.
import { fail } from "./failure";
import { inputRead, inputSize, inputType, output } from "./host";
import { begin, finish } from "./json/read";
import { read, write } from "./json/values";
import { written, writtenLength } from "./json/write";
import { BYTES, JSON, TEXT, VOID } from "./kinds";
import { asciiLength, decode, encode, REFUSE, sequenceLength } from "./text";
import { Utf8 } from "./utf8";

/** Zero bytes after the input, so that the reader may look ahead. */
const PADDING: usize = 16;

/** Copies the input into memory that is never freed. @returns its address */
function fetch(kind: i32, name: string): usize {
  let given = inputType();
  if (given != kind) {
    let names = given == TEXT ? "text" : given == JSON ? "JSON" : "bytes";
    fail("InputError", "$: expected " + name + ", found " + names);
  }
  let length = inputSize();
  let pointer = heap.alloc(<usize>length + PADDING);
  inputRead(pointer, 0, length);
  memory.fill(pointer + <usize>length, 0, PADDING);
  return pointer;
}

export function inputText(): string {
  let pointer = fetch(TEXT, "text");
  let text = decode(pointer, inputSize());
  heap.free(pointer);
  return text;
}

export function inputUtf8(): Utf8 {
  return new Utf8(fetch(TEXT, "text"), inputSize());
}

export function inputBytes(): Uint8Array {
  if (inputType() != BYTES) fetch(BYTES, "bytes");
  let bytes = new Uint8Array(inputSize());
  inputRead(bytes.dataStart, 0, bytes.length);
  return bytes;
}

export function inputJson<T>(): T {
  let pointer = fetch(JSON, "JSON");
  begin(pointer, inputSize());
  let value = read<T>();
  finish();
  return value;
}

export function outputText(text: string): void {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  let length = encode(text, pointer, REFUSE);
  if (length < 0) fail("OutputError", "the output has a lone surrogate, which text cannot carry");
  output(TEXT, pointer, length);
}

export function outputUtf8(text: Utf8): void {
  let source = text.dataStart;
  let end = source + <usize>text.length;
  while (true) {
    source += asciiLength(source, end - source);
    if (source >= end) break;
    let size = sequenceLength(source, end);
    // A surrogate is three bytes from 0xed 0xa0 on.
    if (!size || (load<u8>(source) == 0xed && load<u8>(source, 1) >= 0xa0)) {
      fail("OutputError", "the output is not UTF-8");
    }
    source += <usize>size;
  }
  output(TEXT, text.dataStart, text.length);
}

export function outputBytes(bytes: Uint8Array): void {
  output(BYTES, bytes.dataStart, bytes.length);
}

export function outputJson<T>(value: T): void {
  write<T>(value);
  output(JSON, written(), writtenLength());
}

export function outputVoid(): void {
  output(VOID, 0, 0);
}
