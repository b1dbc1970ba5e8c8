import { createContext } from "react";

/** Told whether a dialog's form is on its way: the dialog may have to stay. */
export const OnItsWay = createContext<(isOnItsWay: boolean) => void>(() => {});
