// The result as JSON: an answer for each variant, in the order they were asked in.
import { restart, written, writtenLength } from "orcade/json/write";
import { write } from "orcade/json/values";
import { Beacon, Found } from "./beacon";
import { Carriers } from "./carriers";

/** Writes the result. */
export function report(beacon: Beacon): Uint8Array {
  const answers = new Array<string>();
  for (let i = 0; i < beacon.found.length; i++) answers.push(answerOf(beacon, beacon.found[i]));
  const text = '{"lines":' + beacon.lines.toString() + ',"variants":[' + answers.join(",") + "]}";
  return Uint8Array.wrap(String.UTF8.encode(text));
}

function answerOf(beacon: Beacon, found: Found): string {
  // A line without any count tells that somebody carries the variant, and not how many.
  const exists = found.calls > 0 || found.lines > found.counted;
  const frequency = found.alleles > 0 ? json<f64>(<f64>found.calls / <f64>found.alleles) : "null";
  const carriers = found.genotyped > 0 ? found.carriers.count.toString() : "null";
  return (
    '{"exists":' + exists.toString() + ',"lines":' + found.lines.toString() + ',"call_count":' + found.calls.toString() +
    ',"all_alleles":' + found.alleles.toString() + ',"frequency":' + frequency + ',"carriers":' + carriers +
    ',"samples":[' + samplesOf(beacon, found.carriers) + "]}"
  );
}

/** The first carriers: files in the order of their names, samples in that of their columns. */
function samplesOf(beacon: Beacon, carriers: Carriers): string {
  const texts = new Array<string>();
  const order = carriers.files.slice(0).sort((a, b) => (a < b ? -1 : i32(a > b)));
  for (let i = 0; i < order.length && texts.length < beacon.list; i++) {
    const samples = carriers.first(carriers.files.indexOf(order[i]), beacon.list - texts.length);
    const place = beacon.files.indexOf(order[i]);
    const names = place < 0 ? new Array<string>() : beacon.names[place].split("\t");
    for (let j = 0; j < samples.length; j++) texts.push(sampleJson(order[i], samples[j], names));
  }
  return texts.join(",");
}

/** A sample by its name; by its column, from 1, where no header tells it. */
function sampleJson(file: string, sample: i32, names: string[]): string {
  const name = sample < names.length ? names[sample] : "#" + (sample + 1).toString();
  return '{"file":' + (file.length ? json<string>(file) : "null") + ',"sample":' + json<string>(name) + "}";
}

function json<T>(value: T): string {
  restart();
  write<T>(value);
  const text = String.UTF8.decodeUnsafe(written(), writtenLength());
  restart();
  return text;
}
