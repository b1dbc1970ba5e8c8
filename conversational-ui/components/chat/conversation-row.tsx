import { Download, Ellipsis, Pencil, Pin, PinOff, Share2, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import { memo, useEffect, useRef, useState } from "react";
import * as texts from "@/components/chat/texts";
import { PageLink } from "@/components/shell/going";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuDeletingItem,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { type ToastText, useToast } from "@/components/ui/toast";
import { asLine } from "@/lib/browser-problems";
import type { Alteration } from "@/lib/chat/browser-database";
import type { ConversationHead, Owner } from "@/lib/chat/conversations";
import { chatProblem } from "@/lib/chat/failures";
import { type Altered, alterKept, openKept } from "@/lib/chat/kept-conversations";
import { shownPath } from "@/lib/chat/shown-path";
import { cn } from "@/lib/cn";
import { conversationPath } from "@/lib/space-paths";

const ShareDialog = dynamic(() => import("@/components/chat/share-dialog"), { ssr: false });

/**
 * One of those that were held before. Drawn anew only where it has changed itself: there may be
 * hundreds, and while an answer comes the list changes once a second.
 */
export const ConversationRow = memo(function ConversationRow({
  conversation,
  owner,
  isCurrent,
  onOpen,
  onRenamed,
  onChanged,
  onDelete,
}: {
  conversation: ConversationHead;
  owner: Owner;
  isCurrent: boolean;
  onOpen: () => void;
  onRenamed: (id: string, title: string) => void;
  /** The list is to be read again. */
  onChanged: () => void;
  onDelete: (conversation: ConversationHead) => void;
}) {
  const { id, title, isPinned = false, waiting = 0 } = conversation;
  const [isRenaming, setIsRenaming] = useState(false);
  const [isSharing, setIsSharing] = useState(false);
  const options = useRef<HTMLButtonElement>(null);
  const isToReturn = useRef(false);
  useEffect(() => {
    if (isRenaming || !isToReturn.current) return;
    isToReturn.current = false;
    options.current?.focus();
  }, [isRenaming]);
  const toast = useToast();
  /** Returns whether it is so, here at least. */
  const alter = async (to: Alteration): Promise<boolean> => {
    const done = await alterKept(owner, id, to).catch(() => NOT_HERE);
    if (!done.ok) toast(notToldOf(to, done));
    onChanged();
    return done.ok || done.isHere;
  };
  const exportAs = async (kind: "md" | "json") => {
    const found = await openKept(owner, id).catch(() => null);
    if (found?.kind !== "here") {
      const detail = found?.kind === "unknown" ? asLine(found.problem) : texts.tryAgain;
      toast({ tone: "bad", title: texts.thisConversationCannotBe, detail });
      return;
    }
    const { conversation } = found;
    const { asJson, asMarkdown, fileName } = await import("@/lib/chat/export");
    const text =
      kind === "md"
        ? asMarkdown(conversation.title, shownPath(id, conversation.messages))
        : asJson(conversation);
    save(fileName(title, kind), text, kind === "md" ? "text/markdown" : "application/json");
  };
  if (isRenaming) {
    return (
      <li>
        <RenameField
          title={title}
          onDone={async (to, byKey) => {
            isToReturn.current = byKey;
            setIsRenaming(false);
            if (!to || to === title) return;
            if (await alter({ title: to })) onRenamed(id, to);
          }}
        />
      </li>
    );
  }
  return (
    <li
      className={cn(
        "group relative flex items-center rounded-lg text-sm transition-colors hover:bg-hover",
        isCurrent && "bg-hover",
      )}
    >
      <PageLink
        href={conversationPath(owner.spaceId, id)}
        name={title}
        prefetch={false}
        onClick={onOpen}
        aria-current={isCurrent ? "page" : undefined}
        className={cn(
          "flex min-w-0 flex-1 items-center gap-1.5 py-1.5 pr-8 pl-2.5",
          isCurrent ? "text-ink" : "text-ink-soft group-hover:text-ink",
        )}
      >
        <span dir="auto" className="min-w-0 truncate">
          {title}
        </span>
        {waiting > 0 && (
          <span
            title={waiting === 1 ? texts.needsYourApproval : texts.needYourApproval(waiting)}
            className="shrink-0 rounded-full bg-warn-wash px-1.5 text-xs text-warn"
          >
            <span className="sr-only">{texts.waitingForYourApproval}</span>
            {waiting}
          </span>
        )}
      </PageLink>
      <DropdownMenu>
        <DropdownMenuTrigger
          ref={options}
          aria-label={texts.optionsFor(title)}
          className="absolute right-1 rounded-md p-1 text-ink-soft opacity-0 group-hover:opacity-100 hover:text-ink focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
        >
          <Ellipsis className="size-4" aria-hidden="true" />
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end" className="min-w-36">
          <DropdownMenuItem onSelect={() => void alter({ isPinned: !isPinned })}>
            {isPinned ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />}
            {isPinned ? texts.unpin : texts.pin}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => setIsRenaming(true)}>
            <Pencil aria-hidden="true" />
            {texts.rename}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => setTimeout(() => setIsSharing(true))}>
            <Share2 aria-hidden="true" />
            {texts.shareWithTheSpace}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => void exportAs("md")}>
            <Download aria-hidden="true" />
            {texts.exportAsMarkdown}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => void exportAs("json")}>
            <Download aria-hidden="true" />
            {texts.exportAsJson}
          </DropdownMenuItem>
          <DropdownMenuDeletingItem onSelect={() => onDelete(conversation)}>
            <Trash2 aria-hidden="true" />
            {texts.deleteIt}
          </DropdownMenuDeletingItem>
        </DropdownMenuContent>
      </DropdownMenu>
      {isSharing && (
        <ShareDialog owner={owner} id={id} title={title} onClose={() => setIsSharing(false)} />
      )}
    </li>
  );
});

/** The browser's own store does not answer. */
const NOT_HERE = { ok: false, problem: chatProblem("not_kept", 0), isHere: false } as const;

function notToldOf(
  { title }: Alteration,
  { problem, isHere }: Extract<Altered, { ok: false }>,
): ToastText {
  if (isHere) {
    return {
      title: texts.yourOtherDevicesDoNot,
      detail: texts.theyGetItOnce(asLine(problem)),
    };
  }
  const failed = title === undefined ? texts.thatCouldNotBePinned : texts.thatCouldNotBeRenamed;
  return { tone: "bad", title: failed, detail: asLine(problem) };
}

/** Into a file of the person's own. */
function save(name: string, text: string, type: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** ``byKey``: it was not left for something else, so the focus goes back to where it came from. */
function RenameField({
  title,
  onDone,
}: {
  title: string;
  onDone: (title: string, byKey: boolean) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const byKey = useRef(false);
  // The menu gives its focus back first.
  useEffect(() => {
    const timer = setTimeout(() => field.current?.select(), 50);
    return () => clearTimeout(timer);
  }, []);
  return (
    <input
      ref={field}
      aria-label={texts.title}
      defaultValue={title}
      maxLength={120}
      onBlur={(event) => onDone(event.target.value.trim(), byKey.current)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        byKey.current = true;
        if (event.key === "Escape") {
          event.preventDefault();
          event.currentTarget.value = title;
        }
        event.currentTarget.blur();
      }}
      className="w-full rounded-lg border border-line-strong bg-canvas px-2 py-1 text-base sm:text-sm"
    />
  );
}
