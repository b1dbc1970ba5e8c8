"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { JsonBlock, TextBlock } from "@/components/chat/json-block";
import { Beside } from "@/components/console/beside";
import { Asking, ConsoleFrame, NotAnswered } from "@/components/console/console-frame";
import { LoadingForm } from "@/components/console/form/loading-form";
import { Picker } from "@/components/console/picker";
import * as texts from "@/components/console/texts";
import { Badge } from "@/components/ui/badge";
import { Card, CardContent } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import {
  isApp,
  type NotionResource,
  type Offered,
  type ResourceContent,
} from "@/lib/console/documents";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

/** With the form library, which few resources need. */
const ResourceAddress = dynamic(() => import("@/components/console/resource-address"), {
  ssr: false,
  loading: LoadingForm,
});

/** The documents of the space's Notion: listed, and read when one is chosen. */
export function ResourcesScreen({ person, space }: { person: { userId: string }; space: Space }) {
  const path = spaceApi(space.space_id, "/resources");
  const { loaded, again } = useLoaded<Offered<NotionResource>>(path, { isSlow: true });
  const [chosen, setChosen] = useState<string | null>(null);
  const listed = loaded.state === "ready" ? loaded.value.listed : [];
  const resource = listed.find(({ uri }) => uri === chosen) ?? null;
  return (
    <ConsoleFrame person={person} space={space}>
      {loaded.state === "loading" && <Asking what={texts.itsResources} />}
      {loaded.state === "failed" && (
        <NotAnswered
          space={space}
          problem={loaded.problem}
          page="tools/resources"
          onAgain={again}
        />
      )}
      {loaded.state === "ready" && listed.length === 0 && (
        <p className="mt-8 text-ink-soft">{texts.thisNotionOffersNo}</p>
      )}
      {listed.length > 0 && (
        <Beside
          all={texts.allResources}
          nothing={texts.chooseAResource}
          onBack={() => setChosen(null)}
          list={
            <Picker
              what={texts.resources}
              chosen={chosen}
              onChoose={setChosen}
              picks={listed.map((one) => ({
                id: one.uri,
                title: one.title,
                words: `${one.uri} ${one.description}`,
                marks: (
                  <>
                    {one.isTemplate && <Badge tone="outline">{texts.template}</Badge>}
                    {isApp(one.uri) && <Badge tone="outline">{texts.app}</Badge>}
                  </>
                ),
              }))}
            />
          }
          chosen={resource && <ResourceView key={resource.uri} resource={resource} space={space} />}
        />
      )}
    </ConsoleFrame>
  );
}

function ResourceView({ resource, space }: { resource: NotionResource; space: Space }) {
  const { uri, title, description, mimeType, isTemplate } = resource;
  const [asked, setAsked] = useState(isTemplate ? null : uri);
  return (
    <>
      <Card>
        <CardContent>
          <h2 className="text-lg font-semibold break-words">{title}</h2>
          <p className="mt-0.5 font-mono text-xs wrap-anywhere text-ink-soft">
            {uri}
            {mimeType && ` · ${mimeType}`}
          </p>
          {description && (
            <p className="mt-2 text-sm break-words whitespace-pre-line text-ink-soft">
              {description}
            </p>
          )}
          {isTemplate && !isApp(uri) && <ResourceAddress template={uri} onRead={setAsked} />}
        </CardContent>
      </Card>
      {isApp(uri) ? (
        <p className="rounded-xl border border-line bg-surface px-4 py-3 text-sm text-ink-soft">
          {texts.thisIsAPageOfTheServers}
        </p>
      ) : (
        asked !== null && <Contents key={asked} uri={asked} space={space} />
      )}
    </>
  );
}

function Contents({ uri, space }: { uri: string; space: Space }) {
  const path = spaceApi(space.space_id, `/resources/read?uri=${encodeURIComponent(uri)}`);
  const { loaded, again } = useLoaded<ResourceContent[]>(path, { isSlow: true });
  if (loaded.state === "loading") return <Asking what={texts.thisResource} />;
  if (loaded.state === "failed") {
    return (
      <NotAnswered space={space} problem={loaded.problem} page="tools/resources" onAgain={again} />
    );
  }
  return (
    <section aria-label={texts.content} className="flex flex-col gap-3">
      {loaded.value.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they come and go together
        <Content key={at} content={one} />
      ))}
      {loaded.value.length === 0 && <p className="text-sm text-ink-soft">{texts.itIsEmpty}</p>}
    </section>
  );
}

/** As text, whatever it says that it is. */
function Content({ content: { text, bytes, mimeType } }: { content: ResourceContent }) {
  if (text === null) {
    return <JsonBlock label={texts.notTextNotShown} value={{ type: mimeType, bytes }} />;
  }
  return <TextBlock label={mimeType ?? texts.text} text={text || texts.empty} />;
}
