/**
 * What passes between browser, this site and the gateway. Types only: nothing here is bundled.
 */

import type { components } from "@/lib/gateway-api";
import type { Problem } from "@/lib/problems";

type Schemas = components["schemas"];

export type Role = "owner" | "member";

export interface Space {
  space_id: string;
  name: string;
  role: Role;
  /** ISO 8601, as all times here. */
  created_at: string;
}

export interface Member {
  user_id: string;
  role: Role;
  added_at: string;
  added_by: string;
}

export interface GatewayToken {
  token_id: string;
  name: string;
  user_id: string;
  /** Its beginning and end, to tell tokens apart by. */
  hint: string;
  kind: "personal" | "client";
  client_name: string | null;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  read_only: boolean;
  /** null: every tool. */
  tools: string[] | null;
  can_manage: boolean;
}

/** ``token`` is shown once and kept nowhere. */
export type NewGatewayToken = GatewayToken & { token: string };

export interface TokenRequest {
  name: string;
  expires_in_days: number;
  read_only: boolean;
  tools: string[] | null;
  can_manage: boolean;
}

export type NotionStatus = Schemas["StatusAnswer"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Started = Schemas["StartAnswer"];
export type Disconnected = Schemas["DisconnectAnswer"];

export type Finished =
  | {
      status: "success";
      spaceId: string;
      processId: string;
      workspaceId: string | null;
      mcp: "connected";
    }
  | { status: "error"; error: string };

/** What a real call through the gateway found, and when. */
export type Verification =
  | { ok: true; at: string; tools: Tool[] }
  | { ok: false; at: string; problem: Problem };

export interface Tool {
  name: string;
  title: string | null;
  /** Notion says that it changes nothing. */
  readOnly: boolean;
}
