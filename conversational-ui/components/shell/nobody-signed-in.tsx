"use client";

import { useEffect } from "react";
import { tellWhoIsSignedIn } from "@/lib/whose-page";

/** Tells the other tabs. */
export function NobodySignedIn() {
  useEffect(() => tellWhoIsSignedIn({ userId: null, name: "" }), []);
  return null;
}
