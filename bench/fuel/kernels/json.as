// Writes a list of records as JSON, parses it into a tree of objects and sums its numbers; collected. Size n: records.
abstract class Value {
  abstract sum(): f64;
}
class Num extends Value {
  constructor(public value: f64) { super(); }
  sum(): f64 { return this.value; }
}
class Text extends Value {
  constructor(public value: string) { super(); }
  sum(): f64 { return this.value.length; }
}
class List extends Value {
  items: Value[] = [];
  sum(): f64 {
    let sum = 0.0;
    for (let i = 0; i < this.items.length; i++) sum += this.items[i].sum();
    return sum;
  }
}
class Record extends Value {
  members: Map<string, Value> = new Map();
  sum(): f64 {
    let sum = 0.0;
    const values = this.members.values();
    for (let i = 0; i < values.length; i++) sum += values[i].sum();
    return sum;
  }
}

let source = "";
let at = 0;

function text(): string {
  const start = ++at;
  while (source.charCodeAt(at) != 34) at++;
  return source.substring(start, at++);
}

function num(): f64 {
  const start = at;
  while (at < source.length) {
    const unit = source.charCodeAt(at);
    if (unit != 45 && unit != 46 && (unit < 48 || unit > 57)) break;
    at++;
  }
  return F64.parseFloat(source.substring(start, at));
}

function parse(): Value {
  const unit = source.charCodeAt(at);
  if (unit == 34) return new Text(text());
  if (unit == 91) {
    const list = new List();
    while (source.charCodeAt(at) != 93) {
      at++;
      list.items.push(parse());
    }
    at++;
    return list;
  }
  if (unit == 123) {
    const record = new Record();
    while (source.charCodeAt(at) != 125) {
      at++;
      const key = text();
      at++;
      record.members.set(key, parse());
    }
    at++;
    return record;
  }
  return new Num(num());
}

export function setup(n: i32): void {}

export function run(n: i32): f64 {
  const parts: string[] = [];
  for (let i = 0; i < n; i++) {
    const numbers = i.toString() + "," + (i * 7).toString() + ",-" + (i % 10).toString() + ".5";
    parts.push('{"id":' + i.toString() + ',"name":"record ' + i.toString() + '","values":[' + numbers + "]}");
  }
  source = "[" + parts.join(",") + "]";
  at = 0;
  return parse().sum();
}
