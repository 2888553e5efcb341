// The compiled modules of test/modules, by name.
import modules from "../../build/test/modules.json" with { type: "json" };

export function testModule(name: string): Uint8Array<ArrayBuffer> {
  const text = (modules as Record<string, string>)[name];
  if (text === undefined) throw new Error(`no test/modules/${name}.wat`);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
