"use client";

import { Keyboard, Lock, ShieldCheck, SquarePen, Wrench } from "lucide-react";
import dynamic from "next/dynamic";
import { useParams, useRouter } from "next/navigation";
import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { ConversationList, isForAnotherTab } from "@/components/chat/conversation-list";
import { IsAwaited } from "@/components/chat/first-view";
import { ModelChoice } from "@/components/chat/model-choice";
import { NotHere } from "@/components/chat/not-here";
import * as texts from "@/components/chat/texts";
import type { Touched } from "@/components/chat/use-conversation-list";
import { useOpen } from "@/components/chat/use-open";
import { usePolicy, useStopAsking } from "@/components/chat/use-policy";
import { useShortcuts } from "@/components/chat/use-shortcuts";
import { ConnectionMark } from "@/components/notion/connection-mark";
import { useConnections } from "@/components/notion/use-connection";
import { PageLink } from "@/components/shell/going";
import { FindButton, MenuButton } from "@/components/shell/phone-buttons";
import { SidebarContent } from "@/components/shell/sidebar-slot";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { Tooltip } from "@/components/ui/tooltip";
import type { Space } from "@/lib/api-types";
import type { Owner } from "@/lib/chat/conversations";
import type { ModelInfo } from "@/lib/chat/model-info";
import { MESSAGE_FIELD } from "@/lib/chat/shortcuts";
import { actsAs } from "@/lib/grants";
import type { Problem } from "@/lib/problems";
import { spacePath } from "@/lib/space-paths";

const Conversation = lazy(() => import("@/components/chat/conversation"));
const PermissionsDialog = dynamic(() => import("@/components/chat/permissions-dialog"), {
  ssr: false,
});

const ShortcutsDialog = dynamic(() => import("@/components/chat/shortcuts-dialog"), {
  ssr: false,
});

/** Of the browser's store, which all of them share. */
const NOT_KEPT = "not_kept";

export interface ChatScreenProps {
  person: { userId: string };
  space: Space;
  /** All that they belong to. */
  spaces: Space[];
  /** Those that are configured, at least one. */
  models: ModelInfo[];
  /** What is seen of the conversation until the browser has read what it keeps. */
  children: ReactNode;
}

