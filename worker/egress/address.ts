// Which hosts are on the public Internet, judged by how they are written. Names are resolved by the runtime: what they come
// to is judged there, with each connection (sender.ts). `wrangler dev` has no such network: it is for development only. Pure.

/** Blocks that are not the public Internet (IANA special-purpose registries, RFC 6890): first address and prefix length. */
const IPV4_BLOCKS: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private (RFC 1918)
  ["100.64.0.0", 10], // shared between carriers (RFC 6598)
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, and the metadata services of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.31.196.0", 24], // AS112
  ["192.52.193.0", 24], // AMT
  ["192.88.99.0", 24], // 6to4 relays, withdrawn
  ["192.168.0.0", 16], // private
  ["192.175.48.0", 24], // AS112
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/** Names that never leave a machine or a house (RFC 6761, 6762, 8375, 9476 and custom). */
const LOCAL_SUFFIXES = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "home.arpa",
  "onion",
  "test",
  "invalid",
  "example",
  "alt",
];

/** @param text dotted, as the URL parser leaves it @returns 32 bits, or undefined */
function ipv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

const inBlock = (address: number, [first, bits]: readonly [string, number]): boolean =>
  Math.floor(address / 2 ** (32 - bits)) === Math.floor((ipv4(first) ?? 0) / 2 ** (32 - bits));
const isPublicIpv4 = (address: number): boolean => !IPV4_BLOCKS.some((block) => inBlock(address, block));

const groupsOf = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));

/** @param text what stands between the brackets, as the URL parser leaves it: no dotted part @returns eight groups of 16 bits */
function ipv6(text: string): readonly number[] | undefined {
  const [front = "", back] = text.split("::");
  const head = groupsOf(front);
  const tail = back === undefined ? [] : groupsOf(back);
  const missing = 8 - head.length - tail.length;
  const groups =
    back === undefined ? head : [...head, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...tail];
  return groups.length === 8 && groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}

const joined = (high = 0, low = 0): number => high * 65_536 + low;

/** Only global unicast (2000::/3) is public, without the blocks in it that are not, or that carry an IPv4 address. */
function isPublicIpv6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0] = groups;
  // ::ffff:0:0/96, 64:ff9b::/96 and others with an IPv4 address in them lie outside of it.
  if (a >> 13 !== 1) return false;
  if (a === 0x2002) return isPublicIpv4(joined(b, c)); // 6to4
  if (a === 0x2001 && b < 0x200) return false; // Teredo, ORCHID, benchmarks and other assignments
  if (a === 0x2001 && b === 0xdb8) return false; // documentation
  return !(a === 0x3fff && b < 0x1000); // documentation (RFC 9637)
}

/**
 * @param host `URL.hostname`: lower case, IPv4 in dotted form whatever was written, IPv6 in brackets
 * @returns whether it may be an address on the public Internet
 */
export function isPublicHost(host: string): boolean {
  if (host.startsWith("[")) {
    const groups = ipv6(host.slice(1, -1));
    return groups !== undefined && isPublicIpv6(groups);
  }
  const name = host.replace(/\.$/, "");
  const address = ipv4(name);
  if (address !== undefined) return isPublicIpv4(address);
  // An empty label is no name: `localhost..` must not pass for something else.
  if (!name.includes(".") || name.length > 253 || name.split(".").includes("")) return false;
  return !LOCAL_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}
