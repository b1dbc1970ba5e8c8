import { headers } from "next/headers";
import { FirstMessages } from "@/components/chat/first-messages";
import { endOfConversation } from "@/lib/server/conversations";
import { placeAt } from "@/lib/server/current-space";

/**
 * The layout shows it, once the browser has read what it keeps. Before, its end is seen, where the
 * page comes anew: from another page the browser is as quick (Fetch Metadata, ``Sec-Fetch-Dest``).
 */
export default async function OneConversation({ params }: PageProps<"/s/[space]/chat/[id]">) {
  const { space, id } = await params;
  const here = await placeAt(space);
  if (here.kind !== "space") return null;
  const isNewPage = (await headers()).get("sec-fetch-dest") === "document";
  const last = isNewPage ? await endOfConversation(here.person, here.space.space_id, id) : [];
  return <FirstMessages spaceName={here.space.name} last={last} />;
}
