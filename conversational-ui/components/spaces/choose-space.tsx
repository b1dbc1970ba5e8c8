"use client";

import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { rememberSpace } from "@/lib/space-cookie";

/** For whoever was added to spaces, and has chosen none yet. */
export function ChooseSpace({ spaces, userId }: { spaces: Space[]; userId: string }) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const open = (space: Space) => {
    rememberSpace(space.space_id, userId);
    startTransition(() => router.refresh());
  };
  return (
    <Card aria-label="Your spaces">
      <ul>
        {spaces.map((space) => (
          <li
            key={space.space_id}
            className="flex items-center gap-4 border-b border-line px-5 py-3.5 last:border-0"
          >
            <p className="min-w-0 flex-1 truncate text-sm font-medium">{space.name}</p>
            <Badge>{space.role === "owner" ? "Owner" : "Member"}</Badge>
            <Button
              size="sm"
              disabled={pending}
              aria-label={`Open ${space.name}`}
              onClick={() => open(space)}
            >
              Open
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
