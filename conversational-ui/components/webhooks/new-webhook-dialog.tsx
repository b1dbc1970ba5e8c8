"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { type Control, useController, useForm, useWatch } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import { ShownOnceDialog } from "@/components/shown-once-dialog";
import { ShownSecret } from "@/components/shown-secret";
import { Button } from "@/components/ui/button";
import { DialogFooter, DialogHead } from "@/components/ui/dialog";
import { Checkbox, Field, Input, Radio } from "@/components/ui/input";
import * as texts from "@/components/webhooks/opened-texts";
import type { NewWebhook, Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { EMPTY_WEBHOOK, type WebhookForm, webhookForm, webhookRequest } from "@/lib/forms/webhook";
import { spaceApi } from "@/lib/space-paths";
import { EVENT_WORDS, EVENTS } from "@/lib/webhooks";

/** Asks for an address, and shows the secret, this once. */
export default function NewWebhookDialog({
  space,
  onClose,
}: {
  space: Space;
  onClose: () => void;
}) {
  return (
    <ShownOnceDialog<NewWebhook>
      open
      onOpenChange={(open) => !open && onClose()}
      title={texts.addAWebhook}
      description={texts.messagesAreSigned}
      form={(onMade) => <NewWebhookForm space={space} onMade={onMade} />}
      shown={(made, onDone) => <Made made={made} onDone={onDone} />}
      isSecret={(made) => made.secret !== null}
    />
  );
}

function NewWebhookForm({ space, onMade }: { space: Space; onMade: (made: NewWebhook) => void }) {
  const form = useForm({
    resolver: standardSchemaResolver(webhookForm),
    defaultValues: EMPTY_WEBHOOK,
  });
  const { register, control, setError, formState } = form;
  const onlySome = useWatch({ control, name: "onlySome" });
  const { errors } = formState;
  const add = async (said: WebhookForm) => {
    const path = spaceApi(space.space_id, "/webhooks");
    const body = webhookRequest(said);
    const done = await callApi<NewWebhook>(path, { method: "POST", body });
    if (done.ok) onMade(done.value);
    else if (done.problem.reason === "address_not_allowed") {
      const { title, hint, detail } = done.problem;
      setError("url", { message: detail ?? `${title}. ${hint}` }, { shouldFocus: true });
      return undefined;
    }
    return problemOf(done);
  };

  return (
    <DialogForm form={form} onSend={add} send={texts.addWebhook}>
      <Field
        id="webhook-url"
        label={texts.address}
        error={errors.url?.message}
        hint={texts.publicAndBeginning}
      >
        <Input
          {...described("webhook-url", errors.url?.message, true)}
          {...register("url")}
          type="url"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={texts.httpsHooksExample}
        />
      </Field>
      <fieldset className="flex min-w-0 flex-col gap-3">
        <legend className="mb-2 text-sm font-medium">{texts.whatItIsTold}</legend>
        <Which control={control} />
        {onlySome && (
          <div className="flex flex-col gap-2.5 border-l-2 border-line pl-4">
            {EVENTS.map((event) => (
              <Checkbox
                key={event}
                value={event}
                label={EVENT_WORDS[event].title}
                hint={EVENT_WORDS[event].text}
                {...register("events")}
              />
            ))}
          </div>
        )}
        {errors.events && (
          <p role="alert" className="text-[0.8125rem] text-bad">
            {errors.events.message}
          </p>
        )}
      </fieldset>
    </DialogForm>
  );
}

function Which({ control }: { control: Control<WebhookForm> }) {
  const { field } = useController({ control, name: "onlySome", rules: { deps: "events" } });
  return [false, true].map((one) => (
    <Radio
      key={String(one)}
      name={field.name}
      checked={field.value === one}
      onChange={() => field.onChange(one)}
      label={one ? texts.onlySomeOfIt : texts.everythingAlsoWhat}
    />
  ));
}

/** An address of e-mail has no secret: a mail carries no signature to check. */
function Made({ made, onDone }: { made: NewWebhook; onDone: () => void }) {
  return made.secret === null ? (
    <>
      <DialogHead title={texts.mailsGoThereFrom}>
        {texts.toSendATestToSee(made.url.replace(/^mailto:/, ""))}
      </DialogHead>
      <DialogFooter>
        <Button onClick={onDone}>{texts.done}</Button>
      </DialogFooter>
    </>
  ) : (
    <Secret secret={made.secret} url={made.url} onDone={onDone} />
  );
}

function Secret({ secret, url, onDone }: { secret: string; url: string; onDone: () => void }) {
  return (
    <>
      <DialogHead title={texts.copyTheSecretNow}>{texts.itIsShownThisOnce}</DialogHead>
      <ShownSecret secret={secret} testId="secret" />
      <p className="mt-4 text-sm text-ink-soft">
        {texts.messagesGoToFrom(<span className="break-all text-ink">{url}</span>)}
      </p>
      <DialogFooter>
        <Button onClick={onDone}>{texts.done}</Button>
      </DialogFooter>
    </>
  );
}
