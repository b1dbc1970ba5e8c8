"use client";

import { useState } from "react";

/** Whether ``now`` was ever true: what is opened once is mounted from then on. */
export function useWas(now: boolean): boolean {
  const [was, setWas] = useState(now);
  if (now && !was) setWas(true);
  return was || now;
}
