import { keyOf, type Owner } from "@/lib/chat/conversations";

/** Where new conversations are kept. ``browser``: this one only, as the person or the operator wants. */
export type Place = "gateway" | "browser";

const CHOICE = "conversations-kept-in";

/** The person's choice in this browser. */
export function chosenPlace(owner: Owner): Place {
  return localStorage.getItem(`${CHOICE}\n${keyOf(owner)}`) === "browser" ? "browser" : "gateway";
}

export function choosePlace(owner: Owner, place: Place): void {
  if (place === "browser") localStorage.setItem(`${CHOICE}\n${keyOf(owner)}`, place);
  else localStorage.removeItem(`${CHOICE}\n${keyOf(owner)}`);
}
