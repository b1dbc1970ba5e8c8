import { isDeepEqualData, type UIMessage } from "ai";
import { tell } from "@/lib/chat/conversation-news";
import {
  type Conversation,
  keyOf,
  type Owner,
  readConversation,
  saveConversation,
} from "@/lib/chat/conversations";
import { type CaughtUp, catchUp, knownThere, send } from "@/lib/chat/kept-conversations";
import type { Problem } from "@/lib/problems";

export interface Now {
  messages: readonly UIMessage[];
  problem: Problem | null;
  /** More of the last answer is coming. */
  isLive: boolean;
}

/**
 * A conversation that a tab has open: it saves what has changed here since it last saved, one save
 * after the other, and tells the other tabs. While an answer comes here it tells them with every
 * save, also where nothing has come since: whoever hears nothing takes it for gone.
 */
export class OpenConversation {
  readonly owner: Owner;
  readonly id: string;
  #saved: readonly UIMessage[];
  #reason: string | undefined;
  /** Set to be shown, and not shown yet. */
  #coming: Conversation | null = null;
  #wasLive = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(owner: Owner, id: string, initial: Conversation | null) {
    this.owner = owner;
    this.id = id;
    this.#saved = initial?.messages ?? [];
    this.#reason = initial?.problem?.reason;
  }

  /** Null where there is nothing new. Rejects where it cannot be kept; the next save tries again. */
  save(now: Now): Promise<{ title: string; isNew: boolean } | null> {
    const saving = this.#last.then(() => this.#save(now));
    this.#last = saving.catch(() => {});
    return saving;
  }

  async #save({ messages, problem, isLive }: Now) {
    if (this.#coming?.messages.every((one) => messages.includes(one))) {
      this.#took(this.#coming);
      this.#coming = null;
    }
    const isSaved = this.#isSaved({ messages, problem });
    if (isSaved && !isLive && !this.#wasLive) return null;
    const change = { before: this.#saved, now: messages, problem };
    const kept = isSaved ? null : await saveConversation(this.owner, this.id, change);
    this.#took({ messages, problem });
    this.#wasLive = isLive;
    tell({ owner: keyOf(this.owner), id: this.id, isLive });
    return kept;
  }

  /** Tells the gateway of what was saved. Returns why it does not keep it, where it said so. */
  send(): Promise<Problem | null> {
    return this.#last.then(() => send(this.owner, this.id));
  }

  /** Asks the gateway what other devices have said in it. */
  catchUp(): Promise<CaughtUp | null> {
    return this.#last.then(() => catchUp(this.owner, this.id));
  }

  /** How many of these messages, from the first, the gateway has as they are here. */
  async known(messages: readonly UIMessage[]): Promise<number> {
    await this.#last;
    const there = await knownThere(this.owner, this.id).catch(() => new Set<string>());
    const saved = new Set(this.#saved);
    const at = messages.findIndex((one) => !(saved.has(one) && there.has(one.id)));
    return at < 0 ? messages.length : at;
  }

  /**
   * All of it, with what other tabs have saved, once what was saved here is there. What is as this
   * tab has it is the same object.
   */
  async read(): Promise<Conversation | null> {
    await this.#last;
    const read = await readConversation(this.owner, this.id);
    const here = new Map(
      [...this.#saved, ...(this.#coming?.messages ?? [])].map((one) => [one.id, one]),
    );
    const asHere = (one: UIMessage) => {
      const ours = here.get(one.id);
      return ours && isDeepEqualData(ours, one) ? ours : one;
    };
    return read && { ...read, messages: read.messages.map(asHere) };
  }

  /** Whether this tab has saved or read just that. */
  has(read: Pick<Now, "messages" | "problem">): boolean {
    const isComing =
      this.#coming?.messages.length === read.messages.length &&
      this.#coming.problem?.reason === read.problem?.reason &&
      read.messages.every((one) => this.#coming?.messages.includes(one));
    return isComing || this.#isSaved(read);
  }

  /**
   * In another order too: a tab that took its own order for a change would be answered by the other
   * tabs with theirs, without end.
   */
  #isSaved({ messages, problem }: Pick<Now, "messages" | "problem">): boolean {
    const saved = new Set(this.#saved);
    return (
      messages.length === saved.size &&
      messages.every((one) => saved.has(one)) &&
      problem?.reason === this.#reason
    );
  }

  /**
   * What was read is to be shown here. Until it is, what is shown is that of before, and does not say
   * that anything is gone.
   */
  takes(read: Conversation): void {
    this.#coming = read;
  }

  #took({ messages, problem }: Pick<Now, "messages" | "problem">): void {
    this.#saved = messages;
    this.#reason = problem?.reason;
  }
}
