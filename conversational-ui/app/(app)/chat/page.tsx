import type { Metadata } from "next";
import { ChatScreen } from "@/components/chat/chat-screen";
import { ConsoleScreen } from "@/components/chat/console/console-screen";
import { InSpace } from "@/components/spaces/in-space";
import { modelForPage } from "@/lib/ai/model";
import { settled } from "@/lib/server/gateway";
import { notionStatus } from "@/lib/server/notion";

export const metadata: Metadata = { title: "Chat" };

export default function ChatPage() {
  return (
    <InSpace title="Chat">
      {async (space, person) => {
        const { model, misconfigured } = modelForPage();
        const status = await settled(notionStatus(person, space.space_id));
        const shared = {
          person,
          space,
          connected: !status.ok || status.value.status === "connected",
        };
        return model ? (
          <ChatScreen key={space.space_id} {...shared} model={model} />
        ) : (
          <ConsoleScreen
            key={space.space_id}
            {...shared}
            model={misconfigured ? "misconfigured" : "none"}
          />
        );
      }}
    </InSpace>
  );
}
