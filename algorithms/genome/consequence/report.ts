// The result as JSON: how many alternates do what, and those that do most.
import { restart, written, writtenLength } from "orcade/json/write";
import { write } from "orcade/json/values";
import { IMPACTS, TERMS } from "./effect";
import { Study } from "./study";
import { Variant } from "./variant";

/** Writes the result. */
export function report(study: Study): Uint8Array {
  const counts = new Array<string>();
  for (let i = 0; i < TERMS.length; i++) {
    if (study.counts[i]) counts.push('"' + TERMS[i] + '":' + study.counts[i].toString());
  }
  const listed = new Array<string>();
  for (let i = 0; i < study.best.length; i++) listed.push(variantJson(study.best[i]));
  const text =
    '{"lines":' + study.lines.toString() + ',"alternates":' + study.alternates.toString() +
    ',"symbolic":' + study.symbolic.toString() + ',"other_reference":' + study.otherReference.toString() +
    ',"consequences":{' + counts.join(",") + '},"variants":[' + listed.join(",") + "]}";
  return Uint8Array.wrap(String.UTF8.encode(text));
}

function variantJson(variant: Variant): string {
  return (
    '{"file":' + textJson(variant.file) + ',"chromosome":' + textJson(variant.chromosome) +
    ',"position":' + variant.position.toString() + ',"reference":' + textJson(variant.reference) +
    ',"alternate":' + textJson(variant.alternate) + ',"gene":' + textJson(variant.gene) +
    ',"consequence":"' + TERMS[variant.term] + '","impact":"' + IMPACTS[variant.term] +
    '","protein":' + textJson(variant.protein) + ',"frequency":' + json<f64>(variant.frequency) + "}"
  );
}

/** A text as JSON; null for an empty one. */
function textJson(text: string): string {
  return text.length ? json<string>(text) : "null";
}

/** A value as JSON; null for NaN. */
function json<T>(value: T): string {
  restart();
  write<T>(value);
  const text = String.UTF8.decodeUnsafe(written(), writtenLength());
  restart();
  return text;
}
