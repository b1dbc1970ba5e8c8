"use client";

import { Bot, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/tokens/texts";
import { TokenRow } from "@/components/tokens/token-row";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { GatewayToken, Space, Workload } from "@/lib/api-types";
import type { Outcome } from "@/lib/call-api";
import { useWas } from "@/lib/use-was";

const NewMachineDialog = dynamic(() => import("@/components/tokens/new-machine-dialog"));

/** Programs that act in nobody's name, for owners: each with what it proves itself by. */
export function Machines({
  space,
  machines,
  workloads,
  gatewayUrl,
  onRevoke,
}: {
  space: Space;
  machines: GatewayToken[];
  workloads: Outcome<Workload[]>;
  gatewayUrl: string;
  onRevoke: (machine: GatewayToken) => void;
}) {
  const [adding, setAdding] = useState(false);
  const wasAdding = useWas(adding);
  const known = new Map(
    workloads.ok ? workloads.value.map((one) => [one.workload_id, one] as const) : [],
  );
  return (
    <section aria-labelledby="machines-title">
      <div className="flex items-center justify-between gap-3">
        <h2 id="machines-title" className="text-base font-semibold">
          {texts.machines}
        </h2>
        <Button variant="outline" onClick={() => setAdding(true)}>
          <Plus aria-hidden="true" />
          {texts.newMachine}
        </Button>
      </div>
      {!workloads.ok && <Fault problem={workloads.problem} className="mt-3" />}
      <Card className="mt-3">
        {machines.length === 0 ? (
          <div className="flex gap-3 px-5 py-4 text-sm text-ink-soft">
            <Bot className="mt-0.5 size-4 shrink-0 text-ink-faint" aria-hidden="true" />
            <p>{texts.noneYetABuildOrANightly}</p>
          </div>
        ) : (
          <ul>
            {machines.map((machine) => (
              <TokenRow
                key={machine.token_id}
                space={space}
                token={machine}
                own={false}
                proof={proofOf(known.get(machine.token_id))}
                onRevoke={() => onRevoke(machine)}
              />
            ))}
          </ul>
        )}
      </Card>
      {wasAdding && (
        <NewMachineDialog
          space={space}
          gatewayUrl={gatewayUrl}
          open={adding}
          onOpenChange={setAdding}
        />
      )}
    </section>
  );
}

const proofOf = (workload: Workload | undefined): string | null =>
  workload ? texts.tokensOfFor(workload.issuer, workload.subject) : null;
