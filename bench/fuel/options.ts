// What a bench was asked to do: `--name value` pairs and `--name` flags.

export interface Options {
  /** @returns the value of `--name`, or the default */
  text(name: string, otherwise: string): string;
  number(name: string, otherwise: number): number;
  /** Comma-separated. @throws Error when one is none of `all`; by default all of them */
  list<T extends string>(name: string, all: readonly T[], otherwise?: readonly T[]): T[];
  flag(name: string): boolean;
}

/** @throws Error on an argument that is not known */
export function readOptions(args: readonly string[], known: readonly string[], flags: readonly string[]): Options {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const name = args[i]?.replace(/^--/, "") ?? "";
    if (flags.includes(name)) given.set(name, "yes");
    else if (known.includes(name) && args[i + 1] !== undefined) given.set(name, args[++i] ?? "");
    else {
      const all = [...known.map((each) => `--${each} VALUE`), ...flags.map((each) => `--${each}`)].join(" ");
      throw new Error(`"${args[i]}" is not known; options: ${all}`);
    }
  }
  const list = <T extends string>(name: string, all: readonly T[], otherwise = all): T[] => {
    const wanted = given.get(name)?.split(",");
    const unknown = wanted?.find((each) => !all.some((one) => one === each));
    if (unknown !== undefined) throw new Error(`--${name} ${unknown}: one of ${all.join(", ")}`);
    return wanted === undefined ? [...otherwise] : all.filter((each) => wanted.includes(each));
  };
  return {
    text: (name, otherwise) => given.get(name) ?? otherwise,
    number: (name, otherwise) => Number(given.get(name) ?? otherwise),
    list,
    flag: (name) => given.has(name),
  };
}
