/** What owners say of programs that act in nobody's name. */

/** Where a program's own token comes from, with what people mostly write there. */
export const RUNS_ON = {
  github: {
    label: "GitHub Actions",
    issuer: "https://token.actions.githubusercontent.com",
    subject: "repo:your-team/your-repository:ref:refs/heads/main",
    hint: "One repository and branch. A * at the end of a part stands for the rest of it.",
    needsKeys: false,
  },
  kubernetes: {
    label: "Kubernetes",
    issuer: "https://kubernetes.default.svc.cluster.local",
    subject: "system:serviceaccount:namespace:name",
    hint: "One service account. A * at the end of a part stands for the rest of it.",
    needsKeys: true,
  },
  other: {
    label: "Somewhere else (OpenID Connect)",
    issuer: "",
    subject: "",
    hint: "What its tokens' sub must be. Its first two parts have no star.",
    needsKeys: false,
  },
} as const;
export type RunsOn = keyof typeof RUNS_ON;

/** A JWK set as somebody has pasted it: undefined where it is none, null where nothing was. */
export function keySet(text: string): Record<string, unknown> | null | undefined {
  if (!text.trim()) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isSet =
      typeof value === "object" && value !== null && "keys" in value && Array.isArray(value.keys);
    return isSet ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;

/** How a machine gets its hour's token. */
export const machineLine = (gatewayUrl: string, clientId: string, secret: string) =>
  `curl -u ${quoted(`${clientId}:${secret}`)} ${quoted(`${gatewayUrl}/oauth/token`)} \\\n  -d grant_type=client_credentials`;

/** How a workload exchanges the token that lies in the file ``token``. */
export const workloadLine = (gatewayUrl: string, mcpUrl: string) =>
  [
    `curl ${quoted(`${gatewayUrl}/oauth/token`)}`,
    "  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
    "  -d subject_token_type=urn:ietf:params:oauth:token-type:jwt",
    "  --data-urlencode subject_token@token",
    `  -d resource=${quoted(mcpUrl)}`,
  ].join(" \\\n");
