import { TriangleAlert } from "lucide-react";
import { CatalogueButton } from "@/components/catalogue/catalogue-button";
import * as texts from "@/components/catalogue/texts";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import type { Catalogue, Space } from "@/lib/api-types";
import { catalogueView } from "@/lib/catalogue";

/**
 * Which tools Notion lists with a connection, and whether that has changed since an owner looked,
 * or the member whose own it is.
 */
export function CatalogueCard({ space, catalogue }: { space: Space; catalogue: Catalogue }) {
  const { text, failure, unseen, flagged } = catalogueView(catalogue);
  const isOwn = catalogue.grant === "personal";
  const title = isOwn ? "own-catalogue-title" : "catalogue-title";
  return (
    <Card aria-labelledby={title} className="flex flex-wrap items-start gap-x-4 gap-y-3 p-5">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h2 id={title} className="text-base font-semibold">
            {texts.notionsTools}
            {isOwn && texts.withYourOwnConnection}
          </h2>
          {unseen && <Badge tone="warn">{unseen}</Badge>}
          {flagged && (
            <Badge tone="bad">
              <TriangleAlert aria-hidden="true" />
              {flagged}
            </Badge>
          )}
        </div>
        <p className="mt-1 text-ink-soft">
          {text}
          {catalogue.looked_at && <>{texts.lastLooked(<Time at={catalogue.looked_at} />)}</>}
        </p>
        {failure && <p className="text-warn">{failure}</p>}
        {catalogue.seen_by && catalogue.seen_at && (
          <p className="mt-1 text-[0.8125rem] break-words text-ink-soft">
            {texts.versionWasSeen(
              catalogue.seen_version,
              catalogue.seen_by,
              <Time at={catalogue.seen_at} />,
            )}
          </p>
        )}
      </div>
      {catalogue.version > 0 && (
        <CatalogueButton
          space={space}
          whose={catalogue.grant}
          version={catalogue.version}
          unseen={catalogue.unseen_changes}
          isOn={catalogue.is_on}
        />
      )}
    </Card>
  );
}
