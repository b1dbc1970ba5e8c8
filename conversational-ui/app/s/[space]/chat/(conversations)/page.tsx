import { placeAt } from "@/lib/server/current-space";

/** The layout shows it; conversations are kept in the browser. */
export default async function NewConversation({ params }: PageProps<"/s/[space]/chat">) {
  await placeAt((await params).space);
  return null;
}
