// JSON to and from typed values. Which function is called follows from the type alone, at compile time; the classes of
// the author get `__orcadeInit`, `__orcadeRead` and `__orcadeWrite` from the build (algorithms/sdk/build/glue.ts).
import { Optional } from "../optional";
import { Utf8 } from "../utf8";
import { atIndex } from "./path";
import {
  closeObject,
  countItems,
  nextItem,
  nextMember,
  openArray,
  openObject,
  readBool,
  readBytes,
  readFloat32,
  readFloat64,
  readKey,
  readLength,
  readNull,
  readSigned,
  readString,
  readUnsigned,
} from "./read";
import {
  put,
  writeBool,
  writeBytes,
  writeFloat,
  writeName,
  writeNull,
  writeSigned,
  writeString,
  writeUnsigned,
} from "./write";

/** Reads a value of type T. */
export function read<T>(): T {
  if (isBoolean<T>()) return <T>readBool();
  if (isInteger<T>()) {
    if (isSigned<T>()) return <T>readSigned(<i32>sizeof<T>() << 3);
    return <T>readUnsigned(<i32>sizeof<T>() << 3);
  }
  if (isFloat<T>()) {
    if (sizeof<T>() == 4) return <T>readFloat32();
    return <T>readFloat64();
  }
  if (isNullable<T>()) {
    if (readNull()) return changetype<T>(0);
    return changetype<T>(readReference<NonNullable<T>>());
  }
  return readReference<T>();
}

function readReference<T>(): T {
  if (isString<T>()) return changetype<T>(readString());
  if (idof<T>() == idof<Utf8>()) {
    let start = readBytes();
    return changetype<T>(new Utf8(start, readLength()));
  }
  if (isArray<T>()) return readArray<T>();
  if (isArrayLike<T>()) return readFixedArray<T>();
  if (isDefined(changetype<T>(0).__orcadeRead)) {
    let value = create<T>();
    value.__orcadeRead();
    return value;
  }
  let map = instantiate<T>();
  readMap(map);
  return map;
}

/** An object before its fields are read: its initialisers have run, the rest is zero. */
function create<T>(): T {
  if (isDefined(changetype<T>(0).__orcadeInit)) {
    let pointer = __new(offsetof<T>(), idof<T>());
    memory.fill(pointer, 0, offsetof<T>());
    let value = changetype<T>(pointer);
    value.__orcadeInit();
    return value;
  }
  return instantiate<T>();
}

function readArray<T>(): T {
  if (!openArray()) return instantiate<T>(0);
  let index = 0;
  if (isInteger<valueof<T>>() || isFloat<valueof<T>>()) {
    // Of its size from the start: growing would leave as much garbage behind.
    let array = instantiate<T>(countItems());
    do {
      atIndex(index);
      array[index++] = read<valueof<T>>();
    } while (nextItem());
    return array;
  } else {
    let array = instantiate<T>();
    do {
      atIndex(index++);
      array.push(read<valueof<T>>());
    } while (nextItem());
    return array;
  }
}

/** A typed array or a StaticArray: its length is known before it is made. */
function readFixedArray<T>(): T {
  if (!openArray()) return instantiate<T>(0);
  if (isInteger<valueof<T>>() || isFloat<valueof<T>>()) {
    let array = instantiate<T>(countItems());
    let index = 0;
    do {
      atIndex(index);
      array[index++] = read<valueof<T>>();
    } while (nextItem());
    return array;
  } else {
    let items = new Array<valueof<T>>();
    do {
      atIndex(items.length);
      items.push(read<valueof<T>>());
    } while (nextItem());
    let array = instantiate<T>(items.length);
    for (let i = 0; i < items.length; i++) array[i] = items[i];
    return array;
  }
}

function readMap<V>(map: Map<string, V>): void {
  if (openObject()) {
    do {
      let key = readKey();
      map.set(key, read<V>());
    } while (nextMember());
  }
  closeObject();
}

/** Reads the value of an optional field. */
export function readOptional<V>(field: Optional<V>): void {
  field.set(read<V>());
}

/** Writes a value of type T. */
export function write<T>(value: T): void {
  if (isBoolean<T>()) writeBool(<bool>value);
  else if (isInteger<T>()) {
    if (isSigned<T>()) writeSigned(<i64>value);
    else writeUnsigned(<u64>value);
  } else if (isFloat<T>()) writeFloat<T>(value);
  else if (isNullable<T>()) {
    if (value === null) writeNull();
    else writeReference<NonNullable<T>>(value);
  } else writeReference<T>(value);
}

function writeReference<T>(value: T): void {
  if (isString<T>()) writeString(changetype<string>(value));
  else if (idof<T>() == idof<Utf8>()) {
    let text = changetype<Utf8>(value);
    writeBytes(text.dataStart, text.length);
  } else if (isArrayLike<T>()) writeArray<T>(value);
  else if (isDefined(value.writeJson)) value.writeJson();
  else if (isDefined(value.__orcadeWrite)) {
    put(0x7b);
    value.__orcadeWrite(true, idof<T>());
    put(0x7d);
  } else writeMap(value);
}

function writeArray<T>(array: T): void {
  put(0x5b);
  let length = array.length;
  for (let i = 0; i < length; i++) {
    if (i) put(0x2c);
    write<valueof<T>>(unchecked(array[i]));
  }
  put(0x5d);
}

function writeMap<V>(map: Map<string, V>): void {
  put(0x7b);
  let keys = map.keys();
  let values = map.values();
  for (let i = 0, length = keys.length; i < length; i++) {
    if (i) put(0x2c);
    writeString(unchecked(keys[i]));
    put(0x3a);
    write<V>(unchecked(values[i]));
  }
  put(0x7d);
}

/** Writes an optional field when it has a value. @returns whether the next field is still the first */
export function writeOptional<V>(name: string, first: bool, field: Optional<V>): bool {
  if (!field.has) return first;
  writeName(name, first);
  write<V>(field.value);
  return false;
}
