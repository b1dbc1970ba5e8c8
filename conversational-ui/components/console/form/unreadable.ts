import { createContext } from "react";

/** Told of a field in which something stands that is no JSON, and once that is so no more. */
export const TellUnreadable = createContext<(id: string, isUnreadable: boolean) => void>(() => {});
