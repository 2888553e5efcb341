// Algorithm: the truth about one algorithm: its versions, which are public, and which a selector means.
import {
  ALGORITHM_MIGRATIONS,
  type AlgorithmRow,
  type ListedRow,
  NEWEST,
  algorithmStatements,
  versionRank,
} from "../../../kv-schema/tables/algorithm.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import type { Manifest } from "../../market/manifest.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { type VersionEntry, checkPublishable, checkRoyaltyRule, parseVersion, resolve } from "../../market/semver.ts";
import { Agenda } from "../agenda/agenda.ts";
import { type Announcement, INDEXED_README, type Listing, announce } from "../catalogue/announce.ts";
import { Noun } from "../noun.ts";

export interface Publication {
  /** JSON of the Release. */
  readonly release: string;
  readonly notes: string;
  readonly readme: string;
  /** JSON of the SampleRun. */
  readonly sample: string;
}

export interface PublishError {
  readonly reason: "version-exists" | "version-zero" | "bad-version" | "royalty-rule" | "too-many-versions";
  readonly message: string;
}

/** What a publish is about to bring: enough to tell whether it may. */
export interface Candidate {
  readonly version: string;
  /** SHA-256 of the module as uploaded, 64 hex digits. */
  readonly module: string;
  /** JSON of the Manifest. */
  readonly manifest: string;
  readonly notes: string;
  readonly readme: string;
}

/** A version that stands already, with the module and manifest of a candidate. */
export interface StandingRelease {
  /** JSON of its Release. */
  readonly release: string;
  /** Whether the candidate's notes and README are those that stand, too. */
  readonly sameTexts: boolean;
  /** JSON of the SampleRun. */
  readonly sample: string;
}

export interface PublishedRelease extends StandingRelease {
  readonly created: boolean;
}

/** A manifest without what the server finds in the module: that follows from the module. */
const authoredPart = (manifest: Manifest): string => JSON.stringify({ ...manifest, abi: null, entry: null });

function isSame(standing: Release, candidate: Candidate): boolean {
  const asked = JSON.parse(candidate.manifest) as Manifest;
  const { manifest, module } = standing;
  const entry = asked.entry === undefined || asked.entry === manifest.entry;
  return (
    entry && module.sha256 === candidate.module && authoredPart(without(manifest)) === authoredPart(without(asked))
  );
}

const without = ({ entry: _entry, ...rest }: Manifest): Manifest => rest;

/** Bytes of releases and notes after which a page ends: what one answer between objects may well carry. */
const PAGE_BYTES = 1024 * 1024;

/** What a selector means now; believed for LIMITS.freshMs. */
export interface Resolution {
  /** UUID of the algorithm. */
  readonly id: string;
  readonly version: string;
  readonly build: string;
}

/** A version as its page shows it. */
export interface VersionView {
  /** JSON of the Release: text, because it crosses between objects. */
  readonly release: string;
  readonly notes: string;
  /** Milliseconds since 1970. */
  readonly published: number;
  readonly yanked: boolean;
  /** Why it is deprecated, and why it is suspended; null: it is not. */
  readonly deprecated: string | null;
  readonly suspended: string | null;
  /** JSON of the SampleRun. */
  readonly sample: string;
}

