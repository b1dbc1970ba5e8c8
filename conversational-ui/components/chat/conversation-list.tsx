"use client";

import { Ellipsis, Search, Share2, SquarePen, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useId, useState } from "react";
import { ConversationRow } from "@/components/chat/conversation-row";
import * as texts from "@/components/chat/texts";
import { type Touched, useConversationList } from "@/components/chat/use-conversation-list";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { FaultLine } from "@/components/fault";
import { PageLink, useGo } from "@/components/shell/going";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuDeletingItem,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { ConversationHead, Owner } from "@/lib/chat/conversations";
import { byDay } from "@/lib/chat/days";
import { chatProblem } from "@/lib/chat/failures";
import { deleteKept } from "@/lib/chat/kept-conversations";
import { choosePlace, chosenPlace, type Place } from "@/lib/chat/place";
import { spacePath } from "@/lib/space-paths";

const PlaceDialog = dynamic(() => import("@/components/chat/place-dialog"), { ssr: false });
const SharesDialog = dynamic(() => import("@/components/chat/shares-dialog"), { ssr: false });

const DONE = { ok: true, value: undefined } as const;
const FAILED = { ok: false, problem: chatProblem("not_kept", 0) } as const;

const NEW = texts.newConversation;

const WHERE = {
  gateway: texts.theyAreKeptForYouAlone,
  browser: texts.theyAreKeptInThis,
};

