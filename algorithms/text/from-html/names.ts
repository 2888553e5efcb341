// Names of elements, attributes and roles as small numbers, and what is known of those that matter. A page may use
// other names, which get numbers too: an element `x-card` is closed by `</x-card>`.
import { hash } from "../tags/words";

// What an element is.
/** Has no content and no end tag. */
export const VOID: u32 = 1;
/** Stands on lines of its own, or is parted from what is around it by an empty line. */
export const LINE: u32 = 1 << 1;
export const PARAGRAPH: u32 = 1 << 2;
/** No end tag of another inline element closes it. */
export const SPECIAL: u32 = 1 << 3;
/** Its content is no text of the page. */
export const LEFT_OUT: u32 = 1 << 4;
/** Markup has no meaning in it: all up to its end tag is text. */
export const RAW: u32 = 1 << 5;
/** End tags of what is around it do not close it. */
export const SCOPE: u32 = 1 << 6;
/** A part of a table, which ends the parts below it. */
export const TABLE_PART: u32 = 1 << 7;
/** Ends an open paragraph. */
export const ENDS_P: u32 = 1 << 8;
export const HEADING: u32 = 1 << 9;
/** Holds items. */
export const LIST: u32 = 1 << 10;
/** White space counts. */
export const PRE: u32 = 1 << 11;
/** Its header and footer are its own, not those of the page. */
export const SECTION: u32 = 1 << 12;
/** Cannot be in a drawing: there it ends it. */
export const BREAKS_OUT: u32 = 1 << 13;
/** As the value of `role`: the element is no text of the page. */
export const ROLE_LEFT_OUT: u32 = 1 << 14;

/** Different names that get numbers; the elements of others are as if they had no tags. */
const MOST: u32 = 2048;
const SLOTS: u32 = 4096;
/** Bytes of the longest name. */
const LONGEST: usize = 64;

// @ts-ignore: decorator
@lazy
const keys = memory.data(8 * 4096);
// @ts-ignore: decorator
@lazy
const numbers = memory.data(2 * 4096);
// @ts-ignore: decorator
@lazy
const properties = memory.data(2 * 2048);
// @ts-ignore: decorator
@lazy
const scratch = memory.data(64 + 8);

/** Numbers are below this; 0 is none. */
export let count: u32 = 1;

/** @returns the address of the slot that has the key, or of the empty one where it would go */
function slotOf(key: u64): u32 {
  let slot = <u32>key & (SLOTS - 1);
  while (true) {
    const there = load<u64>(keys + (<usize>slot << 3));
    if (there == key || !there) return slot;
    slot = (slot + 1) & (SLOTS - 1);
  }
}

function keyOf(start: usize, size: usize): u64 {
  for (let i: usize = 0; i < size; i++) {
    const byte = <u32>load<u8>(start + i);
    store<u8>(scratch + i, byte - 0x41 < 26 ? byte | 0x20 : byte);
  }
  return hash(scratch, size) | 1;
}

/** @returns the number of a name, in any case; 0 when it has none */
export function find(start: usize, size: usize): u32 {
  return size > LONGEST ? 0 : load<u16>(numbers + (<usize>slotOf(keyOf(start, size)) << 1));
}

/** @returns the number of a name, in any case, which gets one; 0 when there are too many */
export function intern(start: usize, size: usize): u32 {
  if (size > LONGEST) return 0;
  const key = keyOf(start, size);
  const slot = <usize>slotOf(key);
  const number = load<u16>(numbers + (slot << 1));
  if (number || count == MOST) return number;
  store<u64>(keys + (slot << 3), key);
  store<u16>(numbers + (slot << 1), count);
  return count++;
}

/** What the element or role with this number is. */
export function propertiesOf(number: u32): u32 {
  return load<u16>(properties + (<usize>number << 1));
}

/** Gives a name a number, and says more of it. */
function known(name: string, more: u32 = 0): u32 {
  const bytes = String.UTF8.encode(name);
  const number = intern(changetype<usize>(bytes), bytes.byteLength);
  const at = properties + (<usize>number << 1);
  store<u16>(at, <u32>load<u16>(at) | more);
  return number;
}

