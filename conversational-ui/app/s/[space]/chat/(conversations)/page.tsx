import { FirstEmpty } from "@/components/chat/first-empty";
import { placeAt } from "@/lib/server/current-space";

/** The layout shows it, once the browser has read what it keeps. */
export default async function NewConversation({ params }: PageProps<"/s/[space]/chat">) {
  const here = await placeAt((await params).space);
  return here.kind === "space" ? <FirstEmpty space={here.space} /> : null;
}