/** What this person has said before in this space. */
export function ConversationList({
  owner,
  current,
  changes,
  touched,
  onBegin,
  onOpen,
  onRenamed,
}: {
  owner: Owner;
  current: string | null;
  /** Grows when a conversation has begun, and when an answer has ended. */
  changes: number;
  touched: Touched | null;
  /** A new conversation is wanted, also where a new one is shown. */
  onBegin: () => void;
  /** One of these is wanted, also the one whose address has not been left yet. */
  onOpen: () => void;
  onRenamed: (id: string, title: string) => void;
}) {
  const go = useGo();
  const id = useId();
  const [words, setWords] = useState("");
  const { found, again } = useConversationList(owner, words, { changes, touched });
  const [deleting, setDeleting] = useState<ConversationHead | "all" | null>(null);
  const [isListing, setIsListing] = useState(false);
  const [place, setPlace] = useState<Place | null>(null);

  const list = found?.conversations ?? null;
  const everywhere =
    found?.place === "gateway" ? texts.onAllYourDevices : texts.inThisBrowserAndAtTheGateway;
  const newPath = spacePath(owner.spaceId, "chat");
  const begin = () => {
    onBegin();
    go(newPath, NEW);
  };

  return (
    <section aria-labelledby={`${id}-title`} className="pb-4">
      <div className="flex items-center justify-between pb-1 pl-2.5">
        <h2 id={`${id}-title`} className="text-xs font-medium text-ink-soft">
          {texts.conversations}
        </h2>
        <div className="flex">
          <PageLink
            href={newPath}
            name={NEW}
            prefetch={false}
            onClick={(event) => isForAnotherTab(event) || onBegin()}
            aria-label={NEW}
            title={NEW}
            className="rounded-md p-1.5 text-ink-soft hover:bg-hover hover:text-ink"
          >
            <SquarePen className="size-4" aria-hidden="true" />
          </PageLink>
          <DropdownMenu>
            <DropdownMenuTrigger
              aria-label={texts.allConversations}
              className="rounded-md p-1.5 text-ink-soft hover:bg-hover hover:text-ink"
            >
              <Ellipsis className="size-4" aria-hidden="true" />
            </DropdownMenuTrigger>
            <DropdownMenuContent align="end">
              <DropdownMenuCheckboxItem
                checked={found?.place === "gateway"}
                disabled={found?.place !== chosenPlace(owner)}
                onCheckedChange={(isThere) => {
                  const to = isThere ? "gateway" : "browser";
                  if (list?.length || found?.problem || words !== "") {
                    setTimeout(() => setPlace(to));
                    return;
                  }
                  choosePlace(owner, to);
                  again();
                }}
              >
                {texts.keepThemOnAllMy}
              </DropdownMenuCheckboxItem>
              <DropdownMenuItem onSelect={() => setTimeout(() => setIsListing(true))}>
                <Share2 aria-hidden="true" />
                {texts.whatIShareWithTheSpace}
              </DropdownMenuItem>
              <DropdownMenuDeletingItem
                disabled={found?.place === "gateway" && !list?.length && words === ""}
                onSelect={() => setDeleting("all")}
              >
                <Trash2 aria-hidden="true" />
                {texts.deleteAllConversations}
              </DropdownMenuDeletingItem>
            </DropdownMenuContent>
          </DropdownMenu>
        </div>
      </div>
      {(words !== "" || (list?.length ?? 0) > 0) && (
        <label className="relative mb-1.5 block">
          <span className="sr-only">{texts.searchConversations}</span>
          <Search
            className="pointer-events-none absolute top-2 left-2.5 size-3.5 text-ink-faint"
            aria-hidden="true"
          />
          <input
            type="search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            placeholder={texts.search}
            className="h-7.5 w-full rounded-lg border border-line bg-canvas pr-2 pl-8 text-base placeholder:text-ink-faint sm:text-[0.8125rem]"
          />
        </label>
      )}
      {list?.length === 0 && (
        <p className="px-2.5 py-1 text-[0.8125rem] text-ink-soft">
          {words ? texts.nothingFound : WHERE[found?.place ?? "browser"]}
        </p>
      )}
      {found?.problem && (
        <FaultLine
          problem={found.problem}
          before={texts.thoseOfYourOther}
          onAgain={again}
          className="px-2.5 py-1"
        />
      )}
      {list &&
        byDay(list, new Date()).map(({ title, conversations }, at) => (
          <section key={title} aria-labelledby={`${id}-${at}`}>
            <h3
              id={`${id}-${at}`}
              className="px-2.5 pt-2.5 pb-1 text-[0.6875rem] font-medium text-ink-soft"
            >
              {title}
            </h3>
            <ul className="flex flex-col gap-0.5">
              {conversations.map((one) => (
                <ConversationRow
                  key={one.id}
                  conversation={one}
                  owner={owner}
                  isCurrent={one.id === current}
                  onOpen={onOpen}
                  onRenamed={onRenamed}
                  onChanged={again}
                  onDelete={setDeleting}
                />
              ))}
            </ul>
          </section>
        ))}
      {place && (
        <PlaceDialog owner={owner} to={place} onClose={() => setPlace(null)} onChanged={again} />
      )}
      {isListing && <SharesDialog owner={owner} onClose={() => setIsListing(false)} />}
      <ConfirmDialog
        open={deleting !== null}
        onOpenChange={(open) => !open && setDeleting(null)}
        title={
          deleting === "all" ? texts.deleteAllConversationsAsked : texts.deleteThisConversation
        }
        description={
          deleting === "all"
            ? texts.everyConversationOfYours(everywhere)
            : texts.thisDeletes(deleting?.title ?? "", everywhere)
        }
        takesOpenerAway={deleting !== "all"}
        confirm={deleting === "all" ? texts.deleteAll : texts.deleteIt}
        onConfirm={async () => {
          if (deleting === null) return DONE;
          try {
            const done = await deleteKept(owner, deleting === "all" ? undefined : deleting.id);
            if (!done.ok) return done;
          } catch {
            return FAILED;
          }
          if (deleting === "all" || deleting.id === current) begin();
          setWords("");
          again();
          return DONE;
        }}
      />
    </section>
  );
}

/** Then this one stays as it is. */
export function isForAnotherTab({ metaKey, ctrlKey, shiftKey, altKey }: React.MouseEvent): boolean {
  return metaKey || ctrlKey || shiftKey || altKey;
}