function allOf(names: string, more: u32): void {
  const list = names.split(" ");
  for (let i = 0; i < list.length; i++) known(unchecked(list[i]), more);
}

allOf("area base br col embed hr img input link meta param source track wbr basefont bgsound frame keygen", VOID);
allOf("div dt dd li tr caption figcaption legend summary optgroup option address hgroup form center dir", LINE);
allOf("p h1 h2 h3 h4 h5 h6 ul ol menu dl table blockquote pre listing xmp plaintext figure hr fieldset", PARAGRAPH);
allOf("article aside details dialog footer header main nav search section", PARAGRAPH);
allOf("address applet area article aside base basefont bgsound blockquote body br button caption center col", SPECIAL);
allOf("colgroup dd details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2", SPECIAL);
allOf("h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li link listing main marquee menu", SPECIAL);
allOf("meta nav noembed noframes noscript object ol p param plaintext pre script search section select", SPECIAL);
allOf("source style summary table tbody td template textarea tfoot th thead title tr track ul wbr xmp", SPECIAL);
allOf("address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer", ENDS_P);
allOf("form h1 h2 h3 h4 h5 h6 header hgroup hr li dd dt listing main menu nav ol p plaintext pre search", ENDS_P);
allOf("section summary table ul xmp", ENDS_P);
allOf("script style iframe noembed noframes title textarea template noscript", LEFT_OUT);
allOf("svg math audio video canvas object map select datalist button aside nav search", LEFT_OUT);
allOf("script style iframe noembed noframes title textarea xmp plaintext", RAW);
allOf("applet caption html marquee object table td template th", SCOPE);
allOf("caption colgroup tbody td tfoot th thead tr", TABLE_PART);
allOf("h1 h2 h3 h4 h5 h6", HEADING);
allOf("ul ol menu dir", LIST);
allOf("pre listing xmp plaintext", PRE);
allOf("article section main", SECTION);
allOf("b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li", BREAKS_OUT);
allOf("listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var", BREAKS_OUT);
allOf("navigation banner contentinfo complementary search menu menubar toolbar tablist", ROLE_LEFT_OUT);
allOf("dialog alertdialog tooltip", ROLE_LEFT_OUT);

export const A: u32 = known("a");
export const ANNOTATION: u32 = known("annotation-xml");
export const BODY: u32 = known("body");
export const BR: u32 = known("br");
export const BUTTON: u32 = known("button");
export const CAPTION: u32 = known("caption");
export const DD: u32 = known("dd");
export const DESC: u32 = known("desc");
export const DIALOG: u32 = known("dialog");
export const DL: u32 = known("dl");
export const DT: u32 = known("dt");
export const FOOTER: u32 = known("footer");
export const FOREIGN_OBJECT: u32 = known("foreignobject");
/** Those of h2 to h6 follow: they were named in this order. */
export const H1: u32 = known("h1");
export const HEADER: u32 = known("header");
export const HTML: u32 = known("html");
export const LI: u32 = known("li");
export const MAIN: u32 = known("main");
export const MATH: u32 = known("math");
export const OL: u32 = known("ol");
export const OPTION: u32 = known("option");
export const P: u32 = known("p");
export const PLAINTEXT: u32 = known("plaintext");
export const Q: u32 = known("q");
export const SVG: u32 = known("svg");
export const TABLE: u32 = known("table");
export const TBODY: u32 = known("tbody");
export const TD: u32 = known("td");
export const TFOOT: u32 = known("tfoot");
export const TH: u32 = known("th");
export const THEAD: u32 = known("thead");
export const TITLE: u32 = known("title");
export const TR: u32 = known("tr");

// Attributes.
export const ARIA_HIDDEN: u32 = known("aria-hidden");
export const HIDDEN: u32 = known("hidden");
export const HREF: u32 = known("href");
export const LANG: u32 = known("lang");
export const OPEN: u32 = known("open");
export const ROLE: u32 = known("role");
export const START: u32 = known("start");
export const STYLE: u32 = known("style");
export const VALUE: u32 = known("value");
