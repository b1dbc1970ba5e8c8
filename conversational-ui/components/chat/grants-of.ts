"use client";

import { createContext } from "react";
import type { Grants } from "@/lib/api-types";

/** With which connection the person acts in the space that is shown; null where nobody can say. */
export const GrantsOf = createContext<Grants | null>(null);
