import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newKey } from "../../cli/bootstrap.ts";
import type { Io } from "../../cli/io.ts";
import { readConfig, resolveSettings, saveKey, configPath, originOf } from "../../cli/settings.ts";
import { orcade, temporaryFolder } from "./harness.ts";

const key = (letter: string): string => `sim${letter.repeat(25)}`;
const LOCAL = "http://localhost:8787";

interface Files {
  readonly local?: object;
  readonly checkout?: object;
  readonly config?: object;
}

function io(files: Files, env: Readonly<Record<string, string>> = {}): Io {
  const root = temporaryFolder();
  const put = (path: string, document: object | undefined): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    if (document !== undefined) writeFileSync(join(root, path), JSON.stringify(document));
  };
  put("work/.orcade/credentials", files.local);
  put("checkout/.orcade/credentials", files.checkout);
  put("home/.config/orcade/config.json", files.config);
  const sink = { isTTY: false, write: () => undefined };
  return {
    cwd: join(root, "work"),
    checkout: join(root, "checkout"),
    home: join(root, "home"),
    env,
    stdout: sink,
    stderr: sink,
    stdin: () => Promise.resolve(new Uint8Array()),
  };
}

const credentials = (letter: string, address = LOCAL): object => ({
  address,
  account: `account_${letter}`,
  key: key(letter),
});
const FILES: Files = {
  local: credentials("L"),
  checkout: credentials("C"),
  config: { address: "https://far.example", keys: { "https://far.example": { account: "far", key: key("F") } } },
};

const { local: _local, ...withoutLocal } = FILES;

test("without anything the address is the local one and there is no key", () => {
  expect(resolveSettings(io({}), {})).toEqual({
    address: LOCAL,
    key: undefined,
    account: undefined,
    source: undefined,
  });
});

test("flags win over the environment, the environment over files, .orcade over the config file", () => {
  const env = { ORCADE_API_KEY: key("E"), ALGORITHMIA_API_KEY: key("A") };
  expect(resolveSettings(io(FILES, env), { key: key("K") })).toMatchObject({ key: key("K"), source: "--key" });
  expect(resolveSettings(io(FILES, env), {})).toMatchObject({ key: key("E"), source: "ORCADE_API_KEY" });
  expect(resolveSettings(io(FILES, { ALGORITHMIA_API_KEY: key("A") }), {})).toMatchObject({ key: key("A") });
  expect(resolveSettings(io(FILES), {})).toMatchObject({ address: LOCAL, key: key("L"), account: "account_L" });
  expect(resolveSettings(io(withoutLocal), {})).toMatchObject({ key: key("C") });
  expect(resolveSettings(io({ config: FILES.config! }), {})).toMatchObject({
    address: "https://far.example",
    key: key("F"),
  });
});

test("the address: flag, ORCADE_ADDRESS, ALGORITHMIA_API, file", () => {
  const env = { ORCADE_ADDRESS: "http://one.example", ALGORITHMIA_API: "http://two.example/" };
  expect(resolveSettings(io(FILES, env), { address: "three.example" }).address).toBe("https://three.example");
  expect(resolveSettings(io(FILES, env), {}).address).toBe("http://one.example");
  expect(resolveSettings(io(FILES, { ALGORITHMIA_API: "http://two.example/" }), {}).address).toBe("http://two.example");
});

test("an empty variable counts as not set", () => {
  expect(resolveSettings(io(FILES, { ORCADE_API_KEY: "", ORCADE_ADDRESS: "" }), {})).toMatchObject({
    address: LOCAL,
    key: key("L"),
  });
});

test("a key from a file is never sent to another address", () => {
  expect(resolveSettings(io(FILES), { address: "https://evil.example" }).key).toBeUndefined();
  expect(resolveSettings(io(FILES), { address: "https://far.example" }).key).toBe(key("F"));
  expect(resolveSettings(io(FILES), { address: "http://localhost:8788" }).key).toBeUndefined();
  expect(resolveSettings(io(FILES), { address: "http://127.0.0.1:8787" }).key).toBe(key("L"));
});

test("ORCADE_HOME replaces both .orcade folders", () => {
  const world = io(FILES);
  expect(resolveSettings({ ...world, env: { ORCADE_HOME: join(world.checkout, ".orcade") } }, {}).key).toBe(key("C"));
  expect(resolveSettings({ ...world, env: { ORCADE_HOME: "nowhere" } }, {}).key).toBe(key("F"));
});

test("saveKey keeps the keys of other addresses, mode 0600, and the address that was the default", () => {
  const world = io(FILES);
  saveKey(world, { address: "https://near.example", account: "near", key: key("N") });
  expect(readConfig(world)).toEqual({
    address: "https://far.example",
    keys: {
      "https://far.example": { account: "far", key: key("F") },
      "https://near.example": { account: "near", key: key("N") },
    },
  });
  expect(statSync(configPath(world)).mode & 0o777).toBe(0o600);
});

test.each(["ftp://x.example", "http://", "::"])("%s is no address", (address) => {
  expect(() => originOf(address)).toThrow(/not the address of a server/);
});

test("a torn credentials file is a clear failure with exit code 3", async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".orcade"));
  writeFileSync(join(cwd, ".orcade", "credentials"), '{"address": "http');
  const ran = await orcade(["whoami"], { cwd });
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain(join(cwd, ".orcade", "credentials"));
  expect(ran.stderr).not.toContain("    at ");
});

test("a key that is none is refused before it is sent", async () => {
  for (const none of [`${key("K")} x`, `${key("K")}\n`, "schlüssel", "k".repeat(8_193)]) {
    const ran = await orcade(["whoami", "--key", none, "--address", "http://127.0.0.1:1"]);
    expect([ran.code, ran.stderr], none).toEqual([3, expect.stringContaining("--key")]);
  }
});

test("a key of another form, as an import may bring one, is sent as it is", async () => {
  for (const imported of ["k", "old/key+of=another.kind", "k".repeat(8_192)]) {
    expect(resolveSettings(io({}), { key: imported }).key).toBe(imported);
  }
});

test("newKey makes keys of the right form, all different", () => {
  const keys = Array.from({ length: 200 }, newKey);
  for (const made of keys) expect(made).toMatch(/^sim[A-Za-z0-9]{25}$/);
  expect(new Set(keys).size).toBe(200);
});
