// Every limit, once, each with its reason. Local workerd enforces almost none of the platform's own (platform report §2),
// so these are checked by our own code; test/limits shows the last accepted and the first refused value of each.

const KiB = 1024;
const MiB = 1024 * KiB;

export const LIMITS = {
  /** Bytes of a call's input: the wire contract's figure. It is held beside the call's memory in isolateBytes. */
  inputBytes: 10 * MiB,
  /** Bytes of an answer *as encoded* in the envelope (JSON escapes and base64 count): the wire contract's figure. */
  answerBytes: 15 * MiB,
  /** Bytes of an uploaded module: asc output is below 1 MiB, large C programs reach 5. */
  moduleBytes: 8 * MiB,
  /** Bytes of a metered module: KV refuses values above 25 MiB. */
  meteredBytes: 24 * MiB,
  /** Bytes of a manifest with both schemas (64 KiB each) and a sample. */
  manifestBytes: 256 * KiB,
  /** Bytes of a README: rendered for every visitor. */
  readmeBytes: 256 * KiB,
  /** Bytes of release notes. */
  notesBytes: 16 * KiB,
  /** Nesting of JSON, in and out: recursive consumers in other languages give up near 1,000. */
  jsonDepth: 256,
  /** Bytes of a native route's JSON body. */
  bodyBytes: 64 * KiB,

  /** Fuel of one call at most: about 200 s, inside the platform's 300 s of CPU for one invocation. */
  callFuel: 200_000_000_000,
  /** Fuel of one slice: about 3 ms, after which the event loop serves everybody else. */
  sliceFuel: 3_000_000,
  /** Fuel that the longest slice is granted, whatever its length in time. */
  sliceFuelMost: 20_000_000,
  /** Fuel a start function may burn when a module is tried at publish. */
  proofFuel: 100_000_000,
  /** Fuel of a sample that is run at publish: about two seconds, paid by nobody. */
  sampleFuel: 2_000_000_000,
  /**
   * Microcredits that failures of all of an author's algorithms may cost the platform on one day, about 5 s of processor;
   * beyond it the version that failed most is suspended, and callers pay.
   */
  faultBudget: 5_000_000,
  /** Of that, what one caller's calls may use up: it takes ten callers to have a version suspended. */
  faultBudgetPerCaller: 500_000,
  /** Seconds a call may last when it does not say; and at most. Mostly waiting. */
  timeoutSeconds: 300,
  timeoutSecondsMax: 3_000,

  /**
   * MiB of wasm memory without and with asking. A call holds its memory, its input, and its answer (as long as its memory,
   * answerBytes at most): by default 31 MiB and the input, so of isolateBytes three calls with small inputs, or two with the
   * longest; and one that asked for most, 79 MiB and its input (89 at most).
   */
  memoryMiB: 16,
  memoryMiBMax: 64,
  /** Bytes beside its memory that a call of a WASI command (files) or of an Extism plug-in (blocks) may hold. */
  foreignBytes: 24 * MiB,
  /** Entries of a table, which lies outside the memory that is counted: 8 bytes each. */
  tableEntries: 100_000,
  /** Bytes that the calls alive in one isolate may hold together, of the platform's 128 MB: the rest is V8's. */
  isolateBytes: 96 * MiB,
  /** Isolates (replica ids) of one build that one worker isolate spreads its calls over. Each is billed per day. */
  replicas: 2,
  /**
   * Bytes that one worker isolate holds of bodies and answers at once, of the platform's 128 MB (the rest is code, what V8 needs,
   * and copies on their way): four of the longest inputs. Requests that may wait for room, each as little as a head, and for how
   * long; the next is told to come back.
   */
  heldBytes: 48 * MiB,
  heldWaiting: 256,
  heldWaitMs: 10_000,
  /** Calls that may wait for memory in one worker isolate; the next is told to come back. */
  waitingCalls: 512,
  /** Bytes of input that those waiting calls may hold together. */
  waitingBytes: 32 * MiB,

  /** State operations of one call, and the bytes it may write: they commit in one transaction. */
  stateOperations: 1_000,
  stateWriteBytes: 16 * MiB,
  /** Bytes of a state key and value: SQLite rows stay under the platform's 2 MB. */
  stateKeyBytes: 512,
  stateValueBytes: MiB,
  /** Bytes of all keys and values one (algorithm, account) may keep. */
  stateStoreBytes: 64 * MiB,
  /** Keys in one list answer. */
  stateListKeys: 1_000,
  /** Runs of one call whose state conflicts, the first included; then StateConflict. */
  stateRuns: 5,
  /** Milliseconds a re-run may hold a store for itself before others go on. */
  stateHoldMs: 10_000,

  /**
   * Reads and writes of data one call may ask for, the bytes of one (they lie beside the call's memory, like another algorithm's answer),
   * of a path (owner, collection and a name of 255, percent-encoded), and names in one list.
   */
  dataOperations: 1_000,
  dataReadBytes: 8 * MiB,
  dataPathBytes: KiB,
  dataListFiles: 1_000,
  /**
   * Bytes of one file that a call writes (they pass through its isolate whole, like what it reads), and of all that it writes:
   * what a call leaves behind that dies is swept an hour later.
   */
  dataWriteBytes: 8 * MiB,
  dataWrittenBytes: 64 * MiB,

  /**
   * Requests to the Internet that one call may send, each as others must put up with it; bytes of method, address and headers, of
   * a body and of an answer (held like a file that is read); and milliseconds until there is an answer.
   */
  fetches: 50,
  fetchHeadBytes: 16 * KiB,
  fetchBodyBytes: MiB,
  fetchAnswerBytes: 8 * MiB,
  fetchMs: 30_000,
  /** Secrets one call may read, and bytes of a secret's name as a module gives it. */
  secretReads: 100,
  secretNameBytes: 100,

  /**
   * Calls that run from one object at once, beside what it does for others: each holds up to dataReadBytes there. Bytes of
   * their inputs, in which a collection is looked for: a longer one is heavy itself. And seconds a call may last at most that
   * runs from an object: the platform evicts one under its work after 15 minutes.
   */
  nearRuns: 2,
  nearInputBytes: 64 * KiB,
  nearSeconds: 600,

  /**
   * Questions that one call may ask its host in all, calls of others that could not begin among them: each is a message to
   * another isolate, and perhaps a look-up there. What the sandbox itself answers is bounded by its fuel alone.
   */
  hostCalls: 10_000,

  /** How deep calls may nest (the root is 1 deep), and how many one tree may hold: the platform allows chains of 32. */
  callDepth: 16,
  treeCalls: 1_000,
  /** Calls that a module asks for at once: as many inputs and answers are held (inputBytes and answerBytes together). */
  listedCalls: 100,
  /** Bytes of the name a module calls by: owner, algorithm and version. */
  calleeBytes: 100,
  /** Fuel granted at a time, about a second: then the host is asked for more, and a cancelled call ends. */
  pieceFuel: 1_000_000_000,
  /** Sandboxes one invocation of our worker may have open at once (the platform: 4); further ones open in a fresh invocation. */
  openSandboxes: 3,
  /**
   * Milliseconds after which a reader that meets a prepared write asks the ledger; after which the answer is for good, so that
   * nobody waits for an isolate that died; and after which an object asks by itself.
   */
  preparedAskMs: 500,
  preparedDecideMs: 2_000,
  preparedSweepMs: 60_000,

  /** Bytes of log that one call keeps; what comes after is dropped. Logs are for authors, answers are for data. */
  logBytes: 64 * KiB,
  /** Milliseconds between two reports of a call's progress that are passed on, and bytes of the note with them. */
  progressMs: 1_000,
  progressNoteBytes: 200,

  /** Bytes of the type and the message of an author's `fail`. */
  failTypeBytes: 100,
  failMessageBytes: 4 * KiB,

  /** Milliseconds an isolate believes what can change: whether a key is alive, which version is latest. */
  freshMs: 5_000,
  /** Bytes of module code one isolate keeps at hand. */
  codeCacheBytes: 48 * MiB,
  /** Milliseconds after which a blob nobody confirmed is checked and swept. */
  orphanMs: 15 * 60_000,
  /** Milliseconds an isolate believes that a key is unknown: short, because a new key must work at once. */
  unknownKeyMs: 250,
  /** Characters of the reason for a deprecation or suspension: shown in lists. */
  reasonCharacters: 500,
  /** Versions of one algorithm. */
  versions: 10_000,
  /** Organisations one account may found: names are given out for good. */
  organizations: 100,

  /** Milliseconds a quote holds: long enough to ask a person. */
  quoteMs: 10 * 60_000,
  /** Milliseconds a key signs receipts before another does: a quarter of a year, so that a lost one harms little. */
  signingKeyMs: 90 * 86_400_000,
  /** Milliseconds and bytes that a call's input and host answers are kept for its payer, who asked for it. */
  keptMs: 7 * 86_400_000,
  /** Milliseconds the record of a call is kept: half a year, to look into it and to export receipts. Its entry stays for good. */
  recordMs: 183 * 86_400_000,
  keptBytes: 24 * MiB,
  /** Bytes of what a call tree's own algorithms logged that are kept, as JSON: one row holds 2 MB, and nobody reads more. */
  keptLogBytes: MiB,
  /** Milliseconds operators see what a profile flagged: a quarter of a year, to look into and to compare. */
  flagMs: 90 * 86_400_000,

  /** Living keys of one account: people have a dozen, build systems a few hundred. */
  keys: 1_000,
  /** Patterns of algorithms one key may call, and characters of its label (it stands in lists and statements). */
  keyPatterns: 100,
  keyLabel: 100,
  /** Characters of a key: ours have 28, imported ones are as long as they were; headers of a request have 16 KiB and more. */
  keyCharacters: 8 * KiB,
  /** Milliseconds to which a key's last use is noted: each note is a row written. */
  keyUsedMs: 60_000,
  /** Members of one organisation, and organisations one account may belong to: they stand in each of its grants. */
  members: 1_000,
  memberships: 1_000,
  /** Milliseconds after which a sign-up that was never completed may be taken over with another key (same invite). */
  signupRetryMs: 30_000,
  /**
   * What one account may begin in a window, by all its keys, unless an operator says otherwise: calls (5,000 a second is more
   * than one machine answers; money is what bounds them), and other requests, many of which wake an object.
   */
  callsPerMinute: 300_000,
  requestsPerMinute: 30_000,
  /** Requests an isolate takes at once from a limit, at most: what it does not use in time, others cannot. */
  requestsTaken: 64,
  /**
   * Look-ups of unknown keys (and invites) one client address may cause in a window and one isolate; and all together, after
   * which whoever failed before waits. A key has 149 bits of chance: this spares our objects, not the keys.
   */
  lookupFailures: 30,
  lookupFailuresInAll: 1_000,
  /** What an operator may set a rate limit to. */
  ratePerMinute: 100_000_000,
  /** Microcredits one sign-up may bring (10,000 credits, a dollar), and uses of one invite: what a slip of an operator costs. */
  signUpCredits: 10_000_000_000,
  inviteUses: 100_000,
  /** Accounts one client address may open in a window and one isolate where no invite is asked for; and all together. */
  openSignUps: 10,
  openSignUpsInAll: 600,
  /** Milliseconds of a rate limit's window. */
  rateWindowMs: 60_000,

  /** Bytes of data an account or organisation may keep: one Durable Object per collection holds at most 10 GB. */
  dataQuotaBytes: 10 * 1024 * MiB,
  /** Bytes of one collection: below the 10 GB of its object, with room for what is being replaced. */
  collectionBytes: 8 * 1024 * MiB,
  /** Bytes of one file. */
  fileBytes: 5 * 1024 * MiB,
  /** Bytes of one part of a resumable upload: Cloudflare refuses bodies over 100 MB on most plans. */
  partBytes: 90 * MiB,
  /** Collections of one owner, and files of one collection. */
  collections: 10_000,
  files: 1_000_000,
  /** Milliseconds a resumable upload waits for its next part; a file of a temp collection lives. */
  uploadMs: 7 * 24 * 3_600_000,
  temporaryMs: 24 * 3_600_000,

  /** Bytes of a program in Orc: far beyond what people write; it compiles in some 100 ms. And of a request with its arguments. */
  orcProgramBytes: 256 * KiB,
  orcBodyBytes: 2 * MiB,
  /** Fuel that evaluating a program may burn inside a request: about 20 s, of the platform's 300 s of CPU. */
  orcFuel: 20_000_000_000,
  /** Calls of one program inside a request (each asks several objects; the platform allows 10,000), and how many run at once. */
  orcCalls: 1_000,
  orcCallsAtOnce: 16,
  /** Bytes of an algorithm's answer that a program takes: it holds 32 MiB at most. */
  orcAnswerBytes: 4 * MiB,
  /** Programs that run in one isolate at once, in all and of one account; and bytes they hold together: the rest is for calls. */
  orcRuns: 64,
  orcRunsPerAccount: 16,
  orcIsolateBytes: 48 * MiB,

  /** Durable runs of one account that have not ended, and milliseconds for which one that ended can be looked at. */
  runs: 1_000,
  runKeptMs: 30 * 86_400_000,
  /** Seconds a durable run may last when it does not say, and at most: a year, mostly asleep. */
  runSeconds: 30 * 86_400,
  runSecondsMax: 366 * 86_400,
  /** Fuel that its evaluation may burn: about a quarter of an hour of a processor. */
  runFuel: 1_000_000_000_000,
  /** Fuel of evaluation that is settled at a time, about a second: what is lost to the platform when an account runs dry. */
  runPieceFuel: 1_000_000_000,
  /** Calls it may make; things it may say, and bytes of them: its object holds 10 GB, a reader reads them one by one. */
  runCalls: 100_000,
  runOutputs: 1_000_000,
  runOutputBytes: 256 * MiB,
  /** Signals that wait for somebody to ask for them, in all that one run was ever sent, and bytes of one. */
  runSignalsKept: 100,
  runSignals: 10_000,
  runSignalBytes: 64 * KiB,
  /** Characters of its name and of a signal's, and hosts it may ask. */
  runNameCharacters: 100,
  runHosts: 100,
  /** Events between two snapshots at most, and steps: what is repeated when a run goes on after it was evicted, below 300 ms. */
  runSnapshotEvents: 1_000,
  runSnapshotSteps: 2_000_000,
  /** Milliseconds a run stays in memory for a timer; what sleeps longer is woken by an alarm. */
  runDozeMs: 2_000,
  /** Bytes of an answer over HTTP that a program takes when it does not say, and milliseconds it is waited for. */
  orcHttpBytes: 1 * MiB,
  orcHttpMs: 30_000,

  /**
   * Milliseconds after which a call is made known to its account's object, so that it can be listed and cancelled: most are
   * over by then. And how many calls of one account are.
   */
  attendedMs: 50,
  attendedCalls: 10_000,
  /** Seconds an asynchronous call may last at most: one attempt, and time to settle it. */
  errandSeconds: 700,
  /** Asynchronous calls of one account that have not ended; and how many of them run at once: the others wait. */
  errands: 1_000,
  errandsAtOnce: 16,
  /** Milliseconds the result of an asynchronous call is kept. */
  errandKeptMs: 7 * 86_400_000,
  /** Attempts at one asynchronous call: one that cannot even be tried has failed after some ten minutes. */
  errandAttempts: 20,
  /** Seconds a client may wait for an asynchronous call in one request. */
  errandWaitSeconds: 300,
  /** Milliseconds an Idempotency-Key holds, and its characters. */
  onceMs: 86_400_000,
  onceCharacters: 255,
  /** Milliseconds for which the webhook secret before the current one signs, too. */
  webhookOverlapMs: 86_400_000,
  /** Characters of the address of a webhook, and bytes of its receiver's answer that are looked at. */
  webhookUrlCharacters: 2_000,
  webhookAnswerBytes: 64 * KiB,

  /** Milliseconds one attempt at a durable task may last: an alarm of the platform ends after 15 minutes. */
  attemptMs: 12 * 60_000,

  /** Bytes of one (partial) answer in a job: several are read by one reduction. Longer things are data, not answers. */
  jobAnswerBytes: 4 * MiB,
  /** Bytes of a chunk that a job aims at, at most, and least: an input has at most inputBytes, and records stand out. */
  jobChunkBytes: 8 * MiB,
  jobChunkBytesLeast: 64,
  /** Bytes (or letters) by which chunks overlap. */
  jobOverlap: 64 * KiB,
  /** Tasks of one job, splits counted: each leaves a row; and files of one source, which stand in one list. */
  jobTasks: 2_000_000,
  jobFiles: 10_000,
  /** Bytes of a request that makes a job: it may list files one by one. */
  jobBodyBytes: 2 * MiB,
  /** Bytes of a job's arguments: they go with every task; a model of genome/fingerprint takes some 40 KiB. */
  jobArgumentsBytes: 64 * KiB,
  /** How often a chunk may be split again: into 16 each time, so that a chunk of any length is at single records long before. */
  jobDepth: 9,
  /** Objects that one job's chunks are spread over, and batches of it that run at once. */
  jobShards: 64,
  jobParallel: 32,
  /** Tries of a task that was lost, not counting the first; and at most. What an algorithm itself fails with is not tried again. */
  jobRetries: 3,
  jobRetriesMax: 20,
  /** Microcredits a job may cost when it does not say (1,000 credits), and fuel of a task (10 s). */
  jobCost: 1_000_000_000,
  jobFuelPerTask: 10_000_000_000,
  /**
   * Tasks of one batch, the bytes of its inputs, and those of its answers after which no more is begun. A message has 32 MiB at
   * most, and one that tells what came of a batch holds its answers and one more, and the inputs of those that failed.
   */
  jobBatchTasks: 1_000,
  jobBatchBytes: 12 * MiB,
  /** Milliseconds without a sign of life after which a batch is taken for lost: it gives one every second. */
  jobLeaseMs: 5_000,
  /** Answers that are reduced together. */
  jobArity: 32,
  /** Jobs of one account that are not over. */
  jobsOpen: 100,
  /** Milliseconds a job and its answers are kept after it was last used. */
  jobKeptMs: 7 * 86_400_000,

  /**
   * Milliseconds a lease lasts at least, whatever its calls need, and at most: the longest call, and a minute in which it
   * settles. Money of an isolate that died is free again then.
   */
  leaseMs: 60_000,
  leaseMsMax: 3_060_000,
  /** Milliseconds that settled calls wait for the flush that pays their authors: one transfer for all of them. */
  outboxMs: 5_000,
  /** Bytes of a call tree's record and of its shares, as JSON: 1,000 nodes of about 1,200 and 550. One row holds both. */
  recordBytes: 1_300_000,
  sharesBytes: 600_000,

  /** The platform's: bytes of one SQLite row or blob, and bound parameters of one statement. */
  rowBytes: 2_000_000,
  boundParameters: 100,
} as const;

/** Bytes in one page of wasm memory. */
export const PAGE_BYTES = 64 * KiB;
