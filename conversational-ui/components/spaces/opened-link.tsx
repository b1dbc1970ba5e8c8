"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { PageFault } from "@/components/fault";
import { PageLink } from "@/components/shell/going";
import { JoinByLink } from "@/components/spaces/join-by-link";
import * as texts from "@/components/spaces/texts";
import { Button } from "@/components/ui/button";
import type { InvitationLinkBody, LinkedSpace } from "@/lib/api-types";
import { callApi, type Outcome } from "@/lib/call-api";
import { forgetSecret, openedSecret } from "@/lib/invitation-links";
import { spacePath } from "@/lib/space-paths";

type Opened =
  | { kind: "looking" }
  | { kind: "no secret" }
  | { kind: "answered"; link: InvitationLinkBody; found: Outcome<LinkedSpace> };

/** What the link that was opened leads to: a question, as nobody joins by opening an address. */
export function OpenedLink({ spaceId, userId }: { spaceId: string; userId: string }) {
  const router = useRouter();
  const [opened, setOpened] = useState<Opened>({ kind: "looking" });
  useEffect(() => {
    let isShown = true;
    void look(spaceId).then((answer) => {
      if (!isShown) return;
      if (isOver(answer)) forgetSecret(spaceId);
      if (answer.kind === "answered" && answer.found.ok && answer.found.value.belongs) {
        router.replace(spacePath(spaceId, "chat"));
      } else {
        setOpened(answer);
      }
    });
    // Another link to the same space, opened in this tab, changes nothing but what is behind the #.
    const again = () => location.reload();
    addEventListener("hashchange", again);
    return () => {
      isShown = false;
      removeEventListener("hashchange", again);
    };
  }, [spaceId, router]);
  switch (opened.kind) {
    case "looking":
      return (
        <p role="status" className="text-ink-soft">
          {texts.lookingWhereThis}
        </p>
      );
    case "no secret":
      return <NoWayIn why={texts.theEndOfThisLink} />;
    case "answered": {
      const { link, found } = opened;
      if (found.ok) return <JoinByLink link={link} found={found.value} userId={userId} />;
      if (found.problem.reason !== "space_not_accessible") {
        return <PageFault problem={found.problem} />;
      }
      return <NoWayIn why={texts.thisLinkHasEnded} />;
    }
  }
}

function NoWayIn({ why }: { why: string }) {
  return (
    <>
      <p className="text-ink-soft">{why}</p>
      <Button asChild variant="outline" className="self-start">
        <PageLink href="/spaces" name={texts.spaces} prefetch={false}>
          {texts.goToYourSpaces}
        </PageLink>
      </Button>
    </>
  );
}

/** Whether the link is of no use to whoever opened it: they belong already, or it has ended. */
const isOver = (opened: Opened) =>
  opened.kind === "answered" &&
  (opened.found.ok
    ? opened.found.value.belongs
    : opened.found.problem.reason === "space_not_accessible");

async function look(spaceId: string): Promise<Opened> {
  const secret = openedSecret(spaceId);
  if (secret === null) return { kind: "no secret" };
  const link = { space_id: spaceId, secret };
  const found = await callApi<LinkedSpace>("/api/invitation-links/look", {
    method: "POST",
    body: link,
  });
  return { kind: "answered", link, found };
}
