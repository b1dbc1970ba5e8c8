import type { HistoryEntry, NotionStatus, SpaceConnections, Verification } from "@/lib/api-types";
import type { Problem } from "@/lib/problems";

/** What is said about a space's connection; every state has words, and none is a colour alone. */
export interface ConnectionView {
  state: "connected" | "checking" | "unverified" | "recorded" | "reconnect" | "disconnected";
  label: string;
  /** One sentence more. */
  detail: string;
  /** What the main button does. */
  action: "connect" | "reconnect" | null;
}

/**
 * "Connected" is said only of what a real call has just confirmed: that tokens are stored says
 * nothing about whether Notion still takes them.
 */
export function connectionView(
  status: Pick<NotionStatus, "status"> | null,
  verification: Verification | null,
  {
    checking = false,
    serves = true,
    invitation = "",
    fault,
  }: {
    checking?: boolean;
    /** Whether this person's calls go through it, and so can try it. */
    serves?: boolean;
    /** Why somebody would connect it. */
    invitation?: string;
    /** Why the status cannot be asked for. */
    fault?: Problem | undefined;
  } = {},
): ConnectionView {
  if (fault) return unverified(fault);
  if (status === null) return CHECKING;
  const found = serves && verification?.ok === false ? verification.problem.reason : null;
  const isGone = found === "not_connected" || found === "connect_your_own";
  if (status.status === "disconnected" || (isGone && !checking)) {
    return {
      state: "disconnected",
      label: "Not connected",
      detail: invitation,
      action: "connect",
    };
  }
  if (!serves && status.status === "connected") {
    return {
      state: "recorded",
      label: "Connected on record",
      detail:
        "Your calls do not go through it, so it is not tried from here. The gateway tries it now and then.",
      action: null,
    };
  }
  if (status.status === "reconnect_required" || (found === "reconnect_required" && !checking)) {
    return {
      state: "reconnect",
      label: "Reconnect needed",
      detail: "Notion ended this connection. Reconnect to go on.",
      action: "reconnect",
    };
  }
  if (verification?.ok) {
    return {
      state: "connected",
      label: "MCP connected",
      detail: `Notion answers, with ${verification.tools.length} tools.`,
      action: null,
    };
  }
  return checking || verification === null ? CHECKING : unverified(verification.problem);
}

const CHECKING: ConnectionView = {
  state: "checking",
  label: "Checking…",
  detail: "Asking Notion whether the connection works.",
  action: null,
};

const unverified = ({ title }: Problem): ConnectionView => ({
  state: "unverified",
  label: "Cannot be verified",
  detail: `${title}. The connection is kept.`,
  action: null,
});

/** Whether what a real call found may still be said without another one. */
export const isFresh = (found: Verification, milliseconds: number, now = Date.now()): boolean =>
  found.ok && now - Date.parse(found.at) < milliseconds;

/** The connection that the person's calls go through. */
export const servingOf = ({ grants, ...both }: SpaceConnections): NotionStatus | null =>
  grants.serves_you && both[grants.serves_you];

/** Another one when the server's part of the page has to be told anew. */
export const stateOf = ({ grants, shared, personal }: SpaceConnections): string =>
  JSON.stringify([
    grants.choice,
    grants.serves_you,
    ...[shared, personal].map(
      (one) => one && [one.status, one.process_id, one.workspace?.name ?? null],
    ),
  ]);

const END_WORDS: Record<string, string> = {
  invalid_grant: "It was removed there, or has reached its end",
  invalid_client: "Notion no longer knows this gateway",
};

/** Why Notion ended a connection, by its error code. */
export const endWords = (error: string): string =>
  Object.hasOwn(END_WORDS, error) ? (END_WORDS[error] ?? "") : `Its answer: ${error}`;

/** One line of a connection's history, newest first. */
export interface HistoryLine {
  key: number;
  text: string;
  detail: string | null;
  at: string | null;
  tone: "good" | "bad" | "plain";
}

const TYPE = "NotionIntegration";

/** Events in words: renewals in a row become one line, and what only prepares another is left out. */
export function historyLines(events: readonly HistoryEntry[]): HistoryLine[] {
  const lines: HistoryLine[] = [];
  let renewals = 0;
  for (const event of events) {
    const type = event.type.replace(TYPE, "");
    if (event.removed_before) {
      renewals = 0;
      lines.push({
        key: -event.version,
        at: null,
        detail: null,
        tone: "plain",
        text: "Older renewals are no longer kept",
      });
    }
    if (type === "TokenRefreshStarted") continue;
    const renewal = type === "TokenRefreshed" && !event.by;
    if (renewal) {
      renewals++;
      if (renewals > 1) lines.pop();
    } else {
      renewals = 0;
    }
    const line = { key: event.version, at: event.at ?? null, detail: null, tone: "plain" as const };
    const workspace = event.workspace?.name ?? event.workspace?.id ?? null;
    switch (type) {
      case "Authorized":
        lines.push({
          ...line,
          text: `${event.by ?? "Somebody"} connected Notion`,
          detail: event.workspace?.name ? `Workspace ${event.workspace.name}` : null,
          tone: "good",
        });
        break;
      case "TokenRefreshed":
        lines.push(
          renewal
            ? {
                ...line,
                text: renewals > 1 ? `Access renewed ${renewals} times` : "Access renewed",
              }
            : {
                ...line,
                text: `${event.by} reconnected Notion`,
                detail: event.workspace?.name ? `Workspace ${event.workspace.name}` : null,
                tone: "good",
              },
        );
        break;
      case "WorkspaceIdentified":
        lines.push({
          ...line,
          text: `Notion named the workspace${workspace ? `: ${workspace}` : ""}`,
        });
        break;
      case "AuthorizationFailed":
        lines.push({
          ...line,
          text: "Notion ended the connection",
          detail: event.error ? endWords(event.error) : null,
          tone: "bad",
        });
        break;
      case "Disconnected":
        lines.push({ ...line, text: `${event.by ?? "Somebody"} disconnected Notion` });
        break;
      default:
        lines.push({ ...line, text: event.type });
    }
  }
  return lines.reverse();
}
