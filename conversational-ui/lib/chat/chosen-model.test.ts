import { expect, test } from "vitest";
import { chooseModel, chosenModel } from "@/lib/chat/chosen-model";

const ADA = { userId: "ada", spaceId: "team" };

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  } as Storage;
}

test("each conversation has the model that was chosen in it, a new one the last", () => {
  const here = storage();
  expect(chosenModel(ADA, "c1", here)).toBeNull();
  chooseModel(ADA, "c1", "large", here);
  chooseModel(ADA, "c2", "small", here);
  expect(chosenModel(ADA, "c1", here)).toBe("large");
  expect(chosenModel(ADA, "c3", here)).toBe("small");
  expect(chosenModel(ADA, null, here)).toBe("small");
  expect(chosenModel({ ...ADA, spaceId: "other" }, "c1", here)).toBeNull();
});

test("of too many choices the oldest go, and what is no choice is none", () => {
  const here = storage();
  for (let at = 0; at < 150; at++) chooseModel(ADA, `c${at}`, `m${at}`, here);
  expect(chosenModel(ADA, "c149", here)).toBe("m149");
  expect(chosenModel(ADA, "c60", here)).toBe("m60");
  expect(chosenModel(ADA, "c10", here)).toBe("m149");
  for (const strange of ["{", '"x"', "[[1,2],7]"]) {
    here.setItem("chosen-models\nada\nteam", strange);
    expect(chosenModel(ADA, "c1", here)).toBeNull();
  }
});
