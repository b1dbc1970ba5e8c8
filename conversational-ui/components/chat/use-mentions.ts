import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from "react";
import * as texts from "@/components/chat/texts";
import { asLine } from "@/lib/browser-problems";
import { callApi } from "@/lib/call-api";
import { type FoundPage, firstActive, MOST_QUERY } from "@/lib/chat/found-pages";
import { labelFor, type Mention, named, type Wanted, wantedAt } from "@/lib/chat/mentions";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

/** Somebody who types on asks for nothing else in between. */
const PAUSE_MILLISECONDS = 250;

type Found = { query: string; pages: FoundPage[]; problem: Problem | null };

export interface Mentioning {
  spaceId: string;
  /** False: there is no Notion to search. */
  connected: boolean;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  text: string;
  mentions: Mention[];
  onMention: (text: string, mentions: Mention[]) => void;
}

/**
 * Pages by "@": what stands before the caret is searched for, and one of what is found takes its
 * place. A text of several lines may be no combobox (ARIA in HTML); what ``field`` says is what a
 * combobox with a list says, as far as a textbox may.
 */
export function useMentions(mentioning: Mentioning) {
  const { spaceId, connected, fieldRef, text, mentions, onMention } = mentioning;
  const id = useId();
  const [caret, setCaret] = useState<number | null>(null);
  const [dismissed, setDismissed] = useState<number | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [active, setActive] = useState(-1);
  const [round, setRound] = useState(0);
  const at = caret === null ? null : wantedAt(text, caret, mentions);
  const wanted = at && at.from !== dismissed ? at : null;
  if (!at && dismissed !== null) setDismissed(null);
  const query = wanted ? wanted.query.trim().slice(0, MOST_QUERY) : null;

  const searched = connected ? query : null;
  const [searchedBefore, setSearchedBefore] = useState(searched);
  if (searched !== searchedBefore) {
    setSearchedBefore(searched);
    setActive(-1);
    if (searched === null) setFound(null);
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once more in the next round
  useEffect(() => {
    if (searched === null) return;
    const leaving = new AbortController();
    const timer = setTimeout(async () => {
      const path = spaceApi(spaceId, `/pages?${new URLSearchParams({ query: searched })}`);
      const answer = await callApi<{ pages: FoundPage[] }>(path, { signal: leaving.signal });
      if (leaving.signal.aborted) return;
      const pages = answer.ok ? answer.value.pages : [];
      setFound({ query: searched, pages, problem: answer.ok ? null : answer.problem });
      setActive(firstActive(pages, searched));
    }, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [searched, spaceId, round]);

  const isOpen = wanted !== null;
  const isFound = isOpen && found?.query === query;
  const pages = isFound ? found.pages : [];
  const optionId = (index: number) => `${id}-${index}`;

  const choose = (page: FoundPage, given: Wanted | null = wanted) => {
    const field = fieldRef.current;
    if (!given || !field) return;
    const known = mentions.find(({ url }) => url === page.url);
    const mention = known ?? { label: labelFor(page.title, mentions, page.url), url: page.url };
    const next = named(text, given, mention.label);
    onMention(next.text, known ? mentions : [...mentions, mention]);
    setCaret(next.caret);
    // Once the field has its new text.
    requestAnimationFrame(() => {
      field.focus();
      field.setSelectionRange(next.caret, next.caret);
    });
  };

  /** Whether the key was meant for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!isOpen || event.nativeEvent.isComposing) return false;
    const page = pages[active];
    if (event.key === "Escape") setDismissed(wanted.from);
    else if ((event.key === "Enter" || event.key === "Tab") && page && !event.shiftKey)
      choose(page);
    else if (event.key === "ArrowDown" && pages.length > 0) {
      setActive((active + 1) % pages.length);
    } else if (event.key === "ArrowUp" && pages.length > 0) {
      setActive((active <= 0 ? pages.length : active) - 1);
    } else return false;
    event.preventDefault();
    return true;
  };

  return {
    isOpen,
    /** Said and shown. */
    words: isOpen ? wordsFor(connected, isFound ? found : null, query ?? "") : "",
    /** Why nothing could be searched. */
    problem: isFound ? found.problem : null,
    again: () => setRound((before) => before + 1),
    pages,
    active,
    listId: id,
    optionId,
    choose,
    onKeyDown,
    onCaret: setCaret,
    field: {
      "aria-autocomplete": "list" as const,
      "aria-haspopup": "listbox" as const,
      ...(pages.length > 0 && { "aria-controls": id }),
      ...(active >= 0 && active < pages.length && { "aria-activedescendant": optionId(active) }),
    },
  };
}

export type Mentions = ReturnType<typeof useMentions>;

function wordsFor(connected: boolean, found: Found | null, query: string): string {
  if (!connected) return texts.connectNotionToMention;
  if (!found) return texts.searchingNotion;
  if (found.problem) return asLine(found.problem);
  if (found.pages.length > 0) {
    const count = found.pages.length === 1 ? texts.onePage : texts.pages(found.pages.length);
    return texts.theArrowKeysChoose(count);
  }
  return query === "" ? texts.typeAPagesTitle : texts.noPageIsFoundForThis;
}
