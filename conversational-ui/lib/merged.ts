import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

/**
 * Class names joined; of two that contradict each other, the later one counts. It knows all of
 * Tailwind's and weighs 9 kB, so it is for what loads when it is opened: dialogs and menus.
 */
export function merged(...names: ClassValue[]): string {
  return twMerge(clsx(names));
}
