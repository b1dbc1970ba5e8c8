// Next leaves what browsers load beside the standalone server; put it where that server looks.
// Then make the build one that may be given away: with licence texts, without the builder's paths.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { thirdPartyLicences } from "./third-party-licences.mjs";

const BUILT = ".next/standalone";

cpSync(".next/static", `${BUILT}/.next/static`, { recursive: true });
if (existsSync("public")) cpSync("public", `${BUILT}/public`, { recursive: true });

writeFileSync(`${BUILT}/THIRD-PARTY-LICENCES.txt`, thirdPartyLicences());

// Only building and developing read what these paths say.
for (const file of ["server.js", ".next/required-server-files.json"]) {
  const text = readFileSync(`${BUILT}/${file}`, "utf8");
  writeFileSync(`${BUILT}/${file}`, text.replaceAll(process.cwd(), "."));
}
