import type { Metadata } from "next";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: "Chat" };

export default function ChatPage() {
  return (
    <InSpace title="Chat">
      {(space) => (
        <Page title="Chat" lead={`Ask about what is in ${space.name}'s Notion.`}>
          <p className="text-ink-soft">The chat comes here.</p>
        </Page>
      )}
    </InSpace>
  );
}
