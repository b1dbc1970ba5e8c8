import type { FoundPage } from "@/lib/chat/found-pages";
import { labelFor, linkTo } from "@/lib/chat/mentions";

/** What to try first. ``text`` is what is asked, with the address of the page it names. */
export interface Suggestion {
  title: string;
  text: string;
}

/** As many as there is room for, before those of any workspace. */
export const MOST_OF_PAGES = 2;

/** They hold in any workspace: nothing is supposed of what is in it. */
export const OF_ANY_WORKSPACE: readonly Suggestion[] = [
  { title: "See what is new", text: "Which pages were edited recently?" },
  { title: "Find out what this can do", text: "What can you do?" },
];

/** About pages that the person has opened last. */
export function suggestionsOf(pages: readonly FoundPage[]): Suggestion[] {
  return pages.slice(0, MOST_OF_PAGES).map(({ title, url, isDatabase }) => ({
    title: isDatabase ? "Look into a database" : "Summarise a page",
    text: `Summarise ${linkTo({ label: labelFor(title), url })}`,
  }));
}
