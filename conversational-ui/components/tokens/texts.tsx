import type { ReactNode } from "react";

/** What people read of tokens and machines. */

// machines
export const machines = "Machines";
export const newMachine = "New machine";
export const noneYetABuildOrANightly =
  "None yet. A build or a nightly job acts in nobody's name: with a secret of its own, or with the token that it has from where it runs.";
export const tokensOfFor = (issuer: string, subject: string) =>
  `Tokens of ${issuer} for ${subject}`;

// token-row
export const madeBy = (maker: string) => `Made by ${maker} · `;
export const lastUsed = (lastUsedAt: ReactNode) => <>Last used {lastUsedAt}</>;
export const by = (program: string) => ` by ${program}`;
export const neverUsed = "Never used";
export const expired = "expired";
export const expires = "expires";
export const signedInByAnMcp = "signed in by an MCP client";
export const workload = "workload";
export const machine = "machine";
export const inNobodysName = (what: string) => `${what}, in nobody’s name`;
export const commandLineLogged = "command line, logged in";
export const serviceTokenInNobodys = "service token, in nobody’s name";
export const readOnly = "read only";
export const tool = "tool";
export const tools = "tools";
export const allTools = "all tools";
export const managesTheSpace = "manages the space";
export const activity = "Activity";
export const activityOf = (token: string) => `Activity of ${token}`;
export const revokeNamed = (token: string) => `Revoke ${token}`;
export const revoke = "Revoke";

// tokens
export const isRevoked = (token: string) => `${token} is revoked`;
export const itStopsWorking = "It stops working within seconds.";
export const newToken = "New token";
export const noTokensYet = "No tokens yet";
export const createOneToUse =
  "Create one to use this space's Notion from Claude Code, Cursor, VS Code or a script.";
export const token = "token";
export const tokens = "tokens";
export const thisToken = "this token";
export const revokeAsked = (what: string) => `Revoke ${what}?`;
export const whateverUsesItIsRefused =
  "Whatever uses it is refused from now on. This cannot be taken back; a new token can be made at any time.";

// page
export const gatewayTokens = "Gateway tokens";
export const forScriptsAndMcp = (space: string) =>
  `For scripts and MCP clients that work with ${space}'s Notion. They never see Notion's own tokens.`;
