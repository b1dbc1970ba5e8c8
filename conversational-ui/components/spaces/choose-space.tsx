"use client";

import { PageLink } from "@/components/shell/going";
import * as texts from "@/components/spaces/texts";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { rememberSpace } from "@/lib/space-cookie";
import { type SpacePage, spacePath } from "@/lib/space-paths";

/** For whoever belongs to spaces, and is in none of them. */
export function ChooseSpace({
  spaces,
  userId,
  page,
}: {
  spaces: Space[];
  userId: string;
  page: SpacePage;
}) {
  return (
    <Card aria-label={texts.yourSpaces}>
      <ul>
        {spaces.map((space) => (
          <li
            key={space.space_id}
            className="flex items-center gap-4 border-b border-line px-5 py-3.5 last:border-0"
          >
            <p className="min-w-0 flex-1 truncate text-sm font-medium">{space.name}</p>
            <Badge>{space.role === "owner" ? texts.owner : texts.member}</Badge>
            <Button size="sm" asChild>
              <PageLink
                href={spacePath(space.space_id, page)}
                name={space.name}
                prefetch={false}
                aria-label={texts.openNamed(space.name)}
                onClick={() => rememberSpace(space.space_id, userId)}
              >
                {texts.open}
              </PageLink>
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
