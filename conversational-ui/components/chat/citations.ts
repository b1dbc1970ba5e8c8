"use client";

import { createContext } from "react";

/** The number of each source of the answer that is shown, by ``pageKey``. */
export const Citations = createContext<ReadonlyMap<string, number>>(new Map());
