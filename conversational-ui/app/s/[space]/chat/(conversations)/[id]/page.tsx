import { placeAt } from "@/lib/server/current-space";

/** The layout shows it; conversations are kept in the browser. */
export default async function OneConversation({ params }: PageProps<"/s/[space]/chat/[id]">) {
  await placeAt((await params).space);
  return null;
}
