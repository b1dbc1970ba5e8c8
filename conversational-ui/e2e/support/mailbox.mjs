// A mail server that keeps what it is given, in a folder of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const python = join(resolve(import.meta.dirname, "../.."), "../.venv/bin/python");
const START_MILLISECONDS = 60_000;

/**
 * ``mails``: as text, the oldest first.
 *
 * @param {number} port
 * @returns {Promise<{ mails: () => string[], stop: () => Promise<void> }>}
 */
export async function startMailbox(port) {
  const folder = mkdtempSync(join(tmpdir(), "mailbox-"));
  const box = join(folder, "box");
  const handler = ["-c", "aiosmtpd.handlers.Mailbox", box];
  const server = spawn(python, ["-m", "aiosmtpd", "-n", "-l", `127.0.0.1:${port}`, ...handler], {
    stdio: "ignore",
  });
  const gone = new Promise((then) => server.once("exit", then));
  await listening(port);
  return {
    mails: () => {
      const kept = join(box, "new");
      const names = existsSync(kept) ? readdirSync(kept).sort() : [];
      return names.map((name) => textOf(readFileSync(join(kept, name), "utf8")));
    },
    stop: async () => {
      server.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(port) {
  const until = Date.now() + START_MILLISECONDS;
  for (;;) {
    const answers = await new Promise((then) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => then(true));
      socket.once("error", () => then(false));
      socket.once("close", () => socket.destroy());
    });
    if (answers) return;
    if (Date.now() > until) throw new Error(`No mail server at ${port}: is aiosmtpd installed?`);
    await new Promise((then) => setTimeout(then, 100));
  }
}

/** Of a mail with one part. */
function textOf(mail) {
  const [head, ...body] = mail.split(/\r?\n\r?\n/);
  const written = body.join("\n\n");
  if (/^content-transfer-encoding: base64/im.test(head)) {
    return Buffer.from(written, "base64").toString();
  }
  if (!/^content-transfer-encoding: quoted-printable/im.test(head)) return written;
  const bytes = written
    .replaceAll(/=\r?\n/g, "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
