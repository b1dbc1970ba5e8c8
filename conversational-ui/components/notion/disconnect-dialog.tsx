"use client";

import ConfirmDialogContent from "@/components/confirm-dialog-content";
import type { Space, Whose } from "@/lib/api-types";
import type { Outcome } from "@/lib/call-api";

const WORDS = {
  shared: {
    title: "Disconnect Notion?",
    description: (space: string) =>
      `${space} loses its MCP connection at once: in the chat, and for every client with a gateway token.`,
    deleted: "Notion's tokens for this space; they are revoked at Notion, too",
  },
  personal: {
    title: "Disconnect your own Notion?",
    description: (space: string) =>
      `Nothing acts in your own name any more in ${space}: neither the chat, nor your clients and gateway tokens.`,
    deleted: "Notion's tokens of your own connection; they are revoked at Notion, too",
  },
};

/** Says what will be gone, and what stays. */
export default function DisconnectDialog({
  space,
  whose,
  open,
  onOpenChange,
  onDisconnect,
}: {
  space: Space;
  whose: Whose;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDisconnect: () => Promise<Outcome<unknown>>;
}) {
  const words = WORDS[whose];
  return (
    <ConfirmDialogContent
      open={open}
      onOpenChange={onOpenChange}
      title={words.title}
      description={words.description(space.name)}
      confirm="Disconnect and delete tokens"
      onConfirm={onDisconnect}
    >
      <div className="flex flex-col gap-3 text-sm">
        <div>
          <p className="font-medium">Will be deleted</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>{words.deleted}</li>
            <li>the registration that belonged to them</li>
          </ul>
        </div>
        <div>
          <p className="font-medium">Stays</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>everything in Notion itself</li>
            <li>members, gateway tokens, conversations, and this history</li>
            {whose === "personal" && <li>the team's connection</li>}
          </ul>
        </div>
      </div>
    </ConfirmDialogContent>
  );
}
