// The result as JSON.
import { learn, Learned } from "./learn";
import { Clade, Model } from "./model";
import { Study } from "./study";
import { Text } from "./text";

export function report(study: Study): Uint8Array {
  const text = new Text();
  text.raw('{"k":' + study.k.toString() + ',"genomes":' + study.genomes.toString() + ',"poor":' + study.poor.toString());
  text.raw(',"letters":' + study.letters.toString() + ',"windows":' + study.windows.toString());
  text.raw(',"valid":' + study.valid.toString());
  text.raw(',"malformed":{"count":' + study.faults.toString() + ',"first":[' + study.named.toString() + "]}");
  const model = study.model;
  if (model === null) writeLearned(text, study, learn(study.rows, study.k));
  else writePlaced(text, study, model);
  text.raw("}");
  const bytes = new Uint8Array(text.length);
  memory.copy(bytes.dataStart, text.start, text.length);
  return bytes;
}

function writeLearned(text: Text, study: Study, learned: Learned): void {
  text.raw(',"sampled":' + study.rows.count.toString() + ',"variance":' + varianceOf(study).toString());
  text.raw(',"components":[');
  for (let axis = 0; axis < 2 && learned.variance[axis] > 0; axis++) {
    const variance = learned.variance[axis];
    text.raw(axis ? "," : "");
    text.raw('{"variance":' + variance.toString() + ',"share":' + (variance / learned.total).toString() + "}");
  }
  text.raw('],"clades":[');
  const clades = learned.model.clades;
  for (let i = 0; i < clades.length; i++) {
    writeClade(text, clades[i], i);
    text.raw(',"sampled":' + clades[i].genomes.toString());
    writePlace(text, learned.middles[2 * i], learned.middles[2 * i + 1]);
  }
  text.raw('],"model":');
  if (clades.length) text.json(learned.model.write());
  else text.raw("null");
}

function writePlaced(text: Text, study: Study, model: Model): void {
  text.raw(',"labelled":' + study.labelled.toString() + ',"right":' + study.right.toString() + ',"clades":[');
  for (let i = 0; i < model.clades.length; i++) {
    const genomes = study.members[3 * i];
    writeClade(text, model.clades[i], i);
    text.raw(',"genomes":' + genomes.toString());
    if (!genomes) text.raw(',"x":null,"y":null}');
    else writePlace(text, middle(study, model, i, 0), middle(study, model, i, 1));
  }
  text.raw("]");
  if (!study.list) return;
  text.raw(',"list":[');
  text.join(study.listed);
  text.raw("]");
}

function middle(study: Study, model: Model, clade: i32, axis: i32): f64 {
  return model.coordinate(axis, <f64>study.members[3 * clade + 1 + axis] / <f64>study.members[3 * clade]);
}

function writeClade(text: Text, clade: Clade, index: i32): void {
  text.raw(index ? ',{"clade":' : '{"clade":');
  text.json(clade.name);
}

function writePlace(text: Text, x: f64, y: f64): void {
  text.raw(',"x":' + rounded(x) + ',"y":' + rounded(y) + "}");
}

function rounded(value: f64): string {
  return (Math.round(value * 1000) / 1000).toString();
}

/** Of all counts of the genomes that are not poor: the sum over all words of the variance of each. */
function varianceOf(study: Study): f64 {
  const genomes = <f64>(study.genomes - study.poor);
  if (!genomes) return 0;
  let means: f64 = 0;
  for (let i = 0; i < study.columns; i++) {
    const mean = <f64>study.sums[i] / genomes;
    means += mean * mean;
  }
  return Math.max(<f64>study.squares / genomes - means, 0);
}
