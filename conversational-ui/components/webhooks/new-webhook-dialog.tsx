"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Checkbox, Field, Input } from "@/components/ui/input";
import type { NewWebhook, Space, WebhookEvent, WebhookRequest } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { EVENT_WORDS, EVENTS } from "@/lib/webhooks";

/** Asks for an address, and shows the secret, this once. */
export default function NewWebhookDialog({
  space,
  onClose,
}: {
  space: Space;
  onClose: () => void;
}) {
  const router = useRouter();
  const [made, setMade] = useState<NewWebhook>();
  const close = () => {
    onClose();
    if (made) router.refresh();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && close()}>
      <DialogContent
        className="max-w-xl"
        // Neither a click beside it nor Escape may lose what is shown only once.
        onInteractOutside={(event) => made && event.preventDefault()}
        onEscapeKeyDown={(event) => made && event.preventDefault()}
      >
        {made ? (
          <Made made={made} onDone={close} />
        ) : (
          <>
            <DialogHeader>
              <DialogTitle>Add a webhook</DialogTitle>
              <DialogDescription>
                Messages are signed by Standard Webhooks, for which most languages have a library.
              </DialogDescription>
            </DialogHeader>
            <NewWebhookForm space={space} onMade={setMade} />
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

function NewWebhookForm({ space, onMade }: { space: Space; onMade: (made: NewWebhook) => void }) {
  const [fault, setFault] = useState<Problem>();
  const [addressError, setAddressError] = useState<string>();
  const [eventsError, setEventsError] = useState<string>();
  const [some, setSome] = useState(false);
  const [pending, startTransition] = useTransition();

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const url = String(data.get("url")).trim();
    const events = data.getAll("event") as WebhookEvent[];
    const noAddress = url === "" ? "Messages need an address to go to." : undefined;
    const noEvents = some && events.length === 0 ? "Choose at least one, or all." : undefined;
    setAddressError(noAddress);
    setEventsError(noEvents);
    setFault(undefined);
    if (noAddress || noEvents) return;
    const request: WebhookRequest = { url, events: some ? events : [] };
    startTransition(async () => {
      const path = `/api/spaces/${encodeURIComponent(space.space_id)}/webhooks`;
      const done = await callApi<NewWebhook>(path, { method: "POST", body: request });
      if (done.ok) onMade(done.value);
      else if (done.problem.reason === "address_not_allowed") {
        setAddressError(done.problem.detail ?? `${done.problem.title}. ${done.problem.hint}`);
      } else setFault(done.problem);
    });
  };

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <Field
        id="webhook-url"
        label="Address"
        error={addressError}
        hint="Public, and beginning with https; a redirect is not followed. Or mailto: and an e-mail address, where the gateway sends mail."
      >
        <Input
          id="webhook-url"
          name="url"
          type="url"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="https://hooks.example.com/notion"
          aria-invalid={addressError !== undefined}
          aria-describedby={addressError ? "webhook-url-error" : "webhook-url-hint"}
          onChange={() => setAddressError(undefined)}
        />
      </Field>
      <fieldset className="flex min-w-0 flex-col gap-3">
        <legend className="mb-2 text-sm font-medium">What it is told</legend>
        {[false, true].map((one) => (
          <label key={String(one)} className="flex items-center gap-2.5 text-sm">
            <input
              type="radio"
              name="which"
              checked={some === one}
              onChange={() => {
                setSome(one);
                setEventsError(undefined);
              }}
              className="size-4 shrink-0 accent-accent"
            />
            {one ? "Only some of it" : "Everything, also what is added later"}
          </label>
        ))}
        {some && (
          <div className="flex flex-col gap-2.5 border-l-2 border-line pl-4">
            {EVENTS.map((event) => (
              <Checkbox
                key={event}
                name="event"
                value={event}
                label={EVENT_WORDS[event].title}
                hint={EVENT_WORDS[event].text}
                onChange={() => setEventsError(undefined)}
              />
            ))}
          </div>
        )}
        {eventsError && (
          <p role="alert" className="text-[0.8125rem] text-bad">
            {eventsError}
          </p>
        )}
      </fieldset>
      {fault && <Fault problem={fault} />}
      <DialogFooter className="mt-0">
        <Button type="submit" busy={pending}>
          Add webhook
        </Button>
      </DialogFooter>
    </form>
  );
}

/** An address of e-mail has no secret: a mail carries no signature to check. */
function Made({ made, onDone }: { made: NewWebhook; onDone: () => void }) {
  return made.secret === null ? (
    <>
      <DialogHeader>
        <DialogTitle>Mails go there from now on</DialogTitle>
        <DialogDescription>
          To {made.url.replace(/^mailto:/, "")}. Send a test to see whether they arrive.
        </DialogDescription>
      </DialogHeader>
      <DialogFooter>
        <Button onClick={onDone}>Done</Button>
      </DialogFooter>
    </>
  ) : (
    <Secret secret={made.secret} url={made.url} onDone={onDone} />
  );
}

function Secret({ secret, url, onDone }: { secret: string; url: string; onDone: () => void }) {
  return (
    <>
      <DialogHeader>
        <DialogTitle>Copy the secret now</DialogTitle>
        <DialogDescription>
          It is shown this once. Your receiver checks with it that a message comes from here.
        </DialogDescription>
      </DialogHeader>
      <div className="flex items-center gap-2 rounded-lg border border-line bg-surface py-1.5 pr-1.5 pl-3">
        <code data-testid="secret" className="min-w-0 flex-1 font-mono text-xs break-all">
          {secret}
        </code>
        <CopyButton text={secret} />
      </div>
      <p className="mt-4 text-sm text-ink-soft">
        Messages go to <span className="break-all text-ink">{url}</span> from now on. Send a test to
        see whether they arrive.
      </p>
      <DialogFooter>
        <Button onClick={onDone}>Done</Button>
      </DialogFooter>
    </>
  );
}
