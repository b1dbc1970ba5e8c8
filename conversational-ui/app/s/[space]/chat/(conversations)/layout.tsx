import type { Metadata } from "next";
import { ChatScreen } from "@/components/chat/chat-screen";
import { ConsoleScreen } from "@/components/chat/console/console-screen";
import { InSpace } from "@/components/spaces/in-space";
import { modelForPage } from "@/lib/ai/model";

export const metadata: Metadata = { title: "Chat" };

/**
 * The chat stands in the layout, so that an answer goes on coming while a new conversation gets its
 * address. Which one is open says the page's segment; who may see it, each page.
 */
export default function ChatLayout({ params, children }: LayoutProps<"/s/[space]/chat">) {
  return (
    <>
      <InSpace title="Chat" params={params}>
        {(space, person, spaces) => {
          const { model, misconfigured } = modelForPage();
          const shared = { person, space };
          return model ? (
            <ChatScreen {...shared} model={model} spaces={spaces} />
          ) : (
            <ConsoleScreen {...shared} model={misconfigured ? "misconfigured" : "none"} />
          );
        }}
      </InSpace>
      {children}
    </>
  );
}
