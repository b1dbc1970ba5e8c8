import "server-only";

import type { MachineRequest, NewMachine, Workload, WorkloadRequest } from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const at = (spaceId: string, what: string) => `/spaces/${encodeURIComponent(spaceId)}/${what}`;

export const makeMachine = (person: Person, spaceId: string, body: MachineRequest) =>
  callGateway(acting(person, spaceId), at(spaceId, "machines"), {
    method: "POST",
    body,
  }) as Promise<NewMachine>;

export const listWorkloads = async (person: Person, spaceId: string) =>
  (
    (await callGateway(acting(person, spaceId), at(spaceId, "workloads"))) as {
      workloads: Workload[];
    }
  ).workloads;

export const allowWorkload = (person: Person, spaceId: string, body: WorkloadRequest) =>
  callGateway(acting(person, spaceId), at(spaceId, "workloads"), {
    method: "POST",
    body,
  }) as Promise<Workload>;
