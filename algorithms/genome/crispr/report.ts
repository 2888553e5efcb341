// The result as JSON: of each guide its off-targets by mismatches, their scores, its specificity and the best of them.
import { written, writtenLength } from "orcade/json/write";
import { write } from "orcade/json/values";
import { Guide, GUIDE, lettersOf, SITE } from "./guides";
import { Search } from "./search";
import { Site, UNIT } from "./site";

/** Writes the result. */
export function report(search: Search): Uint8Array {
  search.checkOverlap();
  const lines = new Array<string>();
  for (let i = 0; i < search.guides.length; i++) lines.push(guideJson(search.guides[i], search.list));
  const head =
    '{"records":' + search.records.toString() + ',"letters":' + search.letters.toString() +
    ',"targets":' + search.targets.toString() + ',"sites":' + search.sites.toString() + ',"guides":[';
  return Uint8Array.wrap(String.UTF8.encode(head + lines.join(",") + "]}"));
}

/** One perfect site with NGG is the target itself: it is no off-target. */
function guideJson(guide: Guide, list: i32): string {
  const own: i64 = guide.perfect > 0 ? 1 : 0;
  const score = <f64>(guide.score - own * <i64>(100.0 * UNIT)) / UNIT;
  const counts = new Array<string>();
  for (let i = 0; i < guide.counts.length; i++) counts.push((guide.counts[i] - (i ? 0 : own)).toString());
  let target = "null";
  const others = new Array<string>();
  for (let i = 0; i < guide.best.length; i++) {
    const site = guide.best[i];
    const text = siteJson(site);
    if (own && target == "null" && !site.mismatches && ((site.code >> 2) & 3) == 2) target = text;
    else if (others.length < list) others.push(text);
  }
  return (
    '{"guide":"' + lettersOf(guide.code, GUIDE) + '","specificity":' + specificity(score).toString() +
    ',"score":' + score.toString() + ',"mismatches":[' + counts.join(",") + '],"target":' + target +
    ',"off_targets":[' + others.join(",") + "]}"
  );
}

/** round(100 * 100 / (100 + sum of scores)), as MIT's guides are ranked. */
function specificity(score: f64): i32 {
  return <i32>Math.round(10000 / (100 + score));
}

function siteJson(site: Site): string {
  return (
    '{"file":' + textJson(site.file) + ',"record":' + textJson(site.record) + ',"position":' + site.position.toString() +
    ',"strand":"' + (site.minus ? "-" : "+") + '","site":"' + lettersOf(site.code, SITE) +
    '","mismatches":' + site.mismatches.toString() + ',"score":' + (<f64>site.score / UNIT).toString() + "}"
  );
}

function textJson(text: string): string {
  if (!text.length) return "null";
  const from = writtenLength();
  write<string>(text);
  return String.UTF8.decodeUnsafe(written() + <usize>from, writtenLength() - from);
}
