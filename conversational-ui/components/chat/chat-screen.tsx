"use client";

import { Lock, ShieldCheck, SquarePen, Wrench } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ConversationList } from "@/components/chat/conversation-list";
import { ModelBadge } from "@/components/chat/model-badge";
import { usePolicy } from "@/components/chat/use-policy";
import { SidebarContent } from "@/components/shell/sidebar-slot";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { Tooltip } from "@/components/ui/tooltip";
import type { Space } from "@/lib/api-types";
import { type Conversation as Kept, type Owner, readConversation } from "@/lib/chat/conversations";
import type { ModelInfo } from "@/lib/chat/model-info";

const Conversation = dynamic(() => import("@/components/chat/conversation"), { ssr: false });
const PermissionsDialog = dynamic(() => import("@/components/chat/permissions-dialog"), {
  ssr: false,
});

interface Open {
  id: string;
  initial: Kept | null;
  /** Back from a consent. */
  returning: boolean;
}

export interface ChatScreenProps {
  person: { userId: string };
  space: Space;
  model: ModelInfo;
  connected: boolean;
}

/** The chat with a model, and beside it what was said before. */
export function ChatScreen({ person, space, model, connected }: ChatScreenProps) {
  const spaceId = space.space_id;
  const owner = useMemo<Owner>(
    () => ({ userId: person.userId, spaceId }),
    [person.userId, spaceId],
  );
  const [policy, setPolicy] = usePolicy(owner);
  const [changes, setChanges] = useState(0);
  const { open, title, setTitle } = useOpen(owner);
  const [deciding, setDeciding] = useState(false);
  const toast = useToast();
  const complained = useRef(false);

  const onKept = useCallback(
    ({ title: kept, isNew }: { title: string; isNew: boolean }) => {
      setTitle(kept);
      // The address of this conversation from now on; nothing is loaded again.
      if (isNew) window.history.replaceState(null, "", `/chat?c=${open?.id}`);
      setChanges((count) => count + 1);
    },
    [open?.id, setTitle],
  );
  const onNotKept = useCallback(() => {
    if (complained.current) return;
    complained.current = true;
    toast({
      tone: "bad",
      title: "This conversation cannot be kept",
      detail:
        "Your browser gives this site no room, or another tab still has an older version of it " +
        "open: close that one. Until then what you write is gone when you leave the page.",
    });
  }, [toast]);

  return (
    <div className="flex h-[calc(100dvh-3.25rem)] flex-col md:h-dvh">
      <SidebarContent>
        <ConversationList
          owner={owner}
          current={open?.id ?? null}
          changes={changes}
          onRenamed={(id, name) => id === open?.id && setTitle(name)}
        />
      </SidebarContent>
      <header className="flex min-h-13 items-center gap-2 border-b border-line px-4 py-2 sm:px-6">
        <h1 className="min-w-0 flex-1 truncate text-sm font-medium">
          {title ?? "New conversation"}
        </h1>
        {policy?.readOnly && (
          <Badge tone="plain">
            <Lock aria-hidden="true" />
            Read-only
          </Badge>
        )}
        <ModelBadge model={model} />
        <Tooltip text="Tool permissions">
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Tool permissions"
            onClick={() => setDeciding(true)}
          >
            <ShieldCheck aria-hidden="true" />
          </Button>
        </Tooltip>
        <Tooltip text="Tools: run one by hand">
          <Button asChild variant="ghost" size="icon-sm">
            <Link href="/chat/tools" aria-label="Tools">
              <Wrench aria-hidden="true" />
            </Link>
          </Button>
        </Tooltip>
        <Tooltip text="New conversation">
          <Button asChild variant="ghost" size="icon-sm" className="md:hidden">
            <Link href="/chat" aria-label="New conversation">
              <SquarePen aria-hidden="true" />
            </Link>
          </Button>
        </Tooltip>
      </header>
      {open && policy ? (
        <Conversation
          key={open.id}
          {...open}
          owner={owner}
          space={space}
          policy={policy}
          onPolicy={setPolicy}
          onKept={onKept}
          onNotKept={onNotKept}
          connected={connected}
        />
      ) : (
        <div className="flex-1" aria-busy="true" />
      )}
      {deciding && policy && (
        <PermissionsDialog
          space={space}
          policy={policy}
          onPolicy={setPolicy}
          onClose={() => setDeciding(false)}
        />
      )}
    </div>
  );
}

/** The conversation that the address names, or a new one. */
function useOpen(owner: Owner) {
  const router = useRouter();
  const query = useSearchParams();
  const wanted = query.get("c");
  const returning = query.get("retry") === "1";
  const [open, setOpen] = useState<Open | null>(null);
  const [title, setTitle] = useState<string | null>(null);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    // Its own address, given to it when it was kept first.
    if (wanted !== null && wanted === shown.current) return;
    let left = false;
    const begin = (next: Open) => {
      shown.current = next.id;
      setTitle(next.initial?.title ?? null);
      setOpen(next);
    };
    if (wanted === null) {
      begin({ id: crypto.randomUUID(), initial: null, returning: false });
      return;
    }
    readConversation(owner, wanted)
      .catch(() => null)
      .then((initial) => {
        if (left) return;
        if (!initial) return router.replace("/chat");
        if (returning) window.history.replaceState(null, "", `/chat?c=${wanted}`);
        begin({ id: wanted, initial, returning });
      });
    return () => {
      left = true;
    };
  }, [wanted, returning, owner, router]);
  return { open, title, setTitle };
}
