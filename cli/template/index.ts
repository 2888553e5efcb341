import { fail } from "orcade";

/** Whom to greet, and how. */
class Input {
  /** The names, in the order they are to be greeted.
   * @maxItems 1000 */
  names: string[];
  /** What stands before each name. */
  greeting: string = "Hello";
}

/** The greetings. */
class Output {
  /** One line for each name. */
  lines: string[] = [];
  /** How many different names there were. */
  people: i32 = 0;
}

export function apply(input: Input): Output {
  if (input.names.length == 0) fail("NobodyHere", "give at least one name");
  const output = new Output();
  const seen = new Set<string>();
  for (let i = 0; i < input.names.length; i++) {
    const name = input.names[i];
    output.lines.push(`${input.greeting}, ${name}!`);
    seen.add(name);
  }
  output.people = seen.size;
  return output;
}
