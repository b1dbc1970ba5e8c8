import { createContext } from "react";

/** The fields of a form in which something stands that is no JSON: it cannot be sent. */
export const Unreadable = createContext<Set<string>>(new Set());
