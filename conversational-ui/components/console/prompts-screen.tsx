"use client";

import { MessageSquareQuote } from "lucide-react";
import dynamic from "next/dynamic";
import { useEffect, useMemo, useRef, useState } from "react";
import { TextBlock } from "@/components/chat/json-block";
import { Beside } from "@/components/console/beside";
import { Asking, ConsoleFrame, NotAnswered } from "@/components/console/console-frame";
import { Picker } from "@/components/console/picker";
import * as texts from "@/components/console/texts";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardFooter } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { callApi, type Outcome } from "@/lib/call-api";
import {
  type NotionPrompt,
  type Offered,
  type PromptMessage,
  promptSchema,
} from "@/lib/console/documents";
import { toolForm } from "@/lib/console/form-schema";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

const SchemaForm = dynamic(() => import("@/components/console/form/schema-form"), { ssr: false });

/** The prompts of the space's Notion: listed, and got with their arguments. */
export function PromptsScreen({ person, space }: { person: { userId: string }; space: Space }) {
  const path = spaceApi(space.space_id, "/prompts");
  const { loaded, again } = useLoaded<Offered<NotionPrompt>>(path, { isSlow: true });
  const [chosen, setChosen] = useState<string | null>(null);
  const listed = loaded.state === "ready" ? loaded.value.listed : [];
  const prompt = listed.find(({ name }) => name === chosen) ?? null;
  return (
    <ConsoleFrame person={person} space={space}>
      {loaded.state === "loading" && <Asking what={texts.itsPrompts} />}
      {loaded.state === "failed" && (
        <NotAnswered space={space} problem={loaded.problem} page="tools/prompts" onAgain={again} />
      )}
      {loaded.state === "ready" && listed.length === 0 && (
        <p className="mt-8 text-ink-soft">{texts.thisNotionOffers}</p>
      )}
      {listed.length > 0 && (
        <Beside
          all={texts.allPrompts}
          nothing={texts.chooseAPromptToSee}
          onBack={() => setChosen(null)}
          list={
            <Picker
              what={texts.prompts}
              chosen={chosen}
              onChoose={setChosen}
              picks={listed.map((one) => ({
                id: one.name,
                title: one.title,
                words: `${one.name} ${one.description}`,
                marks: null,
              }))}
            />
          }
          chosen={
            prompt && <PromptView key={prompt.name} prompt={prompt} spaceId={space.space_id} />
          }
        />
      )}
    </ConsoleFrame>
  );
}

function PromptView({ prompt, spaceId }: { prompt: NotionPrompt; spaceId: string }) {
  const form = useMemo(() => toolForm(promptSchema(prompt)), [prompt]);
  const [value, setValue] = useState<unknown>();
  const [asking, setAsking] = useState(false);
  const [got, setGot] = useState<Outcome<PromptMessage[]> | null>(null);
  const outcome = useRef<HTMLElement>(null);
  useEffect(() => {
    if (got) outcome.current?.focus();
  }, [got]);
  const get = async (filled: unknown) => {
    if (asking) return;
    setAsking(true);
    const body = { name: prompt.name, arguments: filled };
    setGot(await callApi(spaceApi(spaceId, "/prompts/get"), { method: "POST", body }));
    setAsking(false);
  };
  return (
    <>
      <Card>
        <CardContent className="pb-1!">
          <h2 className="text-lg font-semibold break-words">{prompt.title}</h2>
          <p className="mt-0.5 font-mono text-xs wrap-anywhere text-ink-soft">{prompt.name}</p>
          {prompt.description && (
            <p className="mt-2 text-sm break-words whitespace-pre-line text-ink-soft">
              {prompt.description}
            </p>
          )}
        </CardContent>
        {form ? (
          <SchemaForm form={form} value={value} onValue={setValue} onFilled={(it) => void get(it)}>
            <CardFooter>
              <Button type="submit" busy={asking}>
                <MessageSquareQuote aria-hidden="true" />
                {texts.getThePrompt}
              </Button>
            </CardFooter>
          </SchemaForm>
        ) : (
          <CardContent>
            <p className="text-sm text-ink-soft">{texts.itsArgumentsSuit}</p>
          </CardContent>
        )}
      </Card>
      {got && (
        <section
          ref={outcome}
          tabIndex={-1}
          aria-label={texts.prompt}
          className="flex flex-col gap-3 rounded-xl outline-offset-4"
        >
          {!got.ok && <Fault problem={got.problem} />}
          {got.ok &&
            got.value.map(({ role, text, type }, at) => (
              <TextBlock
                // biome-ignore lint/suspicious/noArrayIndexKey: they are in order, and stay so
                key={at}
                label={role === "assistant" ? texts.assistant : texts.user}
                text={text ?? `[${type}]`}
              />
            ))}
        </section>
      )}
    </>
  );
}
