"use client";

import dynamic from "next/dynamic";
import type { Known } from "@/lib/server/current-space";

const PageFault = dynamic(() => import("@/components/fault").then((module) => module.PageFault));
const WithoutSpace = dynamic(() =>
  import("@/components/spaces/without-space").then((module) => module.WithoutSpace),
);

/**
 * What to do where an address leads to no space. Next sends the code of a not-found page along with
 * every page beside it, so that what it shows loads where it is shown.
 */
export function NoSuchSpace({ here }: { here: Known }) {
  if (here.kind === "fault") return <PageFault problem={here.problem} />;
  return <WithoutSpace {...here} page="chat" />;
}