export interface AlgorithmView {
  readonly id: string;
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly VersionView[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

export type Unknown = "unknown-algorithm" | "unknown-version";

/** What an owner may change of a version that stands; what is left out stays. */
export interface StandingChange {
  readonly yanked?: boolean | undefined;
  /** Null takes the deprecation back. */
  readonly deprecated?: string | null | undefined;
}

/** A version as the object itself thinks of it. */
interface KnownVersion extends VersionEntry {
  readonly royalty: number;
}

const ANNOUNCE = "announce";

export class Algorithm extends Noun {
  readonly #sql = algorithmStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  /** All versions without their texts, read once and again after a publish: each resolve looks through them. */
  #known: readonly KnownVersion[] | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ALGORITHM_MIGRATIONS);
  }

  /**
   * What would become of a publication, asked before the work of metering and proving a module. Writes nothing.
   * @returns the release that stands when it is the same, null when the version may be published
   */
  consider(candidate: Candidate): Result<StandingRelease | null, PublishError> {
    if (this.established && this.#sql.deleted()) {
      const message = "This algorithm was deleted, and its name is not given out again: choose another.";
      return err({ reason: "version-exists", message });
    }
    const row = this.#has(candidate.version) ? this.#sql.version(versionRank(candidate.version)) : undefined;
    if (row !== undefined && isSame(JSON.parse(row.release) as Release, candidate)) {
      const sameTexts = row.notes === candidate.notes && row.readme === candidate.readme;
      return ok({ release: row.release, sameTexts, sample: this.#sampleRun(row.rank) });
    }
    const { royalty } = JSON.parse(candidate.manifest) as Manifest;
    const refused = this.#refusal(candidate.version, royalty);
    return refused === null ? ok(null) : err(refused);
  }

  /**
   * Makes a version current, for good. The same module and manifest again change nothing, even when metering has changed
   * since: what was published stays, and so do its notes and README.
   * @returns whether it is new, and the release that stands
   */
  async publish(publication: Publication): Promise<Result<PublishedRelease, PublishError>> {
    const { release: text, notes, readme } = publication;
    const release = JSON.parse(text) as Release;
    const { version, module, manifest } = release;
    const candidate = { version, module: module.sha256, manifest: JSON.stringify(manifest), notes, readme };
    const considered = this.consider(candidate);
    if (!considered.ok) return considered;
    if (considered.value !== null) return ok({ created: false, ...considered.value });
    this.establish();
    this.transaction(() => this.#write(release, publication));
    await this.#changed();
    return ok({ created: true, release: text, sameTexts: true, sample: publication.sample });
  }

  /**
   * Makes the algorithm with no version yet; nobody but its owner sees it. Doing it again changes nothing.
   * @param id the UUID it is to have, if it is new
   * @returns its UUID; null when it was deleted
   */
  draft(name: string, id: string = crypto.randomUUID()): string | null {
    this.establish();
    if (this.#sql.deleted()) return null;
    this.#sql.create(id, name, Date.now());
    return this.#id();
  }

  /**
   * Deletes it, if nothing of it was ever public. What had a version leaves its name taken for good, because copies of its
   * releases may be anywhere; what had none leaves nothing.
   */
  async remove(): Promise<Result<null, "unknown-algorithm" | "public">> {
    if (this.#selfFor(true) === undefined) return err("unknown-algorithm");
    const entries = this.#entries();
    if (entries.some((entry) => entry.public)) return err("public");
    this.#known = null;
    if (entries.length === 0) {
      await this.erase();
      return ok(null);
    }
    this.transaction(() => {
      this.#sql.remove(Date.now());
      this.#sql.change();
    });
    await this.#changed();
    return ok(null);
  }

  #write({ algorithm, version, build, manifest }: Release, publication: Publication): void {
    const { release, notes, readme, sample } = publication;
    const now = Date.now();
    this.#sql.create(crypto.randomUUID(), algorithm, now);
    this.#sql.publish({
      rank: versionRank(version),
      text: version,
      build,
      public: manifest.visibility === "public" ? 1 : 0,
      royalty: manifest.royalty,
      published: now,
      release,
      notes,
      readme,
    });
    this.#sql.putSampleRun(versionRank(version), sample);
    this.#sql.change();
  }

  /** What everybody is told has changed: versions are read anew, and the catalogue is to hear of it. */
  async #changed(): Promise<void> {
    this.#known = null;
    await this.#agenda.plan(ANNOUNCE, "", Date.now());
  }

  #refusal(version: string, royalty: number): PublishError | null {
    const entries = this.#entries();
    if (entries.length >= LIMITS.versions) {
      return { reason: "too-many-versions", message: `An algorithm has at most ${LIMITS.versions} versions.` };
    }
    const publishable = checkPublishable(entries, version);
    if (!publishable.ok) return publishable.error as PublishError;
    const rule = checkRoyaltyRule(entries, { version, royalty });
    return rule.ok ? null : (rule.error as PublishError);
  }

  /**
   * @param selector `latest`, `1`, `1.2`, `1.2.3`, a build hash...
   * @param member whether the asker may see what is private
   * @returns unknown-algorithm also when nothing the asker may see exists
   */
  resolve(selector: string, member: boolean): Result<Resolution, Unknown | "suspended-version"> {
    const found = this.#pin(selector, member);
    if (!found.ok) return found;
    const { version, suspended } = found.value;
    return suspended === true ? err("suspended-version") : ok({ id: this.#id(), version, build: found.value.build });
  }

  #id(): string {
    return this.#sql.self()?.id ?? "";
  }

  /** What a selector means, be it suspended or not. */
  #pin(selector: string, member: boolean): Result<KnownVersion, Unknown> {
    if (this.#selfFor(member) === undefined) return err("unknown-algorithm");
    const found = resolve(selector, this.#entries(), member);
    return found.ok ? ok(found.value as KnownVersion) : err("unknown-version");
  }

  /** The algorithm, if it exists and the asker may see any of it: what is private does not exist for a stranger. */
  #selfFor(member: boolean): AlgorithmRow | undefined {
    if (!this.established || this.#sql.deleted() || !(member || this.#entries().some((version) => version.public)))
      return undefined;
    return this.#sql.self();
  }

  #entries(): readonly KnownVersion[] {
    if (!this.established || this.#sql.deleted()) return [];
    this.#known ??= this.#sql.summaries().map((row) => ({
      version: row.text,
      build: row.build,
      public: row.public === 1,
      yanked: row.yanked === 1,
      suspended: row.suspended !== null,
      royalty: row.royalty,
    }));
    return this.#known;
  }

