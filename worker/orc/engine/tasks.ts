// A queue of waiting tasks, first come first served. Killed tasks are skipped, and swept out before they outnumber the others.
import type { Value } from "../values/kinds.ts";
import type { Task } from "./records.ts";
import { answer, type Run } from "./run.ts";
import { haltWaiting } from "./scopes.ts";

export class TaskQueue {
  tasks: Task[] = [];
  head = 0;
  sweepAt = 32;

  push(task: Task): void {
    if (this.tasks.length >= this.sweepAt) this.sweep();
    this.tasks.push(task);
  }

  /** @returns the first live task, which is taken out */
  shift(): Task | undefined {
    while (this.head < this.tasks.length) {
      const task = this.tasks[this.head++] as Task;
      if (!task.scope.dead) return task;
    }
    this.tasks = [];
    this.head = 0;
    return undefined;
  }

  /** @returns the first live task */
  peek(): Task | undefined {
    while (this.head < this.tasks.length) {
      const task = this.tasks[this.head] as Task;
      if (!task.scope.dead) return task;
      this.head++;
    }
    return undefined;
  }

  private sweep(): void {
    this.tasks = this.tasks.slice(this.head).filter((task) => !task.scope.dead);
    this.head = 0;
    this.sweepAt = 2 * this.tasks.length + 32;
  }
}

/** All that wait get the value. */
export function answerAll(run: Run, queue: TaskQueue, value: Value): void {
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) answer(run, task, value);
}

/** All that wait halt. */
export function haltAll(run: Run, queue: TaskQueue): void {
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) haltWaiting(run, task);
}
