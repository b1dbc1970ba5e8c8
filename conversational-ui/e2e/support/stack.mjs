// The whole of it, on ports of its own: simulated Notion, gateway, and this site as it is shipped.
import { execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync, randomInt } from "node:crypto";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const here = resolve(import.meta.dirname, "../..");
const gatewayCommand =
  process.env.NOTION_GATEWAY_COMMAND ?? join(here, "../.venv/bin/notion-gateway");
const simulatorCommand =
  process.env.NOTION_SIMULATOR_COMMAND ?? join(here, "../.venv/bin/notion-simulator");
const server = join(here, ".next/standalone/server.js");
const START_MILLISECONDS = 60_000;
const given = new Set();

/**
 * @typedef {object} Stack
 * @property {string} url this site
 * @property {string} gatewayUrl
 * @property {string} simulatorUrl
 * @property {string} folder where the logs are
 * @property {() => Promise<void>} killSite this site's server, as if it had crashed
 * @property {() => Promise<void>} startSite again
 * @property {() => Promise<string>} startReplica another server of this site; returns its address
 * @property {() => Promise<void>} stopGateway as if it had crashed
 * @property {() => Promise<void>} startGateway again, with its data
 * @property {() => void} holdGateway it takes connections, and answers nothing
 * @property {() => void} releaseGateway it answers again, also what was asked meanwhile
 * @property {(...command: string[]) => void} operate runs one of the operator's commands
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<Stack>} */
export async function startStack({ environment = {}, gatewayEnvironment = {} } = {}) {
  if (!existsSync(server)) throw new Error("There is no build: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "conversational-ui-"));
  const [uiPort, gatewayPort, simulatorPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
  ]);
  const url = `http://localhost:${uiPort}`;
  const gatewayUrl = `http://localhost:${gatewayPort}`;
  const simulatorUrl = `http://localhost:${simulatorPort}`;
  const keyFile = writeKeys(folder);
  const base = inherited();

  const simulator = run("simulator", simulatorCommand, ["--port", `${simulatorPort}`], base);
  const startGateway = () =>
    run("gateway", gatewayCommand, ["serve", "--port", `${gatewayPort}`], {
      ...base,
      GATEWAY_DATA_DIR: folder,
      NOTION_MCP_URL: `${simulatorUrl}/mcp`,
      NOTION_MCP_RETURN_BASE_URL: url,
      GATEWAY_APPLICATIONS_FILE: join(folder, "applications.json"),
      GATEWAY_AUDIT: "1",
      ...gatewayEnvironment,
    });
  let gateway = startGateway();
  const startSite = (port) =>
    run("ui", process.execPath, [server], {
      ...base,
      HOSTNAME: "127.0.0.1",
      PORT: `${port}`,
      CUDU_ENDPOINT: gatewayUrl,
      NOTION_MCP_URL: `${simulatorUrl}/mcp`,
      GATEWAY_APPLICATION_KEY_FILE: keyFile,
      DEMO_SIGN_IN: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      ...withSimulator(environment, simulatorUrl),
    });
  const sites = [startSite(uiPort)];

  const stop = async () => {
    await Promise.all([...sites, gateway, simulator].map((one) => end(one)));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([
      answers(`${simulatorUrl}/_simulator/health`, simulator),
      answers(`${gatewayUrl}/readyz`, gateway),
      answers(`${url}/icon.svg`, sites[0]),
    ]);
  } catch (fault) {
    await stop();
    throw fault;
  }
  return {
    url,
    gatewayUrl,
    simulatorUrl,
    folder,
    operate: (...command) => {
      const env = { ...base, GATEWAY_DATA_DIR: folder, ...gatewayEnvironment };
      execFileSync(gatewayCommand, command, { cwd: folder, env, stdio: "pipe" });
    },
    killSite: () => end(sites[0], "SIGKILL"),
    startSite: async () => {
      sites[0] = startSite(uiPort);
      await answers(`${url}/icon.svg`, sites[0]);
    },
    startReplica: async () => {
      const port = await freePort();
      const replica = startSite(port);
      sites.push(replica);
      await answers(`http://localhost:${port}/icon.svg`, replica);
      return `http://localhost:${port}`;
    },
    stopGateway: () => end(gateway),
    holdGateway: () => gateway.kill("SIGSTOP"),
    releaseGateway: () => gateway.kill("SIGCONT"),
    startGateway: async () => {
      gateway = startGateway();
      await answers(`${gatewayUrl}/readyz`, gateway);
    },
    stop,
  };

  function run(name, command, args, env) {
    const log = openSync(join(folder, `${name}.log`), "a");
    const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", log, log] });
    child.on("error", () => {});
    child.logFile = join(folder, `${name}.log`);
    return child;
  }
}

/** "{simulator}" in a value: its address, which nobody knows before it starts. */
function withSimulator(environment, simulatorUrl) {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll("{simulator}", simulatorUrl),
    ]),
  );
}

/** Nothing of the surrounding settings: a real Notion or model stays out of it. */
function inherited() {
  const kept = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "VIRTUAL_ENV"];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

function writeKeys(folder) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const keyFile = join(folder, "application.jwk");
  const name = { kid: "e2e" };
  writeFileSync(keyFile, JSON.stringify({ ...privateKey.export({ format: "jwk" }), ...name }), {
    mode: 0o600,
  });
  const keys = [{ ...publicKey.export({ format: "jwk" }), ...name, use: "sig" }];
  writeFileSync(
    join(folder, "applications.json"),
    JSON.stringify([{ name: "conversational-ui", jwks: { keys } }]),
  );
  return keyFile;
}

async function answers(url, child) {
  const until = Date.now() + START_MILLISECONDS;
  for (;;) {
    if (child.exitCode !== null) {
      throw new Error(`It ended at once:\n${readFileSync(child.logFile, "utf8").slice(-4000)}`);
    }
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > until) {
      throw new Error(
        `${url} does not answer:\n${readFileSync(child.logFile, "utf8").slice(-4000)}`,
      );
    }
    await new Promise((then) => setTimeout(then, 100));
  }
}

async function end(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((then) => child.once("exit", then));
  child.kill(signal);
  const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(patience);
}

/**
 * Below the ports that the system gives to connections, so that none of those has it before its
 * server listens; and each of Playwright's workers has ports of its own.
 */
export async function freePort() {
  const worker = Number(process.env.TEST_PARALLEL_INDEX ?? 0);
  for (;;) {
    const port = 16_000 + 1_000 * (worker % 16) + randomInt(1_000);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port) {
  return new Promise((then) => {
    const probe = createServer();
    probe.once("error", () => then(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => then(true)));
  });
}
