import type { Metadata } from "next";
import { ChatScreen } from "@/components/chat/chat-screen";
import * as texts from "@/components/chat/texts";
import { NoModel } from "@/components/console/no-model";
import { InSpace } from "@/components/spaces/in-space";
import { modelsForPage } from "@/lib/ai/model";

export const metadata: Metadata = { title: texts.chat };

/**
 * The chat stands in the layout, so that an answer goes on coming while a new conversation gets its
 * address. Which one is open says the page's segment; who may see it, each page.
 */
export default function ChatLayout({ params, children }: LayoutProps<"/s/[space]/chat">) {
  return (
    <InSpace title={texts.chat} params={params}>
      {(space, person, spaces) => {
        const { models, misconfigured } = modelsForPage();
        return models.length > 0 ? (
          <ChatScreen person={person} space={space} models={models} spaces={spaces}>
            {children}
          </ChatScreen>
        ) : (
          <NoModel person={person} space={space} isMisconfigured={misconfigured} />
        );
      }}
    </InSpace>
  );
}
