// Card: from an id of the wire contract (a UUID, an external id) back to the name it stands for; and beside an account or
// organisation what only that contract asks for. The truth about the noun itself is its own object's.
import { CARD_MIGRATIONS, cardStatements } from "../../../kv-schema/tables/card.ts";
import type { Env } from "../../env.ts";
import { Noun } from "../noun.ts";

export type CardKind = "algorithm" | "user" | "organisation";
export interface CardView {
  readonly kind: CardKind;
  /** Canonical spelling. */
  readonly name: string;
  /** JSON of an object of strings. */
  readonly facts: string;
}

export class Card extends Noun {
  readonly #sql = cardStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, CARD_MIGRATIONS);
  }

  /** Writes the card; the same again writes nothing. */
  put(kind: CardKind, name: string, facts: string): void {
    const known = this.read();
    if (known?.kind === kind && known.name === name && known.facts === facts) return;
    this.establish();
    this.#sql.put({ kind, name, facts });
  }

  read(): CardView | null {
    const row = this.established ? this.#sql.card() : undefined;
    return row === undefined ? null : { kind: row.kind as CardKind, name: row.name, facts: row.facts };
  }
}

const cardOf = (env: Env, name: string): DurableObjectStub<Card> => env.CARD.get(env.CARD.idFromName(name));
/** @param id a UUID */
export const cardById = (env: Env, id: string): DurableObjectStub<Card> => cardOf(env, `id:${id.toLowerCase()}`);
export const cardByExternalId = (env: Env, id: string): DurableObjectStub<Card> => cardOf(env, `external:${id}`);
/** @param name of an account or organisation, in any spelling */
export const cardByName = (env: Env, name: string): DurableObjectStub<Card> =>
  cardOf(env, `name:${name.toLowerCase()}`);
