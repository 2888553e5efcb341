// What a durable run remembers, over the statements of its object's tables. Long texts lie in parts, since a row holds 2 MB.
import type { DebtRow, RunCallRow, RunRow, runStatements } from "../../kv-schema/tables/run.ts";
import type { Settlement } from "../objects/account/protocol.ts";
import type { Event, Stop } from "./journal.ts";

/** Characters of a part: 1.5 MB of UTF-8 at most. */
const PART = 500_000;
/** Characters of an answer that stands in its event. */
const SHORT = 1_000;

export type RunSql = ReturnType<typeof runStatements>;

/** A call that was prepared, or a piece of evaluation. */
export interface Debt {
  readonly id: string;
  readonly call: number | null;
  readonly settlement: Settlement;
}

export class Store {
  readonly sql: RunSql;
  /** Resolves when all that was written is on the disk. */
  readonly sync: () => Promise<void>;
  /** Runs writes that belong together. */
  readonly together: <T>(work: () => T) => T;

  constructor(sql: RunSql, sync: () => Promise<void>, together: <T>(work: () => T) => T) {
    this.sql = sql;
    this.sync = sync;
    this.together = together;
  }

  get row(): RunRow | undefined {
    return this.sql.run();
  }

  text(name: string): string | undefined {
    const parts = this.sql.parts(name);
    return parts.length === 0 ? undefined : parts.join("");
  }

  putText(name: string, text: string): void {
    this.sql.dropText(name);
    for (let part = 0; part === 0 || part * PART < text.length; part++)
      this.sql.putPart(name, part, text.slice(part * PART, (part + 1) * PART));
  }

  /** Writes an event down. A long answer lies apart; that of a call which is settled does so already. */
  append({ turns, at, what }: Event): void {
    switch (what.type) {
      case "time":
        return void this.sql.append(turns, at, null, null);
      case "stop":
        return void this.sql.append(turns, at, null, JSON.stringify(what.stop));
      case "answer":
        if (what.answer.length <= SHORT) return void this.sql.append(turns, at, what.call, what.answer);
        if (this.sql.parts(answerName(what.call)).length === 0) this.putText(answerName(what.call), what.answer);
        this.sql.append(turns, at, what.call, null);
    }
  }

  /** Events after a place, in order, some at a time. */
  *events(after: number): Generator<Event, void, undefined> {
    for (let last = after; ;) {
      const rows = this.sql.events(last, 500);
      for (const { seq, turns, at, call, what } of rows) {
        last = seq;
        if (call !== null) {
          const answer = what ?? this.text(answerName(call)) ?? "h";
          yield { turns, at, what: { type: "answer", call, answer } };
        } else if (what !== null) yield { turns, at, what: { type: "stop", stop: JSON.parse(what) as Stop } };
        else yield { turns, at, what: { type: "time" } };
      }
      if (rows.length === 0) return;
    }
  }

  /** Takes the place of all events so far. */
  putSnapshot(text: string, outputs: number, publications: number): void {
    const events = this.sql.lastEvent();
    this.together(() => {
      this.putText("snapshot", text);
      this.sql.putSnapshot(events, outputs, publications);
      for (const call of this.sql.answeredBefore(events)) this.sql.dropText(answerName(call));
      this.sql.dropEvents(events);
    });
  }

  putOutput(seq: number, kind: string, document: string): void {
    if (document.length <= PART) this.sql.addOutput(seq, kind, document);
    else {
      this.putText(outputName(seq), document);
      this.sql.addOutput(seq, kind, null);
    }
  }

  /** What was said after a place, in order, as far as `characters` reach; one at least if there is one. */
  outputs(
    after: number,
    limit: number,
    characters: number,
  ): { readonly seq: number; readonly kind: string; readonly document: string }[] {
    let left = characters;
    const some: { seq: number; kind: string; document: string }[] = [];
    for (const { seq, kind, document } of this.sql.outputs(after, limit)) {
      const text = document ?? this.text(outputName(seq)) ?? "";
      left -= text.length;
      if (left < 0 && some.length > 0) break;
      some.push({ seq, kind, document: text });
    }
    return some;
  }

  /** Remembers what will be settled, with the answer that it pays for. */
  prepare({ id, call, settlement }: Debt, answer: string | null): void {
    this.together(() => {
      this.putText(settlementName(id), JSON.stringify(settlement));
      this.sql.addDebt(id, call, settlement.total);
      if (call === null || answer === null) return;
      this.putText(answerName(call), answer);
      this.sql.callState(call, "prepared");
    });
  }

  /** The ledger has it. @returns false when that was known already */
  settled(id: string): boolean {
    return this.together(() => {
      const debt = this.sql.debt(id);
      if (debt === undefined) return false;
      this.#drop(debt);
      this.sql.spend(debt.cost, debt.call === null ? 1 : 0);
      if (debt.call !== null) {
        this.sql.costCall(debt.call, debt.cost);
        if (this.sql.call(debt.call)?.state === "prepared") this.sql.callState(debt.call, "settled");
      }
      return true;
    });
  }

  /** The ledger will never have it: what it paid for is not known. */
  unsettled(id: string): void {
    this.together(() => {
      const debt = this.sql.debt(id);
      if (debt === undefined) return;
      this.#drop(debt);
      if (debt.call !== null) this.sql.dropText(answerName(debt.call));
    });
  }

  #drop({ id }: DebtRow): void {
    this.sql.dropText(settlementName(id));
    this.sql.dropDebt(id);
  }

  debts(): readonly Debt[] {
    return this.sql.debts().flatMap(({ id, call }) => {
      const text = this.text(settlementName(id));
      return text === undefined ? [] : [{ id, call, settlement: JSON.parse(text) as Settlement }];
    });
  }

  call(n: number): RunCallRow | undefined {
    return this.sql.call(n);
  }
}

export const answerName = (call: number): string => `answer:${call}`;
const outputName = (seq: number): string => `output:${seq}`;
const settlementName = (id: string): string => `settlement:${id}`;