  #has(version: string): boolean {
    return this.established && parseVersion(version).ok;
  }

  /** JSON of one version's Release; null when it does not exist. Who may see it was decided by resolve. */
  release(version: string): string | null {
    return (this.#has(version) ? this.#sql.listed(versionRank(version))?.release : undefined) ?? null;
  }

  /** The one version that a selector means, as its page shows it. */
  find(selector: string, member: boolean): Result<AlgorithmView, Unknown> {
    const found = this.#pin(selector, member);
    if (!found.ok) return found;
    const row = this.#sql.listed(versionRank(found.value.version));
    const self = this.#sql.self();
    return row === undefined || self === undefined
      ? err("unknown-version")
      : ok({ id: self.id, name: self.name, versions: [this.#viewOf(row)], more: false });
  }

  /** The README, Markdown, of the version that a selector means; "" when it has none. */
  readme(selector: string, member: boolean): Result<string, Unknown> {
    const found = this.#pin(selector, member);
    return found.ok ? ok(this.#sql.readme(versionRank(found.value.version)) ?? "") : found;
  }

  /**
   * A page of versions, newest first, of those the asker may see: at most `limit`, and no further than PAGE_BYTES reach.
   * @param before a version, which need not exist; older ones are answered
   * @returns null when nothing the asker may see exists, whatever `before` is
   */
  view(member: boolean, before: string | null, limit: number): AlgorithmView | null {
    const self = this.#selfFor(member);
    if (self === undefined) return null;
    const versions: VersionView[] = [];
    let bytes = 0;
    let next = this.#below(before === null ? NEWEST : versionRank(before), member);
    while (next !== undefined && versions.length < limit && bytes < PAGE_BYTES) {
      versions.push(this.#viewOf(next));
      bytes += Buffer.byteLength(next.release) + Buffer.byteLength(next.notes);
      next = this.#below(next.rank, member);
    }
    return { id: self.id, name: self.name, versions, more: next !== undefined };
  }

  #viewOf({ rank, release, notes, published, yanked }: ListedRow): VersionView {
    const { deprecated, suspended } = this.#sql.standing(rank) ?? { deprecated: null, suspended: null };
    const sample = this.#sampleRun(rank);
    return { release, notes, published, yanked: yanked === 1, deprecated, suspended, sample };
  }

  #sampleRun(rank: string): string {
    return this.#sql.sampleRun(rank) ?? '{"status":"none"}';
  }

  #below(rank: string, member: boolean): ListedRow | undefined {
    return this.#sql.below(rank, member ? 1 : 0);
  }

  /** Whether a version exists and refers to the blob: asked before an unconfirmed blob is swept. */
  holds(version: string, sha256: string): boolean {
    const release = this.release(version);
    if (release === null) return false;
    const { module, metered } = JSON.parse(release) as Release;
    return module.sha256 === sha256 || metered.sha256 === sha256;
  }

  /** Yanks or deprecates a version, or takes it back. Who may was decided by who asks. */
  async stand(version: string, change: StandingChange): Promise<Result<VersionView, Unknown>> {
    const row = this.#has(version) ? this.#sql.listed(versionRank(version)) : undefined;
    if (row === undefined) return err(this.established ? "unknown-version" : "unknown-algorithm");
    this.transaction(() => {
      if (change.yanked !== undefined) this.#sql.yank(row.rank, change.yanked);
      if (change.deprecated !== undefined) this.#sql.deprecate(row.rank, change.deprecated);
      this.#sql.change();
    });
    await this.#changed();
    return this.#again(row.rank);
  }

  /** Suspends a version: nobody may call it, however it is named. @param reason null ends the suspension */
  async suspend(version: string, reason: string | null): Promise<Result<VersionView, Unknown>> {
    const row = this.#has(version) ? this.#sql.listed(versionRank(version)) : undefined;
    if (row === undefined) return err(this.established ? "unknown-version" : "unknown-algorithm");
    this.transaction(() => {
      this.#sql.suspend(row.rank, reason);
      this.#sql.change();
    });
    await this.#changed();
    return this.#again(row.rank);
  }

  #again(rank: string): Result<VersionView, Unknown> {
    const row = this.#sql.listed(rank);
    return row === undefined ? err("unknown-version") : ok(this.#viewOf(row));
  }

  /** Suspends a version whose faults have used up their author's budget, unless it is suspended already. */
  async tooFaulty(version: string, reason: string): Promise<void> {
    const standing = this.#has(version) ? this.#sql.standing(versionRank(version)) : undefined;
    if ((standing?.suspended ?? null) === null) await this.suspend(version, reason);
  }

  /** Tells the catalogue what it is to show, if it does not know. Safe to repeat; what fails is tried again by alarm. */
  async announce(): Promise<void> {
    const state = this.established ? this.#sql.announced() : undefined;
    if (state === undefined || state.known >= state.revision) return;
    await announce(this.env, this.#announcement(state.revision));
    this.#sql.know(state.revision);
  }

  #announcement(revision: number): Announcement {
    const name = this.#sql.self()?.name ?? "";
    const [all, shown] = [
      this.#entries(),
      this.#entries().filter((each) => each.public && !each.yanked && !each.suspended),
    ];
    return { id: this.#id(), name, revision, own: this.#listing(all), shown: this.#listing(shown) };
  }

  /** The newest of some versions, as the catalogue lists it. @param versions newest first */
  #listing([newest]: readonly KnownVersion[]): Listing | null {
    const row = newest === undefined ? undefined : this.#sql.listed(versionRank(newest.version));
    if (row === undefined) return null;
    const readme = this.#sql.readme(row.rank) ?? "";
    return { ...this.#viewOf(row), readme: readme.slice(0, INDEXED_README) };
  }

  override async alarm(): Promise<void> {
    if (this.established) await this.#agenda.serve(Date.now(), () => this.announce());
  }
}
