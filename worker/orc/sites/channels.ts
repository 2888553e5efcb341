// Channel and BoundedChannel (orc.md §9). A channel without a bound has room always; one of bound 0 is a rendezvous.
import { HALTED, LATER, type Task, WAITS } from "../engine/records.ts";
import { answer, type Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { answerAll, haltAll, TaskQueue } from "../engine/tasks.ts";
import { Failure, illegalArgument } from "../values/failure.ts";
import { listOf, SIGNAL, Thing, type Value } from "../values/kinds.ts";
import { method, type Methods, site0, site1, wholeNumber } from "./define.ts";
import { waitIn } from "./state.ts";

export class Channel extends Thing {
  readonly kind: string;
  /** Null: no bound. */
  readonly bound: number | null;
  items: Value[] = [];
  head = 0;
  closed = false;
  readonly getters = new TaskQueue();
  /** Blocked puts; the item is the task's value. */
  readonly putters = new TaskQueue();
  readonly closers = new TaskQueue();
  constructor(kind: string, bound: number | null) {
    super();
    this.kind = kind;
    this.bound = bound;
  }
}

const sizeOf = (channel: Channel): number => channel.items.length - channel.head;

function takeItem(channel: Channel): Value {
  const item = channel.items[channel.head] as Value;
  channel.items[channel.head++] = null;
  if (channel.head > 1024 && channel.head * 2 > channel.items.length) {
    channel.items = channel.items.slice(channel.head);
    channel.head = 0;
  }
  if (channel.head === channel.items.length) {
    channel.items = [];
    channel.head = 0;
  }
  return item;
}

/** The first blocked put may complete. @returns its item */
function completePut(run: Run, channel: Channel): Value | undefined {
  const task = channel.putters.shift();
  if (task === undefined) return undefined;
  const item = task.value;
  answer(run, task, SIGNAL);
  return item;
}

/** @returns the next item, undefined if there is none */
function take(run: Run, channel: Channel): Value | undefined {
  if (sizeOf(channel) === 0) return afterTake(run, channel, completePut(run, channel));
  const item = takeItem(channel);
  const moved = completePut(run, channel);
  if (moved !== undefined) channel.items.push(moved);
  return afterTake(run, channel, item);
}

/** Whoever waits for a closed channel to be empty learns of it. */
function afterTake(run: Run, channel: Channel, item: Value | undefined): Value | undefined {
  if (channel.closed && isEmpty(channel)) answerAll(run, channel.closers, SIGNAL);
  return item;
}

const isEmpty = (channel: Channel): boolean => sizeOf(channel) === 0 && channel.putters.peek() === undefined;

function get(run: Run, channel: Channel, task: Task | null): Outcome {
  const item = take(run, channel);
  if (item !== undefined) return item;
  return channel.closed ? HALTED : waitIn(channel.getters, task);
}

/** @returns whether the item was taken in: by a waiting get, or by the buffer */
function accept(run: Run, channel: Channel, item: Value): boolean {
  const getter = channel.getters.shift();
  if (getter !== undefined) return answer(run, getter, item);
  if (channel.bound !== null && sizeOf(channel) >= channel.bound) return false;
  channel.items.push(item);
  return true;
}

function put(run: Run, channel: Channel, item: Value, task: Task | null): Outcome {
  if (channel.closed) return HALTED;
  if (accept(run, channel, item)) return SIGNAL;
  if (task === null) return LATER;
  task.value = item;
  channel.putters.push(task);
  return WAITS;
}

function getAll(run: Run, channel: Channel): Outcome {
  const items: Value[] = [];
  for (let item = take(run, channel); item !== undefined; item = take(run, channel)) items.push(item);
  run.charge(items.length >> 2);
  return listOf(items);
}

function shut(run: Run, channel: Channel): void {
  channel.closed = true;
  haltAll(run, channel.getters);
}

export const CHANNEL: Methods = {
  get: method(0, (run, self: Channel, _, task) => get(run, self, task)),
  getD: method(0, (run, self: Channel) => {
    const item = take(run, self);
    return item === undefined ? HALTED : item;
  }),
  put: method(1, (run, self: Channel, [item], task) => put(run, self, item as Value, task)),
  putD: method(1, (run, self: Channel, [item]) => (!self.closed && accept(run, self, item as Value) ? SIGNAL : HALTED)),
  getAll: method(0, (run, self: Channel) => getAll(run, self)),
  isClosed: method(0, (_, self: Channel) => self.closed),
  closeD: method(0, (run, self: Channel) => {
    shut(run, self);
    return SIGNAL;
  }),
  close: method(0, (run, self: Channel, _, task) => {
    shut(run, self);
    return isEmpty(self) ? SIGNAL : waitIn(self.closers, task);
  }),
};

const openSlots = (self: Channel): number => Math.max(0, (self.bound ?? 0) - sizeOf(self));

export const BOUNDED: Methods = {
  ...CHANNEL,
  getOpen: method(0, (_, self: Channel) => openSlots(self)),
  getBound: method(0, (_, self: Channel) => self.bound),
};

function makeBounded(value: Value): Outcome {
  const bound = wholeNumber(value, 0);
  if (bound instanceof Failure) return bound;
  return bound < 0
    ? illegalArgument("BoundedChannel requires a non-negative bound")
    : new Channel("BoundedChannel", bound);
}

export const CHANNELS: readonly HostSite[] = [
  site0("orc.lib.state.Channel", () => new Channel("Channel", null)),
  site1("orc.lib.state.BoundedChannel", (_, bound) => makeBounded(bound)),
];
