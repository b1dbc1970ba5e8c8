"use client";

import ConfirmDialogContent from "@/components/confirm-dialog-content";
import * as texts from "@/components/notion/opened-texts";
import type { Space, Whose } from "@/lib/api-types";
import type { Outcome } from "@/lib/call-api";

const WORDS = {
  shared: {
    title: texts.disconnectNotion,
    description: (space: string) => texts.losesItsMcpConnection(space),
    deleted: texts.notionsTokensForThis,
  },
  personal: {
    title: texts.disconnectYourOwn,
    description: (space: string) => texts.nothingActsInYourOwn(space),
    deleted: texts.notionsTokensOfYourOwn,
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
      confirm={texts.disconnectAndDelete}
      onConfirm={onDisconnect}
    >
      <div className="flex flex-col gap-3 text-sm">
        <div>
          <p className="font-medium">{texts.willBeDeleted}</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>{words.deleted}</li>
            <li>{texts.theRegistrationThatBelonged}</li>
          </ul>
        </div>
        <div>
          <p className="font-medium">{texts.stays}</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>{texts.everythingInNotion}</li>
            <li>{texts.membersGatewayTokens}</li>
            {whose === "personal" && <li>{texts.theTeamsConnection}</li>}
          </ul>
        </div>
      </div>
    </ConfirmDialogContent>
  );
}