/** The chat with a model, and beside it what was said before. */
export function ChatScreen({ person, space, spaces, models, children }: ChatScreenProps) {
  const spaceId = space.space_id;
  const owner = useMemo<Owner>(
    () => ({ userId: person.userId, spaceId }),
    [person.userId, spaceId],
  );
  const grants = useConnections(spaceId).now?.grants ?? null;
  const [policy, setPolicy] = usePolicy(owner);
  const stopAsking = useStopAsking(owner);
  const [changes, setChanges] = useState(0);
  const [touched, setTouched] = useState<Touched | null>(null);
  const { opened, begin, stay, again, giveAddress } = useOpen(
    owner,
    spaces.map(({ space_id }) => space_id),
  );
  const [titles, setTitles] = useState<Record<string, string>>({});
  const id = opened?.id ?? null;
  const found = opened?.found.kind === "here" ? opened.found.conversation : null;
  const isHere = opened?.isNew || found !== null;
  const missing = isHere || opened?.found.kind === "here" ? null : (opened?.found ?? null);
  const [isShown, setIsShown] = useState(false);
  const title = (id && titles[id]) ?? found?.title ?? texts.newConversation;
  const newPath = spacePath(spaceId, "chat");
  const [deciding, setDeciding] = useState(false);
  const [listing, setListing] = useState(false);
  const acting = actsAs(grants, person.userId);
  const toast = useToast();
  /** Conversations whose person was told; each is told of once. */
  const complained = useRef(new Set<string>());

  const router = useRouter();
  /** In the address, also before the browser has read it. */
  const isNamed = "id" in useParams();
  useShortcuts((shortcut) => {
    if (shortcut === "list") setListing(true);
    else if (shortcut === "write") document.getElementById(MESSAGE_FIELD)?.focus();
    else {
      begin();
      router.push(newPath);
    }
  });

  const setTitle = useCallback(
    (of: string, to: string) => setTitles((now) => (now[of] === to ? now : { ...now, [of]: to })),
    [],
  );
  const onKept = useCallback(
    (of: string, { title: to, isNew }: { title: string; isNew: boolean }) => {
      setTitle(of, to);
      if (isNew) setChanges((count) => count + 1);
      else setTouched({ id: of });
    },
    [setTitle],
  );
  const onEnded = useCallback(() => setChanges((count) => count + 1), []);
  const onNotKept = useCallback(() => {
    if (complained.current.has(NOT_KEPT)) return;
    complained.current.add(NOT_KEPT);
    toast({
      tone: "bad",
      title: texts.thisConversationCannot,
      detail: texts.yourBrowserGives,
    });
  }, [toast]);
  const onNotSent = useCallback(
    (of: string, { reason, hint, detail }: Problem) => {
      if (complained.current.has(of)) return;
      complained.current.add(of);
      // What the gateway refuses, it says in words for people.
      const why = reason === "invalid_request" && detail !== null ? detail : hint;
      toast({ tone: "bad", title: texts.keptInThisBrowser, detail: why });
    },
    [toast],
  );

  return (
    <div className="flex h-dvh flex-col print:block print:h-auto">
      <SidebarContent>
        <ConversationList
          owner={owner}
          current={id}
          changes={changes}
          touched={touched}
          onBegin={begin}
          onOpen={stay}
          onRenamed={setTitle}
        />
      </SidebarContent>
      <header
        data-header // small screens have this one alone
        className="flex min-h-13 flex-wrap items-center gap-x-2 border-b border-line px-2 py-2 md:px-6 print:[&>:not(:has(h1))]:hidden"
      >
        <MenuButton />
        <div className="min-w-0 flex-1">
          <h1 className="truncate text-sm font-medium print:whitespace-normal">
            {(opened ? !isHere : isNamed) ? texts.conversation : title}
          </h1>
          <p className="truncate text-xs text-ink-soft md:hidden print:hidden">{space.name}</p>
        </div>
        <ConnectionMark spaceId={spaceId} />
        <div className="flex min-w-0 items-center gap-2 max-md:order-last max-md:basis-full max-md:px-2.5 md:contents">
          {policy?.readOnly && (
            <Badge tone="plain">
              <Lock aria-hidden="true" />
              {texts.readOnly}
            </Badge>
          )}
          <ModelChoice owner={owner} id={id} models={models} />
          {acting && (
            <p
              className="min-w-0 text-xs text-ink-soft max-md:line-clamp-2 md:order-last md:basis-full md:truncate"
              title={acting}
            >
              {acting}
            </p>
          )}
        </div>
        <Tooltip text={texts.toolPermissions}>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={texts.toolPermissions}
            onClick={() => setDeciding(true)}
          >
            <ShieldCheck aria-hidden="true" />
          </Button>
        </Tooltip>
        <Tooltip text={texts.toolsRunOneByHand}>
          <Button asChild variant="ghost" size="icon-sm" className="max-md:hidden">
            <PageLink
              href={spacePath(spaceId, "tools")}
              name={texts.tools}
              aria-label={texts.tools}
            >
              <Wrench aria-hidden="true" />
            </PageLink>
          </Button>
        </Tooltip>
        <Tooltip text={texts.keyboardShortcuts}>
          <Button
            variant="ghost"
            size="icon-sm"
            className="max-md:hidden"
            aria-label={texts.keyboardShortcuts}
            onClick={() => setListing(true)}
          >
            <Keyboard aria-hidden="true" />
          </Button>
        </Tooltip>
        <Tooltip text={texts.newConversation}>
          <Button asChild variant="ghost" size="icon-sm" className="md:hidden">
            <PageLink
              href={newPath}
              name={texts.newConversation}
              prefetch={false}
              onClick={(event) => isForAnotherTab(event) || begin()}
              aria-label={texts.newConversation}
            >
              <SquarePen aria-hidden="true" />
            </PageLink>
          </Button>
        </Tooltip>
        <FindButton />
      </header>
      {opened && missing ? (
        <NotHere id={opened.id} space={space} spaces={spaces} found={missing} onAgain={again} />
      ) : opened && policy ? (
        <Suspense fallback={null}>
          <Conversation
            key={opened.id}
            id={opened.id}
            initial={found}
            onAnswered={giveAddress}
            owner={owner}
            space={space}
            policy={policy}
            onStopAsking={stopAsking}
            onKept={onKept}
            onEnded={onEnded}
            onNotKept={onNotKept}
            onNotSent={onNotSent}
            connected={!grants || grants.serving === "connected"}
          />
          <OnceShown tell={setIsShown} />
        </Suspense>
      ) : null}
      {/* Rendered in any case: a page may also say that this space is none of theirs any more. */}
      <IsAwaited value={!(opened && (isShown ? policy : !isHere))}>{children}</IsAwaited>
      {listing && <ShortcutsDialog onClose={() => setListing(false)} />}
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

/** Tells once what stands beside it has been loaded, before it is painted. */
function OnceShown({ tell }: { tell: (isShown: boolean) => void }) {
  useLayoutEffect(() => tell(true), [tell]);
  return null;
}
