// Walks through everything once, in a real browser, and takes the pictures of docs/images.
import { answers } from "./pictures/answers.mjs";
import { busy } from "./pictures/busy.mjs";
import { byHand } from "./pictures/by-hand.mjs";
import { connections } from "./pictures/connections.mjs";
import { govern } from "./pictures/govern.mjs";
import { letIn } from "./pictures/let-in.mjs";
import { spaces } from "./pictures/spaces.mjs";
import { closed } from "./pictures/stage.mjs";
import { walk } from "./pictures/walk.mjs";

const PHONE = { width: 390, height: 844 };
/** With names given, only those walks: `npm run screenshots -- connections letIn`. */
const asked = process.argv.slice(2);
const wanted = (name) => asked.length === 0 || asked.includes(name);
/** In the other looks, what differs most. */
const FEW = ["integration", "chat", "approval"];

const LOOKS = [
  ["light", "Ada", {}],
  ["dark", "Grace", { colorScheme: "dark" }],
  ["phone", "Joan", { viewport: PHONE }],
];
/** Each walk in each look, with a person of its own. */
const WALKS = { govern, connections, spaces, byHand, busy, letIn, answers };

try {
  for (const [look, name, options] of LOOKS)
    for (const [walked, take] of Object.entries(WALKS))
      if (wanted(walked)) await take(look, `${name} of ${walked}`, options);
  if (wanted("walk"))
    for (const [look, name, options] of LOOKS)
      await walk(look, name, look === "light" ? options : { ...options, only: FEW });
} finally {
  await closed();
}
