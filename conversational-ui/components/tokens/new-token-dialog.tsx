"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { NewTokenShown } from "@/components/tokens/new-token-shown";
import { ToolChoice } from "@/components/tokens/tool-choice";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Checkbox, Field, Input, Select } from "@/components/ui/input";
import type { NewGatewayToken, Space, TokenRequest } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

const DAYS = [7, 30, 90, 180, 365];

export function NewTokenDialog({
  space,
  gatewayUrl,
  open,
  onOpenChange,
}: {
  space: Space;
  gatewayUrl: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const router = useRouter();
  const [made, setMade] = useState<NewGatewayToken>();
  const close = (next: boolean) => {
    onOpenChange(next);
    if (!next) {
      setMade(undefined); // the token is gone from the page, too
      if (made) router.refresh();
    }
  };
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogContent
        className="max-w-xl"
        // Neither a click beside it nor Escape may lose what is shown only once.
        onInteractOutside={(event) => made && event.preventDefault()}
        onEscapeKeyDown={(event) => made && event.preventDefault()}
      >
        {made ? (
          <NewTokenShown
            token={made}
            space={space}
            gatewayUrl={gatewayUrl}
            onDone={() => close(false)}
          />
        ) : (
          <>
            <DialogHeader>
              <DialogTitle>New gateway token</DialogTitle>
              <DialogDescription>
                With it a script or an MCP client acts in {space.name}, until it expires or you
                revoke it.
              </DialogDescription>
            </DialogHeader>
            <NewTokenForm space={space} onMade={setMade} />
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

function NewTokenForm({
  space,
  onMade,
}: {
  space: Space;
  onMade: (token: NewGatewayToken) => void;
}) {
  const [fault, setFault] = useState<Problem>();
  const [errors, setErrors] = useState<{ name?: string; tools?: string }>({});
  const [some, setSome] = useState(false);
  const [readOnly, setReadOnly] = useState(false);
  const [service, setService] = useState(false);
  const [pending, startTransition] = useTransition();
  const corrected = (field: keyof typeof errors) =>
    setErrors(({ [field]: _, ...others }) => others);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const name = String(data.get("name")).trim();
    const tools = data.getAll("tool").map(String);
    const found: typeof errors = {};
    if (!name) found.name = "A name tells this token from others.";
    if (some && tools.length === 0) found.tools = "Choose at least one tool, or allow all.";
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    const request: TokenRequest = {
      name,
      expires_in_days: Number(data.get("days")),
      read_only: readOnly,
      tools: some ? tools : null,
      can_manage: !service && data.get("can_manage") === "on",
      is_service: service,
    };
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<NewGatewayToken>(spaceApi(space.space_id, "/tokens"), {
        method: "POST",
        body: request,
      });
      if (done.ok) onMade(done.value);
      else setFault(done.problem);
    });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_9rem]">
        <Field id="token-name" label="Name" error={errors.name}>
          <Input
            id="token-name"
            name="name"
            maxLength={100}
            autoComplete="off"
            placeholder="Claude Code on my laptop"
            onInput={() => corrected("name")}
            aria-invalid={errors.name !== undefined}
            aria-describedby={errors.name ? "token-name-error" : undefined}
          />
        </Field>
        <Field id="token-days" label="Expires after">
          <Select id="token-days" name="days" defaultValue="90">
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {days === 365 ? "1 year" : `${days} days`}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {space.role === "owner" && (
        <fieldset className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">In whose name it acts</legend>
          <Checkbox
            label="Service token"
            hint="Belongs to the space, acts by the team's connection, and manages nothing. Otherwise it acts as you do."
            checked={service}
            onChange={(event) => setService(event.target.checked)}
          />
        </fieldset>
      )}
      <fieldset onInput={() => corrected("tools")} className="flex min-w-0 flex-col gap-3">
        <legend className="mb-2 text-sm font-medium">What it may do</legend>
        <Checkbox
          label="Read only"
          hint="Tools that may change something in Notion are refused."
          checked={readOnly}
          onChange={(event) => setReadOnly(event.target.checked)}
        />
        <Checkbox
          label="Only some tools"
          hint="Others are hidden and refused."
          checked={some}
          onChange={(event) => setSome(event.target.checked)}
        />
        {some && <ToolChoice spaceId={space.space_id} readOnly={readOnly} />}
        {errors.tools && (
          <p role="alert" className="text-[0.8125rem] text-bad">
            {errors.tools}
          </p>
        )}
        {!service && (
          <Checkbox
            name="can_manage"
            label="Manage the space"
            hint="Connect, disconnect and members, as far as you may. Chats and editors do not need it."
          />
        )}
      </fieldset>
      {fault && <Fault problem={fault} />}
      <DialogFooter className="mt-0">
        <Button type="submit" busy={pending}>
          Create token
        </Button>
      </DialogFooter>
    </form>
  );
}
