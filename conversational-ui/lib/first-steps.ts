/** What somebody does first in a space, alone or with a team; what of it is done stands in the data. */
import type { Space } from "@/lib/api-types";
import { keyOf, type Owner } from "@/lib/chat/conversations";
import { type SpacePage, spacePath } from "@/lib/space-paths";

/** What the gateway knows of it. */
export interface Begun {
  /** The person has a token, or allowed a program to act for them. */
  hasProgram: boolean;
  /** Somebody else belongs to the space, or is invited. */
  hasColleagues: boolean;
}

export interface Step {
  title: string;
  hint: string;
  isDone: boolean;
  /** Where it is done, where that is another page. */
  page: SpacePage | null;
}

/** Whoever has held some conversations needs no steps. */
export const knowsTheirWay = (conversations: number) => conversations >= 3;

/** In order; none once all of them are done, or the person knows their way. */
export function firstSteps(
  space: Pick<Space, "role">,
  begun: Begun,
  {
    isConnected,
    conversations,
    hasChat,
  }: { isConnected: boolean; conversations: number; hasChat: boolean },
): Step[] {
  const isOwner = space.role === "owner";
  const steps: Step[] = [
    {
      title: "Connect Notion",
      hint: isOwner
        ? "Notion asks you what may be read and changed. It is done once for the space."
        : "An owner does that for the space, or you connect your own.",
      isDone: isConnected,
      page: "integrations",
    },
    hasChat
      ? {
          title: "Ask a first question",
          hint: "Pages are looked up as you ask. Nothing is changed without your approval.",
          isDone: conversations > 0,
          page: null,
        }
      : {
          title: "Run a first tool",
          hint: "Choose one, fill in its form, and see what Notion answers.",
          isDone: false,
          page: "tools",
        },
    {
      title: "Use it from your own programs",
      hint: "From Claude, an editor, a terminal or a script, by one address.",
      isDone: begun.hasProgram,
      page: "clients",
    },
  ];
  if (isOwner) {
    steps.push({
      title: "Invite colleagues",
      hint: "By a link or by account name. If the space is for you alone, leave it.",
      isDone: begun.hasColleagues,
      page: "members",
    });
  }
  const isOver = steps.every(({ isDone }) => isDone) || knowsTheirWay(conversations);
  return isOver ? [] : steps;
}

export const stepPath = (space: Space, { page }: Step) => page && spacePath(space.space_id, page);

const HIDDEN = "first-steps-hidden";

/** Whether the person put them away, in this browser: nothing else says that they want none. */
export function areHidden(owner: Owner, storage: Storage = localStorage): boolean {
  try {
    return storage.getItem(`${HIDDEN}\n${keyOf(owner)}`) !== null;
  } catch {
    return false;
  }
}

export function hideSteps(owner: Owner, storage: Storage = localStorage): void {
  try {
    storage.setItem(`${HIDDEN}\n${keyOf(owner)}`, "1");
  } catch {
    // no room: they are seen again next time
  }
}
