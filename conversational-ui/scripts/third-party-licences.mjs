// The licence texts of everything that a build may carry: Next bundles packages, and leaves their
// texts behind. Called by assemble.mjs.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TEXT = /^(licen[cs]e|copying|notice)/i;

/** One text, naming each package with its version and licence; equal texts stand once. */
export function thirdPartyLicences(folder = ".") {
  /** @type {Map<string, string[]>} */
  const packagesByText = new Map();
  const add = (text, title) =>
    packagesByText.set(text, [...(packagesByText.get(text) ?? []), title]);
  for (const [path, { version, license }] of shipped(folder)) {
    const home = join(folder, path);
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const texts = readdirSync(home).filter((file) => TEXT.test(file));
    const title = `${name} ${version} (${license})`;
    if (texts.length === 0) add("The package names its licence, and carries no text of it.", title);
    for (const file of texts) add(readFileSync(join(home, file), "utf8").trim(), title);
  }
  for (const file of globSync("node_modules/next/dist/compiled/**/LICENSE*", { cwd: folder })) {
    const inside = dirname(file).slice("node_modules/next/dist/compiled/".length);
    add(readFileSync(join(folder, file), "utf8").trim(), `${inside} (compiled into next)`);
  }
  const parts = [...packagesByText].map(
    ([text, titles]) => `${titles.sort().join("\n")}\n\n${text}`,
  );
  return `${parts.sort().join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** What the lock file installs for running; not what only builds and tests need. */
function shipped(folder) {
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  return Object.entries(packages).filter(
    ([path, { dev, link }]) =>
      path.startsWith("node_modules/") && !dev && !link && existsSync(join(folder, path)),
  );
}
