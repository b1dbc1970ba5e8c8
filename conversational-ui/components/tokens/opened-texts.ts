/** What people read of tokens and machines, in what is loaded when it is opened. */

// limit-fields
export const whatItMayDo = "What it may do";
export const readOnly = "Read only";
export const toolsThatMayChange = "Tools that may change something in Notion are refused.";
export const onlySomeTools = "Only some tools";
export const othersAreHidden = "Others are hidden and refused.";

// name-and-days
export const name = "Name";
export const expiresAfter = "Expires after";

// new-machine-dialog
export const newMachine = "New machine";
export const aProgramThatActs = (space: string) =>
  `A program that acts in ${space} in nobody's name, by the team's connection. It stays when you leave.`;
export const createMachine = "Create machine";
export const allow = "Allow";
export const nightlyImport = "Nightly import";
export const howItProvesWho = "How it proves who it is";
export const withASecretOfIts = "With a secret of its own";
export const shownOnceForAScript = "Shown once. For a script or a server.";
export const withTheTokenOfWhere = "With the token of where it runs";
export const noSecretToKeep = "No secret to keep. For GitHub Actions, Kubernetes and others.";

// new-machine-shown
export const copyItsSecretNow = "Copy its secret now";
export const itMayExchangeIts = "It may exchange its tokens now";
export const itIsShownThisOnce =
  "It is shown this once and stored nowhere. Whoever has it can do what the machine may do.";
export const thereIsNoSecret =
  "There is no secret to keep. What it gets is good for 15 minutes, at this space's address.";
export const clientId = "Client id";
export const secret = "Secret";
export const howItGetsAToken = "How it gets a token, in a shell";
export const copyCommand = "Copy command";
export const done = "Done";
export const copy = (name: string) => `Copy ${name}`;

// new-token-dialog
export const newGatewayToken = "New gateway token";
export const withItAScriptOrAnMcp = (space: string) =>
  `With it a script or an MCP client acts in ${space}, until it expires or you revoke it.`;
export const createToken = "Create token";
export const claudeCodeOnMy = "Claude Code on my laptop";
export const inWhoseNameItActs = "In whose name it acts";
export const serviceToken = "Service token";
export const belongsToTheSpace =
  "Belongs to the space, acts by the team's connection, and manages nothing. Otherwise it acts as you do.";
export const manageTheSpace = "Manage the space";
export const connectDisconnectAndMembers =
  "Connect, disconnect and members, as far as you may. Chats and editors do not need it.";

// new-token-shown
export const copyYourTokenNow = "Copy your token now";
export const itIsShownThisOnceAnd =
  "It is shown this once and stored nowhere. Whoever has it can do what it may do.";
export const client = "Client";

// tool-choice
export const askingNotionForIts = "Asking Notion for its tools…";
export const reads = "reads";
export const mayWrite = "may write";

// workload-fields
export const whereItRuns = "Where it runs";
export const issuer = "Issuer";
export const asItsTokensSay = "As its tokens say it (iss), letter by letter.";
export const httpsIssuerExample = "https://issuer.example";
export const subject = "Subject";
export const teamServiceName = "team:service:name";
export const audienceOptional = "Audience (optional)";
export const whomItsTokensAre = (gatewayUrl: string) =>
  `Whom its tokens are for (aud): ${gatewayUrl}, if nothing stands here.`;
export const theIssuersPublic = "The issuer's public keys";
export const theIssuersPublicKeys = "The issuer's public keys (optional)";
export const whatKubectlGet = "What kubectl get --raw /openid/v1/jwks prints.";
export const asAJwkSetWhere = "As a JWK set, where the gateway cannot ask the issuer for them.";
