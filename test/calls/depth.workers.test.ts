// The frames that docs/fuel.md promises, on the stack that a call in workerd has: the first call, whose code is of the first
// tier, and one after code has been made better.
import { expect, test } from "vitest";
import { bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

const PROMISED = 5_000;

test("a function of a few locals reaches 5,000 frames", async () => {
  const ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "deep" }, testModule("deep"));
  const depth = new Uint8Array(Uint32Array.of(PROMISED).buffer);
  const sum = new Uint8Array(BigUint64Array.of(BigInt((6 * PROMISED * (PROMISED + 1)) / 2)).buffer);
  const wanted = btoa(String.fromCharCode(...sum));
  for (let turn = 0; turn < 20; turn++) {
    expect(await (await ada.call("ada/deep", depth)).json(), `call ${turn + 1}`).toMatchObject({ result: wanted });
  }
});
