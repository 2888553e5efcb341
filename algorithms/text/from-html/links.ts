// The links of a page, those in its main elements apart from the others.
import { Lines } from "./lines";
import { Link } from "./link";
import { Span } from "./tag";
import { addressIn } from "./values";

/** Links that are listed, and bytes of an address. */
const MOST: i32 = 2000;
const LONGEST: usize = 1000;

@final
export class Links {
  private readonly wanted: bool;
  private readonly lines: Lines;
  private readonly inMain: Link[] = [];
  private readonly others: Link[] = [];
  /** The link that is open. */
  private link: Link | null = null;
  private isInMain: bool = false;

  constructor(wanted: bool, lines: Lines) {
    this.wanted = wanted;
    this.lines = lines;
  }

  begin(href: Span, isInMain: bool): void {
    if (!this.wanted) return;
    const list = isInMain ? this.inMain : this.others;
    if (list.length >= MOST) return;
    const link = new Link();
    link.href = addressIn(href, LONGEST);
    if (!leadsAway(link.href.dataStart, link.href.length)) return;
    this.lines.link = 0;
    this.link = link;
    this.isInMain = isInMain;
  }

  /** Ends the link that is open. */
  end(): void {
    const link = this.link;
    if (link === null) return;
    link.text = this.lines.since(this.lines.link);
    if (this.isInMain) this.inMain.push(link);
    else this.others.push(link);
    this.link = null;
  }

  /** @param hasMain whether the page's text is that of its main elements */
  chosen(hasMain: bool): Link[] {
    return hasMain ? this.inMain : this.others;
  }
}

/** Whether an address is one of another place: no fragment of this page, no script. */
function leadsAway(start: usize, size: i32): bool {
  if (!size || load<u8>(start) == 0x23) return false;
  if (size < 11) return true;
  for (let i: usize = 0; i < 11; i++) {
    const byte = <u32>load<u8>(start + i);
    const lower = byte - 0x41 < 26 ? byte | 0x20 : byte;
    if (lower != <u32>load<u16>(changetype<usize>(SCRIPT) + (i << 1))) return true;
  }
  return false;
}

const SCRIPT: string = "javascript:";
