// Walks through everything once, in a real browser, and takes the pictures of docs/images.
import { answers } from "./pictures/answers.mjs";
import { busy } from "./pictures/busy.mjs";
import { byHand } from "./pictures/by-hand.mjs";
import { changes } from "./pictures/changes.mjs";
import { connections } from "./pictures/connections.mjs";
import { govern } from "./pictures/govern.mjs";
import { letIn } from "./pictures/let-in.mjs";
import { spaces } from "./pictures/spaces.mjs";
import { closed } from "./pictures/stage.mjs";
import { talk } from "./pictures/talk.mjs";
import { walk } from "./pictures/walk.mjs";

const PHONE = { width: 390, height: 844 };
/** With names given, only those walks and looks: `npm run screenshots -- connections letIn phone`. */
const asked = process.argv.slice(2);
/** In the other looks, what differs most. */
const FEW = ["integration", "chat", "approval"];

const LOOKS = [
  ["light", "Ada", {}],
  ["dark", "Grace", { colorScheme: "dark" }],
  ["phone", "Joan", { viewport: PHONE }],
];
/** Each walk in each look, with a person of its own. */
const WALKS = { govern, connections, spaces, byHand, busy, letIn, answers, changes, talk };

/** Whether it is named, or none of its kind is. */
const isAsked = (name, kind) => asked.includes(name) || !kind.some((one) => asked.includes(one));
const walks = [...Object.keys(WALKS), "walk"];
const names = LOOKS.map(([look]) => look);
const looks = LOOKS.filter(([look]) => isAsked(look, names));

try {
  for (const [look, name, options] of looks)
    for (const [walked, take] of Object.entries(WALKS))
      if (isAsked(walked, walks)) await take(look, `${name} of ${walked}`, options);
  if (isAsked("walk", walks))
    for (const [look, name, options] of looks)
      await walk(look, name, look === "light" ? options : { ...options, only: FEW });
} finally {
  await closed();
}
