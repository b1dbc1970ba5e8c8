"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm, useWatch } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import { ShownOnceDialog } from "@/components/shown-once-dialog";
import { LimitFields } from "@/components/tokens/limit-fields";
import { NameAndDays } from "@/components/tokens/name-and-days";
import { NewTokenShown } from "@/components/tokens/new-token-shown";
import * as texts from "@/components/tokens/opened-texts";
import { Checkbox } from "@/components/ui/input";
import type { NewGatewayToken, Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { EMPTY_TOKEN, type TokenForm, tokenForm, tokenRequest } from "@/lib/forms/token";
import { spaceApi } from "@/lib/space-paths";

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
  return (
    <ShownOnceDialog<NewGatewayToken>
      open={open}
      onOpenChange={onOpenChange}
      title={texts.newGatewayToken}
      description={texts.withItAScriptOrAnMcp(space.name)}
      form={(onMade) => <NewTokenForm space={space} onMade={onMade} />}
      shown={(token, onDone) => (
        <NewTokenShown token={token} space={space} gatewayUrl={gatewayUrl} onDone={onDone} />
      )}
    />
  );
}

function NewTokenForm({
  space,
  onMade,
}: {
  space: Space;
  onMade: (token: NewGatewayToken) => void;
}) {
  const form = useForm({
    resolver: standardSchemaResolver(tokenForm),
    defaultValues: EMPTY_TOKEN,
  });
  const { register, control } = form;
  const isService = useWatch({ control, name: "isService" });
  const make = async (said: TokenForm) => {
    const path = spaceApi(space.space_id, "/tokens");
    const body = tokenRequest(said);
    const done = await callApi<NewGatewayToken>(path, { method: "POST", body });
    if (done.ok) onMade(done.value);
    return problemOf(done);
  };
  return (
    <DialogForm form={form} onSend={make} send={texts.createToken}>
      <NameAndDays id="token" placeholder={texts.claudeCodeOnMy} />
      {space.role === "owner" && (
        <fieldset className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">{texts.inWhoseNameItActs}</legend>
          <Checkbox
            label={texts.serviceToken}
            hint={texts.belongsToTheSpace}
            {...register("isService")}
          />
        </fieldset>
      )}
      <LimitFields spaceId={space.space_id}>
        {!isService && (
          <Checkbox
            label={texts.manageTheSpace}
            hint={texts.connectDisconnectAndMembers}
            {...register("canManage")}
          />
        )}
      </LimitFields>
    </DialogForm>
  );
}
