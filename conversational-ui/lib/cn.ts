import { type ClassValue, clsx } from "clsx";

/**
 * Class names joined. Two that contradict each other both stay, and the stylesheet's order decides:
 * the one that shall count ends with ``!``. What loads later may use ``merged`` instead.
 */
export function cn(...names: ClassValue[]): string {
  return clsx(names);
}
