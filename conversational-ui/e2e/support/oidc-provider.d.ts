declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  /** The little of it that the tests use; the package brings no types. */
  export default class Provider {
    constructor(
      issuer: string,
      configuration: {
        clients: Record<string, unknown>[];
        claims: Record<string, string[]>;
        conformIdTokenClaims: boolean;
        findAccount: (
          context: unknown,
          id: string,
        ) => { accountId: string; claims: () => Record<string, string | string[]> };
        cookies: { keys: string[] };
      },
    );
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }
}
