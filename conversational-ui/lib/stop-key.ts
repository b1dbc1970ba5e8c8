/** Whether a key stops what is running: Escape, where it closes or empties nothing else. */
export function isStopKey({ key, defaultPrevented, target }: KeyboardEvent): boolean {
  if (key !== "Escape" || defaultPrevented) return false;
  return !(target instanceof HTMLInputElement && target.type === "search");
}
